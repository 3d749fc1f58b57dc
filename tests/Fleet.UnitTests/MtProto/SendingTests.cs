using Fleet.MtProto.Session;
using Fleet.Tl.Mtp;
using Fleet.UnitTests.Tl;

namespace Fleet.UnitTests.MtProto;

/// <summary>What travels together, what is given up, what comes late or twice.</summary>
[Category("engine")]
sealed class SendingTests
{
    [Test]
    public void A_container_has_at_most_100_messages_and_32_KiB()
    {
        var bench = Bench.Introduced(o => o with { MaxPendingCalls = 1000 });
        for (var i = 0; i < 300; i++)
            _ = bench.CallAsync(i);
        for (var i = 0; i < 60; i++)
            Ask(bench, 800);
        for (var i = 0; i < 17; i++)
            bench.Send(new Pong { MsgId = 1, PingId = 1 });

        var frames = bench.Flush().GroupBy(m => m.Frame).ToList();

        Assert.That(frames.Sum(f => f.Count(m => m.IsCall)), Is.EqualTo(360));
        Assert.That(frames.Select(f => f.Count(m => m.IsCall)), Is.All.InRange(1, 100));
        Assert.That(frames.Select(f => f.Sum(m => 16 + TlBytes.Of(m.Body).Length)), Is.All.LessThanOrEqualTo(32_768));
        Assert.That(frames[0].Count(m => m.Body is MsgsAck), Is.EqualTo(1));
    }

    [Test]
    public void A_call_longer_than_a_container_goes_alone()
    {
        var bench = Bench.Introduced();
        _ = bench.CallAsync(1);
        Ask(bench, 40_000);
        _ = bench.CallAsync(2);

        var calls = bench.Flush().Where(m => m.IsCall).ToList();

        Assert.That(calls.Select(m => m.Frame - calls[0].Frame), Is.EqualTo(new[] { 0, 1, 2 }));
        Assert.That(calls[1].ContainerId, Is.EqualTo(calls[1].MsgId));
    }

    [Test]
    public void Calls_of_a_refused_container_are_sent_again_one_by_one()
    {
        var bench = Bench.Introduced();
        for (var i = 1; i <= 3; i++)
            _ = bench.CallAsync(i);
        var refused = bench.Flush().First(m => m.IsCall).ContainerId;

        bench.Send(RecoveryTests.Bad(refused, 64), seqNo: 0);
        var again = bench.Flush().Where(m => m.IsCall).ToList();

        Assert.That(again.Select(Bench.NumberOf), Is.EqualTo(new[] { 1, 2, 3 }));
        Assert.That(again.Select(m => m.ContainerId), Is.EqualTo(again.Select(m => m.MsgId)));
    }

    [Test]
    public void A_new_session_gets_the_older_calls_of_containers_too()
    {
        var bench = Bench.Introduced();
        for (var i = 1; i <= 2; i++)
            _ = bench.CallAsync(i);
        bench.Flush();
        for (var i = 3; i <= 4; i++)
            _ = bench.CallAsync(i);
        var seen = bench.Flush().First(m => m.IsCall); // in a container, which is what the server saw first
        var notice = new NewSessionCreated
        {
            FirstMsgId = seen.ContainerId,
            UniqueId = 1,
            ServerSalt = 9,
        };

        var id = bench.NextId();
        bench.Send(notice, id);
        var again = bench.Flush();

        Assert.That(again.Where(m => m.IsCall).Select(Bench.NumberOf), Is.EqualTo(new[] { 1, 2 }));
        Assert.That(again.Select(m => m.Body).OfType<MsgsAck>().Single().MsgIds, Does.Contain(id));
    }

    [Test]
    public void More_acknowledgments_than_a_message_may_carry_are_left_to_the_server()
    {
        var acks = new AckQueue();
        for (var i = 0; i < 9000; i++)
            acks.Add(i, now: 0);

        Assert.That((acks.Count, acks.Waiting[^1]), Is.EqualTo((8192, 8191L)));
    }

    [Test]
    public async Task Every_cancelled_call_is_dropped_once()
    {
        using var cancel = new CancellationTokenSource();
        var bench = Bench.Introduced();
        var calls = Enumerable.Range(0, 300).Select(i => bench.CallAsync(i, cancel.Token)).ToArray();
        var sent = bench.Flush().Where(m => m.IsCall).ToList();

        await cancel.CancelAsync();
        var after = bench.Flush();

        Assert.That(
            after.Select(m => m.Body).OfType<RpcDropAnswer>().Select(d => d.ReqMsgId),
            Is.EquivalentTo(sent.Select(m => m.MsgId))
        );
        Assert.That(after.Select(m => m.Frame).Distinct().Count(), Is.LessThan(5));
        Assert.That(bench.Flush(), Is.Empty);
        foreach (var call in calls)
            Assert.CatchAsync<OperationCanceledException>(() => Bench.WithinAsync(call));
    }

    [Test]
    public async Task What_the_server_still_says_about_a_dropped_call_does_no_harm()
    {
        using var cancel = new CancellationTokenSource();
        var bench = Bench.Introduced();
        var dropped = bench.CallAsync(1, cancel.Token);
        var sent = bench.Flush().Single(m => m.IsCall);
        await cancel.CancelAsync();
        var drop = bench.Flush().Single(m => m.Body is RpcDropAnswer);
        var next = bench.CallAsync(2);

        bench.Answer(sent);
        foreach (
            var answer in new byte[][]
            {
                TlBytes.Of(new RpcAnswerUnknown()),
                TlBytes.Of(new RpcAnswerDroppedRunning()),
                TlBytes.Of(
                    new RpcAnswerDropped
                    {
                        MsgId = 1,
                        SeqNo = 1,
                        Bytes = 1,
                    }
                ),
            }
        )
            bench.Send(new RpcResult { ReqMsgId = drop.MsgId, Result = answer });
        bench.Send(new RpcResult { ReqMsgId = sent.MsgId, Result = TlBytes.Of(new RpcAnswerDroppedRunning()) });
        bench.Answer(bench.Flush().Single(m => m.IsCall));

        Assert.CatchAsync<OperationCanceledException>(() => Bench.WithinAsync(dropped));
        Assert.That(await Bench.WithinAsync(next), Is.EqualTo(2));
    }

    /// <summary>While the network stood still, each call that was made and cancelled used to stay in the queue.</summary>
    [Test]
    public async Task Calls_cancelled_before_they_are_sent_leave_nothing_behind()
    {
        var bench = Bench.Introduced();
        var kept = bench.CallAsync(1);
        for (var i = 0; i < 1000; i++)
        {
            using var cancel = new CancellationTokenSource();
            _ = bench.CallAsync(2, cancel.Token);
            await cancel.CancelAsync();
        }

        Assert.That((bench.Session.Load.Queued, bench.Session.Load.Pending), Is.EqualTo((1, 1)));
        bench.Answer(bench.Flush().Single(m => m.IsCall));
        Assert.That(await Bench.WithinAsync(kept), Is.EqualTo(1));
    }

    // 2: newer messages come first, also in a container; 3: and again.
    [Test]
    public async Task Answers_that_come_late_out_of_order_and_twice_count_once([Values] bool inContainer)
    {
        var bench = Bench.Introduced();
        var calls = Enumerable.Range(1, 3).Select(i => bench.CallAsync(i)).ToArray();
        var sent = bench.Flush().Where(m => m.IsCall).ToList();
        var ids = sent.Select(_ => bench.NextId()).ToArray();
        ContainedMessage[] late =
        [
            .. new[] { 2, 0, 1, 0, 2 }.Select(i => new ContainedMessage(ids[i], 1, TlBytes.Of(Bench.Result(sent[i])))),
        ];

        if (inContainer)
            bench.Send(new MsgContainer { Messages = late }, seqNo: 0);
        else
            Array.ForEach(late, m => bench.Send(m.Body, m.MsgId));

        Assert.That(await Task.WhenAll(calls.Select(Bench.WithinAsync)), Is.EqualTo(new[] { 1, 2, 3 }));
    }

    /// <summary>One message from 20 s ahead, forgotten first because it came first, used to shut out everything before its id.</summary>
    [Test]
    public async Task A_message_from_ahead_does_not_shut_out_those_that_follow()
    {
        var bench = Bench.Introduced();
        bench.Send(new Pong { MsgId = 1, PingId = 1 }, bench.NextId(TimeSpan.FromSeconds(-20)));
        for (var i = 0; i < 2 * MtSession.ReplayWindowSize; i++)
            bench.Send(new Pong { MsgId = 1, PingId = 1 }, seqNo: 0);

        var call = bench.CallAsync(1);
        bench.Answer(bench.Flush().Single(m => m.IsCall));

        Assert.That(await Bench.WithinAsync(call), Is.EqualTo(1));
        Assert.That(bench.Session.Load.Remembered, Is.EqualTo(MtSession.ReplayWindowSize));
    }

    [Test]
    public void The_replay_window_takes_what_comes_late_once_as_far_as_it_reaches()
    {
        var window = new ReplayWindow(3);
        long[] ids = [50, 20, 40, 30, 30, 20, 10, 60, 35, 35];

        Assert.That(
            ids.Select(window.TryAdd),
            Is.EqualTo(new[] { true, true, true, true, false, false, false, true, true, false })
        );
    }

    [Test]
    public void A_constructor_that_nobody_knows_is_logged_by_its_id()
    {
        var log = new RecordingLog();
        var bench = Bench.Introduced(o => o with { Logger = log });

        bench.Send([0x78, 0x56, 0x34, 0x12]);
        bench.Send(new DestroySessionOk { SessionId = 1 });
        bench.Send(new DestroySessionNone { SessionId = 1 });
        bench.Send(new MsgsAck { MsgIds = [1] });

        Assert.That(log.Lines, Is.EqualTo(new[] { "Ignored a message of the constructor 12345678" }));
    }

    static void Ask(Bench bench, int referenceBytes)
    {
        var question = Bench.Question(0, referenceBytes);
        System.Security.Cryptography.RandomNumberGenerator.Fill(
            ((Fleet.Tl.Api.InputDocumentFileLocation)question.Location).FileReference
        );
        _ = bench.Session.CallAsync(question, new Sinks.Discard(), CancellationToken.None).AsTask();
    }
}
