using Fleet.MtProto;
using Fleet.Tl.Mtp;

namespace Fleet.UnitTests.MtProto;

[Category("engine")]
sealed class RecoveryTests
{
    [Test]
    public async Task A_wrong_salt_is_replaced_and_the_call_sent_again()
    {
        await using var peer = await Peer.ConnectAsync(o => o with { ServerSalt = 1 });
        var answer = peer.AskAsync();
        var call = await peer.ReadCallAsync();

        await peer.SendAsync(BadSalt(call.MsgId, 2));
        var again = await peer.ReadCallAsync();
        await peer.AnswerAsync(again, 5);

        Assert.That((await answer).NearestDcValue, Is.EqualTo(5));
        Assert.That(
            (call.Salt, again.Salt, peer.Connection.ServerSalt, again.MsgId > call.MsgId),
            Is.EqualTo((1L, 2L, 2L, true))
        );
    }

    [Test]
    public async Task A_clock_that_is_slow_is_set_and_the_call_sent_again()
    {
        await using var peer = await Peer.ConnectAsync();
        var answer = peer.AskAsync();
        var call = await peer.ReadCallAsync();

        await peer.SendAsync(Bad(call.MsgId, 16), peer.NextId(TimeSpan.FromHours(-1)));
        var again = await peer.ReadCallAsync();
        await peer.SendAsync(Peer.Result(again, Peer.Nearest(5)), peer.NextId(TimeSpan.FromHours(-1)));

        Assert.That((await answer).NearestDcValue, Is.EqualTo(5));
        Assert.That(
            ((again.MsgId - call.MsgId) >> 32, peer.Connection.TimeOffset.TotalHours, again.SessionId),
            Is.EqualTo((3600L, 1.0, call.SessionId)).Within(0.001)
        );
    }

    [Test]
    public async Task A_clock_that_is_fast_is_set_and_the_call_sent_in_a_new_session()
    {
        await using var peer = await Peer.ConnectAsync();
        _ = peer.AskAsync();
        var call = await peer.ReadCallAsync();

        await peer.SendAsync(Bad(call.MsgId, 17), peer.NextId(TimeSpan.FromHours(1)));
        var again = await peer.ReadCallAsync();

        Assert.That(
            ((call.MsgId - again.MsgId) >> 32, again.SessionId != call.SessionId),
            Is.EqualTo((3600L, true)).Or.EqualTo((3599L, true))
        );
    }

    [TestCase(32)]
    [TestCase(33)]
    [TestCase(34)]
    [TestCase(35)]
    public async Task Numbers_out_of_step_start_a_new_session_from_the_first_number(int code)
    {
        await using var peer = await Peer.ConnectIntroducedAsync();
        var answer = peer.AskAsync();
        var call = await peer.ReadCallAsync();

        await peer.SendAsync(Bad(call.MsgId, code));
        var again = await peer.ReadCallAsync();
        await peer.AnswerAsync(again, 5);

        Assert.That((await answer).NearestDcValue, Is.EqualTo(5));
        Assert.That((call.SeqNo, again.SeqNo, again.SessionId != call.SessionId), Is.EqualTo((3, 1, true)));
    }

    [TestCase(18)]
    [TestCase(19)]
    [TestCase(20)]
    [TestCase(48)]
    [TestCase(64)]
    public async Task A_refused_message_is_sent_again_under_a_new_id(int code)
    {
        await using var peer = await Peer.ConnectIntroducedAsync();
        var answer = peer.AskAsync();
        var call = await peer.ReadCallAsync();

        await peer.SendAsync(Bad(call.ContainerId, code));
        var again = await peer.ReadCallAsync();
        await peer.AnswerAsync(again, 5);

        Assert.That((await answer).NearestDcValue, Is.EqualTo(5));
        Assert.That((again.MsgId > call.MsgId, again.SessionId, again.SeqNo), Is.EqualTo((true, call.SessionId, 5)));
    }

    [Test]
    public async Task A_code_that_nobody_knows_ends_the_connection()
    {
        await using var peer = await Peer.ConnectAsync();
        _ = peer.AskAsync();

        await peer.SendAsync(Bad((await peer.ReadCallAsync()).MsgId, 99));

        Assert.That(await peer.ViolationAsync(), Is.EqualTo(Violation.Refused));
    }

    [Test]
    public async Task A_server_that_refuses_every_attempt_ends_the_connection()
    {
        await using var peer = await Peer.ConnectAsync();
        var answer = peer.AskAsync();

        for (var attempt = 0; attempt < 6; attempt++)
            await peer.SendAsync(Bad((await peer.ReadCallAsync()).MsgId, 20));

        Assert.That(await peer.ViolationAsync(), Is.EqualTo(Violation.Refused));
        Assert.ThrowsAsync<ProtocolViolationException>(() => answer);
    }

    [Test]
    public async Task A_new_session_gets_what_was_sent_before_it()
    {
        await using var peer = await Peer.ConnectIntroducedAsync();
        var before = peer.AskAsync();
        var lost = await peer.ReadCallAsync();
        var after = peer.AskAsync();
        var kept = await peer.ReadCallAsync();

        await peer.SendAsync(
            new NewSessionCreated
            {
                FirstMsgId = kept.ContainerId,
                UniqueId = 1,
                ServerSalt = 77,
            }
        );
        var again = await peer.ReadCallAsync();
        await peer.AnswerAsync(again, 1);
        await peer.AnswerAsync(kept, 2);

        Assert.That(
            ((await before).NearestDcValue, (await after).NearestDcValue, again.MsgId > lost.MsgId, again.Salt),
            Is.EqualTo((1, 2, true, 77L))
        );
    }

    [Test]
    public async Task An_answer_that_the_server_holds_back_is_asked_for()
    {
        await using var peer = await Peer.ConnectAsync();
        _ = peer.AskAsync();
        var call = await peer.ReadCallAsync();
        var heldBack = peer.NextId();

        await peer.SendAsync(
            new MsgDetailedInfo
            {
                MsgId = call.MsgId,
                AnswerMsgId = heldBack,
                Bytes = 9,
                Status = 0,
            }
        );

        Assert.That((await peer.ReadAsync<MsgResendReq>()).MsgIds, Is.EqualTo(new[] { heldBack }));
    }

    [Test]
    public async Task An_answer_that_came_already_is_acknowledged_again()
    {
        await using var peer = await Peer.ConnectIntroducedAsync();
        var (call, known) = (peer.AskAsync(), peer.NextId());
        await peer.SendAsync(Peer.Result(await peer.ReadCallAsync(), Peer.Nearest(1)), known);
        await call;

        await peer.SendAsync(
            new MsgNewDetailedInfo
            {
                AnswerMsgId = known,
                Bytes = 9,
                Status = 0,
            }
        );
        await peer.SendAsync(new MsgsStateReq { MsgIds = [] }); // its answer takes the acknowledgments along

        for (var acknowledged = 0; acknowledged < 2; )
            acknowledged += (await peer.ReadAsync<MsgsAck>()).MsgIds.Count(id => id == known);
        Assert.Pass("acknowledged twice");
    }

    [Test]
    public async Task A_message_that_the_server_misses_is_sent_again()
    {
        await using var peer = await Peer.ConnectIntroducedAsync();
        var answer = peer.AskAsync();

        await peer.SendAsync(new MsgResendReq { MsgIds = [(await peer.ReadCallAsync()).MsgId] });
        await peer.AnswerAsync(await peer.ReadCallAsync(), 4);

        Assert.That((await answer).NearestDcValue, Is.EqualTo(4));
    }

    /// <summary>A server's request of 2 MiB used to hold the session's lock for as long as 250,000 ids times all calls take.</summary>
    [Test]
    public async Task More_message_ids_than_one_message_may_name_end_the_connection([Values] bool state)
    {
        await using var peer = await Peer.ConnectIntroducedAsync();
        var answer = peer.AskAsync();
        var ids = new long[8193];

        await peer.SendAsync(state ? new MsgsStateReq { MsgIds = ids } : new MsgResendReq { MsgIds = ids });

        Assert.That(
            async () => await answer,
            Throws
                .InstanceOf<ProtocolViolationException>()
                .With.Property(nameof(ProtocolViolationException.Violation))
                .EqualTo(Violation.Content)
        );
    }

    public static BadServerSalt BadSalt(long msgId, long salt) =>
        new()
        {
            BadMsgId = msgId,
            BadMsgSeqno = 1,
            ErrorCode = 48,
            NewServerSalt = salt,
        };

    public static BadMsgNotification Bad(long msgId, int code) =>
        new()
        {
            BadMsgId = msgId,
            BadMsgSeqno = 1,
            ErrorCode = code,
        };
}
