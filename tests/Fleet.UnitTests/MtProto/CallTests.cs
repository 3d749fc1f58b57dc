using Fleet.MtProto;
using Fleet.Tl;
using Fleet.Tl.Methods;
using Fleet.Tl.Mtp;
using Fleet.UnitTests.Tl;

namespace Fleet.UnitTests.MtProto;

[Category("engine")]
sealed class CallTests
{
    [Test]
    public async Task Calls_are_introduced_until_one_was_answered()
    {
        await using var peer = await Peer.ConnectAsync();

        var first = peer.AskAsync();
        var call = await peer.ReadCallAsync();
        await peer.AnswerAsync(call, 7);
        var answer = await first;
        _ = peer.AskAsync();
        var second = await peer.ReadCallAsync();

        var layer = (InvokeWithLayer)call.Body;
        var connection = (InitConnection)layer.Query;
        Assert.That(
            (layer.Layer, connection.ApiId, connection.Query.GetType(), answer.NearestDcValue, second.Body.GetType()),
            Is.EqualTo((TlSchema.Layer, 1, typeof(HelpGetNearestDc), 7, typeof(HelpGetNearestDc)))
        );
    }

    [Test]
    public async Task Updates_are_declined_inside_the_introduction_and_after_it()
    {
        await using var peer = await Peer.ConnectIntroducedAsync(o => o with { WithoutUpdates = true });

        _ = peer.AskAsync();
        var body = (await peer.ReadCallAsync()).Body;

        Assert.That((body as InvokeWithoutUpdates)?.Query, Is.InstanceOf<HelpGetNearestDc>());
    }

    [Test]
    public async Task A_server_that_forgot_the_client_is_introduced_to_it_again()
    {
        await using var peer = await Peer.ConnectIntroducedAsync();
        var answer = peer.AskAsync();

        await peer.FailAsync(await peer.ReadCallAsync(), 400, "CONNECTION_NOT_INITED");
        var again = await peer.ReadCallAsync();
        await peer.AnswerAsync(again, 3);

        Assert.That(((await answer).NearestDcValue, again.Body is InvokeWithLayer), Is.EqualTo((3, true)));
    }

    [Test]
    public async Task An_error_of_the_server_is_thrown_with_its_argument()
    {
        await using var peer = await Peer.ConnectAsync();
        var answer = peer.AskAsync();

        await peer.FailAsync(await peer.ReadCallAsync(), 420, "FLOOD_WAIT_5");

        var error = Assert.ThrowsAsync<RpcException>(() => answer);
        Assert.That((error!.Code, error.Type, error.Argument), Is.EqualTo((420, "FLOOD_WAIT", 5)));
    }

    [Test]
    public async Task A_sink_that_throws_fails_its_own_call_only()
    {
        await using var peer = await Peer.ConnectIntroducedAsync();
        var bad = peer.Connection.CallAsync(Peer.Question, new ThrowingSink(), CancellationToken.None).AsTask();
        var badCall = await peer.ReadCallAsync();
        var good = peer.AskAsync();
        var goodCall = await peer.ReadCallAsync();

        await peer.AnswerAsync(badCall, 1);
        await peer.AnswerAsync(goodCall, 2);

        Assert.ThrowsAsync<InvalidTimeZoneException>(() => bad);
        Assert.That((await good).NearestDcValue, Is.EqualTo(2));
    }

    [Test]
    public async Task An_answer_of_another_type_fails_its_own_call_only()
    {
        await using var peer = await Peer.ConnectIntroducedAsync();
        var bad = peer.AskAsync();
        await peer.AnswerAsync(await peer.ReadCallAsync(), new Pong { MsgId = 1, PingId = 2 });
        Assert.ThrowsAsync<TlException>(() => bad);

        var good = peer.AskAsync();
        await peer.AnswerAsync(await peer.ReadCallAsync(), 2);

        Assert.That((await good).NearestDcValue, Is.EqualTo(2));
    }

    [Test]
    public async Task A_packed_answer_is_unpacked_whatever_its_header([Values] bool zlib)
    {
        await using var peer = await Peer.ConnectAsync();
        var answer = peer.AskAsync();

        await peer.AnswerAsync(await peer.ReadCallAsync(), Wire.Pack(TlBytes.Of(Peer.Nearest(9)), zlib));

        Assert.That((await answer).NearestDcValue, Is.EqualTo(9));
    }

    [Test]
    public async Task A_packed_answer_beyond_the_limit_ends_the_connection()
    {
        await using var peer = await Peer.ConnectAsync(o => o with { MaxUnpackedBytes = 65_536 });
        var answer = peer.AskAsync();

        await peer.AnswerAsync(await peer.ReadCallAsync(), Wire.Pack(new byte[65_540], zlib: false));

        Assert.That(await peer.ViolationAsync(), Is.EqualTo(Violation.Packed));
        Assert.ThrowsAsync<ProtocolViolationException>(() => answer);
    }

    [Test]
    public async Task A_broken_package_ends_the_connection()
    {
        await using var peer = await Peer.ConnectAsync();
        _ = peer.AskAsync();

        await peer.AnswerAsync(
            await peer.ReadCallAsync(),
            new GzipPacked { PackedData = [0x1f, 0x8b, 1, 2, 3, 4, 5, 6] }
        );

        Assert.That(await peer.ViolationAsync(), Is.EqualTo(Violation.Packed));
    }

    [Test]
    public async Task A_cancelled_call_tells_the_server_not_to_answer()
    {
        using var cancel = new CancellationTokenSource();
        await using var peer = await Peer.ConnectAsync();
        var answer = peer.AskAsync(cancel.Token);
        var call = await peer.ReadCallAsync();

        await cancel.CancelAsync();

        Assert.CatchAsync<OperationCanceledException>(() => answer);
        Assert.That((await peer.ReadAsync<RpcDropAnswer>()).ReqMsgId, Is.EqualTo(call.MsgId));
    }

    [Test]
    public async Task A_late_answer_to_a_cancelled_call_is_ignored()
    {
        using var cancel = new CancellationTokenSource();
        await using var peer = await Peer.ConnectIntroducedAsync();
        var cancelled = peer.AskAsync(cancel.Token);
        var call = await peer.ReadCallAsync();
        await cancel.CancelAsync();
        Assert.CatchAsync<OperationCanceledException>(() => cancelled);

        var answer = peer.AskAsync();
        await peer.AnswerAsync(call, 1);
        await peer.ReadAsync<RpcDropAnswer>();
        await peer.AnswerAsync(await peer.ReadCallAsync(), 2);

        Assert.That((await answer).NearestDcValue, Is.EqualTo(2));
    }

    [Test]
    public async Task A_call_without_an_answer_fails_at_its_deadline()
    {
        await using var peer = await Peer.ConnectAsync(o => o with { CallTimeout = TimeSpan.FromSeconds(30) });
        var answer = peer.AskAsync();
        var call = await peer.ReadCallAsync();

        peer.Time.Advance(TimeSpan.FromSeconds(29));
        Assert.That(answer.IsCompleted, Is.False);
        peer.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.ThrowsAsync<CallTimeoutException>(() => answer);
        Assert.That((await peer.ReadAsync<RpcDropAnswer>()).ReqMsgId, Is.EqualTo(call.MsgId));
    }

    [Test]
    public async Task More_calls_than_the_options_allow_are_refused()
    {
        await using var peer = await Peer.ConnectAsync(o => o with { MaxPendingCalls = 2 });
        _ = peer.AskAsync();
        _ = peer.AskAsync();

        Assert.ThrowsAsync<InvalidOperationException>(() => peer.AskAsync());
    }

    [Test]
    public async Task Closing_the_connection_fails_its_calls_and_gives_no_reason()
    {
        await using var peer = await Peer.ConnectAsync();
        var answer = peer.AskAsync();

        await peer.Connection.DisposeAsync();

        Assert.ThrowsAsync<ConnectionLostException>(() => answer);
        Assert.That(await peer.EndAsync(), Is.Null);
        Assert.ThrowsAsync<ConnectionLostException>(() => peer.AskAsync());
    }

    [Test]
    public async Task A_server_that_hangs_up_fails_the_calls_with_the_reason()
    {
        await using var peer = await Peer.ConnectAsync();
        var answer = peer.AskAsync();
        await peer.ReadCallAsync();

        peer.Close();

        var reason = await peer.EndAsync();
        Assert.That(Assert.ThrowsAsync<ConnectionLostException>(() => answer), Is.SameAs(reason));
    }

    sealed class ThrowingSink : IReplySink
    {
        public int OnReply(ReadOnlySpan<byte> reply) => throw new InvalidTimeZoneException();
    }
}
