using Fleet.MtProto;
using Fleet.MtProto.Crypto;
using Fleet.MtProto.Session;
using Fleet.Testing;
using Fleet.Tl.Methods;
using Fleet.Tl.Mtp;
using Fleet.UnitTests.Tl;

namespace Fleet.UnitTests.MtProto;

/// <summary>Acknowledgments, pings, salts, containers of ours.</summary>
[Category("engine")]
sealed class UpkeepTests
{
    [Test]
    public async Task Acknowledgments_travel_with_the_next_call()
    {
        await using var peer = await Peer.ConnectIntroducedAsync();

        _ = peer.AskAsync();
        var (call, ack) = (await peer.ReadAsync(), await peer.ReadAsync());

        Assert.That(
            (call.Body.GetType(), (ack.Body as MsgsAck)?.MsgIds.Length, ack.Frame == call.Frame, call.SeqNo, ack.SeqNo),
            Is.EqualTo((typeof(HelpGetNearestDc), 1, true, 3, 4))
        );
    }

    [Test]
    public async Task An_acknowledgment_waits_15_seconds_for_company()
    {
        await using var peer = await Peer.ConnectIntroducedAsync();

        peer.Time.Advance(TimeSpan.FromSeconds(14));
        await peer.SendAsync(new Pong { MsgId = 1, PingId = 1 });
        peer.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.That((await peer.ReadAsync<MsgsAck>()).MsgIds, Has.Length.InRange(1, 2));
    }

    [Test]
    public async Task More_than_sixteen_acknowledgments_do_not_wait()
    {
        await using var peer = await Peer.ConnectIntroducedAsync();

        for (var i = 1; i < 17; i++)
            await peer.SendAsync(new Pong { MsgId = 1, PingId = 1 });

        Assert.That((await peer.ReadAsync<MsgsAck>()).MsgIds, Has.Length.EqualTo(17));
    }

    [Test]
    public async Task A_ping_goes_out_every_60_seconds_and_asks_to_be_dropped_after_75()
    {
        await using var peer = await Peer.ConnectAsync();

        peer.Time.Advance(TimeSpan.FromSeconds(60));
        var ping = await peer.ReadAsync<PingDelayDisconnect>();

        Assert.That((ping.DisconnectDelay, peer.Connection.Completion.IsCompleted), Is.EqualTo((75, false)));
    }

    [Test]
    public async Task A_server_that_is_to_close_sooner_is_asked_so_with_the_first_call_and_again_in_time()
    {
        await using var peer = await Peer.ConnectAsync(o => o with { ServerCloses = TimeSpan.FromSeconds(10) });
        peer.Time.Advance(TimeSpan.FromSeconds(5));
        _ = peer.AskAsync();
        var (first, call) = (await peer.ReadAsync(), await peer.ReadAsync());
        await peer.AnswerAsync(call, 0);
        peer.Time.Advance(TimeSpan.FromSeconds(4));
        var second = await peer.ReadAsync<PingDelayDisconnect>();

        Assert.That(
            ((first.Body as PingDelayDisconnect)?.DisconnectDelay, first.Frame, second.DisconnectDelay),
            Is.EqualTo(((int?)10, call.Frame, 10))
        );
    }

    [Test]
    public async Task A_ping_that_was_refused_with_its_call_goes_out_with_it_again()
    {
        await using var peer = await Peer.ConnectAsync(o => o with { ServerCloses = TimeSpan.FromSeconds(10) });
        _ = peer.AskAsync();
        await peer.ReadAsync<PingDelayDisconnect>();
        var call = await peer.ReadCallAsync();

        await peer.SendAsync(
            new BadServerSalt
            {
                BadMsgId = call.MsgId,
                BadMsgSeqno = call.SeqNo,
                ErrorCode = 48,
                NewServerSalt = 7,
            }
        );

        Assert.That((await peer.ReadAsync<PingDelayDisconnect>()).DisconnectDelay, Is.EqualTo(10));
    }

    [Test]
    public async Task A_silent_server_loses_the_connection_after_75_seconds()
    {
        await using var peer = await Peer.ConnectAsync(o => o with { CallTimeout = TimeSpan.FromMinutes(5) });
        var answer = peer.AskAsync();

        peer.Time.Advance(TimeSpan.FromSeconds(74));
        Assert.That(answer.IsCompleted, Is.False);
        peer.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.ThrowsAsync<ConnectionLostException>(() => answer);
    }

    [Test]
    public async Task Salts_are_asked_for_ahead_and_used_when_their_time_comes()
    {
        await using var peer = await Peer.ConnectIntroducedAsync(o => o with { ServerSalt = 1 });
        peer.Time.Advance(TimeSpan.FromSeconds(1));
        var request = await peer.ReadAsync();
        while (request.Body is not GetFutureSalts)
            request = await peer.ReadAsync();
        var now = (int)peer.Time.GetUtcNow().ToUnixTimeSeconds();

        FutureSalt[] salts = [Salt(2, now + 20), Salt(1, now - 60)];
        await peer.SendAsync(
            new FutureSalts
            {
                ReqMsgId = request.MsgId,
                Now = now,
                Salts = salts,
            }
        );
        var first = peer.AskAsync();
        var before = await peer.ReadCallAsync();
        await peer.AnswerAsync(before, 0);
        await first;
        peer.Time.Advance(TimeSpan.FromSeconds(20));
        _ = peer.AskAsync();
        var after = await peer.ReadCallAsync();

        Assert.That((before.Salt, after.Salt), Is.EqualTo((1L, 2L)));
    }

    [Test]
    public void Calls_that_wait_together_travel_in_one_container()
    {
        var session = NewSession();
        for (var i = 0; i < 3; i++)
            _ = session.CallAsync(Peer.Question, new Sinks.Discard(), CancellationToken.None).AsTask();

        var messages = Decrypt(session, session.Compose());

        Assert.That(
            (messages.Select(m => m.SeqNo), messages.Select(m => m.MsgId), session.Compose()),
            Is.EqualTo((new[] { 1, 3, 5 }, messages.Select(m => m.MsgId).Order().Distinct(), 0))
        );
    }

    [Test]
    public void A_cancelled_call_that_was_not_sent_is_never_sent()
    {
        using var cancel = new CancellationTokenSource();
        var session = NewSession();
        var call = session.CallAsync(Peer.Question, new Sinks.Discard(), cancel.Token).AsTask();

        cancel.Cancel();

        Assert.That(session.Compose(), Is.Zero);
        Assert.CatchAsync<OperationCanceledException>(() => call);
    }

    [Test]
    public void Message_ids_rise_even_when_the_clock_stands_still()
    {
        var ids = new MessageIds(new FakeTime());

        var made = Enumerable.Range(0, 1000).Select(_ => ids.Next()).ToArray();

        Assert.That(made.All(id => id % 4 == 0) && made.Zip(made.Skip(1)).All(p => p.First < p.Second), Is.True);
    }

    [Test]
    public void The_replay_window_forgets_the_oldest_and_refuses_what_is_older()
    {
        var window = new ReplayWindow(3);
        long[] ids = [10, 30, 20, 20, 40, 5, 10, 50];

        Assert.That(ids.Select(window.TryAdd), Is.EqualTo(new[] { true, true, true, false, true, false, false, true }));
    }

    public static MtSession NewSession()
    {
        var time = new FakeTime();
        var options = new ConnectionOptions
        {
            Address = DcAddress.Production[0],
            Client = new ClientInfo(1),
            Time = time,
        };
        return new MtSession(options, Peer.Key, salt: 0, new MessageIds(time), framesArePadded: false);
    }

    static ContainedMessage[] Decrypt(MtSession session, int payload)
    {
        var frame = session.ComposedFrame.Span[..(MessageCrypto.Headroom + payload)].ToArray();
        var plaintext = MessageCrypto.Decrypt(frame, Peer.Key, MessageDirection.ToServer);
        return ((MsgContainer)TlBytes.Read(plaintext[32..(32 + BitConverter.ToInt32(plaintext[28..]))])).Messages;
    }

    static FutureSalt Salt(long salt, int since) =>
        new()
        {
            ValidSince = since,
            ValidUntil = since + 1800,
            Salt = salt,
        };
}
