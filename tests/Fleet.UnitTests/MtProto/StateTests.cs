using Fleet.MtProto;
using Fleet.Tl.Mtp;
using ProtocolViolationException = Fleet.MtProto.ProtocolViolationException;

namespace Fleet.UnitTests.MtProto;

/// <summary>What became of messages: theirs when they ask, ours when the answer does not come.</summary>
[Category("engine")]
sealed class StateTests
{
    const int Patience = 10;

    [Test]
    public void A_call_without_an_answer_is_asked_about_after_10_seconds_and_then_every_10()
    {
        var bench = Bench.Introduced();
        var call = bench.CallAsync(1);
        var sent = bench.Flush().Single(m => m.IsCall);

        bench.Pass(Patience - 1);
        var before = bench.Flush<MsgsStateReq>();
        bench.Pass(1);
        var asked = bench.Flush<MsgsStateReq>();
        bench.Pass(Patience - 1);
        var between = bench.Flush<MsgsStateReq>();
        bench.Pass(1);
        var again = bench.Flush<MsgsStateReq>();

        Assert.That((before.Count, between.Count, call.IsCompleted), Is.EqualTo((0, 0, false)));
        Assert.That(
            asked.Concat(again).Select(a => a.MsgIds),
            Is.All.EqualTo(new[] { sent.MsgId }).And.Exactly(2).Items
        );
    }

    [Test]
    public void An_answered_call_is_not_asked_about()
    {
        var bench = Bench.Introduced();
        _ = bench.CallAsync(1);
        bench.Answer(bench.Flush().Single(m => m.IsCall));

        bench.Pass(3 * Patience);

        Assert.That(bench.Flush<MsgsStateReq>(), Is.Empty);
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public async Task A_call_that_did_not_reach_the_server_is_sent_again(byte state)
    {
        var bench = Bench.Introduced();
        var (lost, kept) = (bench.CallAsync(1), bench.CallAsync(2));
        var first = bench.Flush().Where(m => m.IsCall).ToList();

        bench.Pass(Patience);
        Tell(bench, bench.Flush(), state, 4);
        var again = bench.Flush().Single(m => m.IsCall);
        bench.Answer(again);
        bench.Answer(first[1]);

        Assert.That((Bench.NumberOf(again), again.MsgId > first[1].MsgId), Is.EqualTo((1, true)));
        Assert.That((await Bench.WithinAsync(lost), await Bench.WithinAsync(kept)), Is.EqualTo((1, 2)));
    }

    [TestCase(4)]
    [TestCase(4 + 8)]
    [TestCase(4 + 8 + 32)]
    [TestCase(4 + 128)]
    public async Task A_call_that_the_server_works_on_is_waited_for(byte state)
    {
        var bench = Bench.Introduced();
        var call = bench.CallAsync(1);
        var sent = bench.Flush().Single(m => m.IsCall);

        for (var asked = 0; asked < 3; asked++)
        {
            bench.Pass(Patience);
            Tell(bench, bench.Flush(), state);
            Assert.That(bench.Flush(), Is.Empty);
        }
        bench.Answer(sent);

        Assert.That(await Bench.WithinAsync(call), Is.EqualTo(1));
    }

    [Test]
    public async Task An_answer_that_is_made_and_does_not_come_is_asked_for()
    {
        var bench = Bench.Introduced();
        var call = bench.CallAsync(1);
        var sent = bench.Flush().Single(m => m.IsCall);

        bench.Pass(Patience);
        Tell(bench, bench.Flush(), 4 + 64); // it may be on its way
        var early = bench.Flush<MsgResendAnsReq>();
        bench.Pass(Patience);
        Tell(bench, bench.Flush(), 4 + 64);
        var late = bench.Flush<MsgResendAnsReq>();
        bench.Answer(sent);

        Assert.That((early.Count, late.Single().MsgIds), Is.EqualTo((0, new[] { sent.MsgId })));
        Assert.That(await Bench.WithinAsync(call), Is.EqualTo(1));
    }

    [Test]
    public void States_of_another_question_are_ignored()
    {
        var bench = Bench.Introduced();
        _ = bench.CallAsync(1);
        bench.Flush();
        bench.Pass(Patience);
        bench.Flush();

        bench.Send(new MsgsStateInfo { ReqMsgId = 4, Info = [1, 1, 1] });
        bench.Send(new MsgsAllInfo { MsgIds = [4, 8], Info = [1, 2] });

        Assert.That(bench.Flush().Where(m => m.IsCall), Is.Empty);
    }

    [Test]
    public void Another_number_of_states_than_was_asked_for_is_a_violation()
    {
        var bench = Bench.Introduced();
        _ = bench.CallAsync(1);
        bench.Flush();
        bench.Pass(Patience);

        var error = Assert.Throws<ProtocolViolationException>(() => Tell(bench, bench.Flush(), 4, 4))!;
        Assert.That(error.Violation, Is.EqualTo(Violation.Content));
    }

    [Test]
    public void More_calls_than_one_message_may_ask_about_are_asked_about_in_turns()
    {
        var bench = Bench.Introduced(o => o with { MaxPendingCalls = 2000 });
        for (var i = 0; i < 1500; i++)
            _ = bench.CallAsync(i);
        bench.Flush();

        bench.Pass(Patience);

        Assert.That(bench.Flush<MsgsStateReq>().Single().MsgIds, Has.Length.EqualTo(1024).And.Unique);
    }

    // 1: too old to know; 2: not come; 3: not yet come; 4: come
    [Test]
    public void Asked_for_the_state_of_its_messages_the_client_tells_it_by_the_documentation()
    {
        var bench = Bench.Introduced();
        var (ancient, missing) = (1L, bench.NextId());
        for (var i = 0; i < 1100; i++)
            bench.Send(new Pong { MsgId = 1, PingId = 1 });
        bench.Flush();
        var (gap, request, future) = (bench.NextId(), bench.NextId(), bench.NextId());

        bench.Send(new MsgsStateReq { MsgIds = [ancient, missing, gap, request, future] }, request);

        var states = bench.Flush<MsgsStateInfo>().Single();
        Assert.That((states.ReqMsgId, states.Info), Is.EqualTo((request, new byte[] { 1, 1, 2, 4, 3 })));
    }

    [Test]
    public void Asked_to_send_again_what_it_has_not_the_client_tells_the_states()
    {
        var bench = Bench.Introduced();
        _ = bench.CallAsync(1);
        var sent = bench.Flush().Single(m => m.IsCall);
        var request = bench.NextId();

        bench.Send(new MsgResendReq { MsgIds = [sent.MsgId, sent.MsgId - 400] }, request);

        var messages = bench.Flush();
        Assert.That(messages.Count(m => m.IsCall), Is.EqualTo(1));
        Assert.That(messages.Select(m => m.Body).OfType<MsgsStateInfo>().Single().ReqMsgId, Is.EqualTo(request));
    }

    static void Tell(Bench bench, List<Received> sent, params byte[] states)
    {
        var question = sent.Single(m => m.Body is MsgsStateReq);
        bench.Send(new MsgsStateInfo { ReqMsgId = question.MsgId, Info = states });
    }
}
