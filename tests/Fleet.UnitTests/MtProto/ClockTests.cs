using Fleet.MtProto;
using Fleet.Tl.Mtp;
using ProtocolViolationException = Fleet.MtProto.ProtocolViolationException;

namespace Fleet.UnitTests.MtProto;

/// <summary>Clocks that are wrong, go wrong, and are put right; salts over hours.</summary>
[Category("engine")]
sealed class ClockTests
{
    [Test]
    public async Task Setting_the_wall_clock_changes_nothing([Values(-1, 1)] int hours)
    {
        var bench = Bench.Introduced();
        var serverNow = bench.Time.GetUtcNow();
        bench.ServerTime = () => serverNow;

        bench.Time.SetWallClock(TimeSpan.FromHours(hours));
        var call = bench.CallAsync(1);
        var sent = bench.Flush().Single(m => m.IsCall);
        bench.Answer(sent);

        Assert.That(await Bench.WithinAsync(call), Is.EqualTo(1));
        Assert.That(
            (sent.MsgId >> 32, bench.Session.TimeOffset),
            Is.EqualTo((serverNow.ToUnixTimeSeconds(), -TimeSpan.FromHours(hours)))
        );
    }

    // A machine that slept: its steady clock stood still, so whatever the server says seems to come from the future.
    [Test]
    public async Task A_clock_that_fell_behind_is_set_by_the_refusal_though_that_looks_untimely(
        [Values] bool inContainer
    )
    {
        var bench = Bench.Introduced();
        bench.ServerTime = () => bench.Time.GetUtcNow().AddHours(1);
        var call = bench.CallAsync(1);
        var refused = bench.Flush().Single(m => m.IsCall);

        Refuse(bench, inContainer, RecoveryTests.Bad(refused.MsgId, 16));
        var again = bench.Flush().Single(m => m.IsCall);
        bench.Answer(again);

        Assert.That(await Bench.WithinAsync(call), Is.EqualTo(1));
        Assert.That((again.MsgId - refused.MsgId) >> 32, Is.EqualTo(3600).Or.EqualTo(3599));
        Assert.That(again.SessionId, Is.EqualTo(refused.SessionId));
    }

    [Test]
    public async Task A_clock_that_ran_ahead_is_set_by_the_refusal_and_a_new_session_begins([Values] bool inContainer)
    {
        var bench = Bench.Introduced();
        bench.ServerTime = () => bench.Time.GetUtcNow().AddHours(-1);
        var call = bench.CallAsync(1);
        var refused = bench.Flush().Single(m => m.IsCall);

        Refuse(bench, inContainer, RecoveryTests.Bad(refused.MsgId, 17));
        var again = bench.Flush().Single(m => m.IsCall);
        bench.Answer(again);

        Assert.That(await Bench.WithinAsync(call), Is.EqualTo(1));
        Assert.That((refused.MsgId - again.MsgId) >> 32, Is.EqualTo(3600).Or.EqualTo(3599));
        Assert.That((again.SeqNo, again.SessionId == refused.SessionId), Is.EqualTo((1, false)));
    }

    [Test]
    public void Nothing_but_a_clock_notice_is_taken_from_an_untimely_message()
    {
        var bench = Bench.Introduced(o => o with { ServerSalt = 5 });
        var call = bench.CallAsync(1);
        var sent = bench.Flush().Single(m => m.IsCall);
        var late = bench.Container(RecoveryTests.BadSalt(1, 9), Bench.Result(sent), RecoveryTests.Bad(sent.MsgId, 32));

        bench.Send(late, bench.NextId(TimeSpan.FromSeconds(400)), seqNo: 0);

        Assert.That((call.IsCompleted, bench.Session.Salt, bench.Session.Load.Sent), Is.EqualTo((false, 5L, 1)));
    }

    [Test]
    public void Containers_in_untimely_containers_are_refused()
    {
        var bench = Bench.Introduced();
        var nested = bench.Container(bench.Container());

        var error = Assert.Throws<ProtocolViolationException>(() =>
            bench.Send(nested, bench.NextId(TimeSpan.FromHours(1)))
        );
        Assert.That(error!.Violation, Is.EqualTo(Violation.Container));
    }

    /// <summary>Two calls refused together used to begin two sessions, and the next word of the first killed the connection.</summary>
    [TestCase(17)]
    [TestCase(32)]
    public void Messages_refused_together_begin_one_new_session(int code)
    {
        var bench = Bench.Introduced();
        for (var i = 1; i <= 2; i++)
            _ = bench.CallAsync(i);
        var refused = bench.Flush().Where(m => m.IsCall).ToList();

        bench.Send(bench.Container(refused.Select(m => RecoveryTests.Bad(m.MsgId, code))), seqNo: 0);
        bench.Send(new Pong { MsgId = 1, PingId = 1 }); // of the session that is over
        var again = bench.Flush();

        Assert.That(again.Where(m => m.IsCall).Select(Bench.NumberOf), Is.EqualTo(new[] { 1, 2 }));
        Assert.That(again.Select(m => m.SessionId).Distinct().Single(), Is.Not.EqualTo(refused[0].SessionId));
        Assert.That(again.Select(m => m.Body), Has.None.InstanceOf<MsgsAck>(), "of messages of the old session");
    }

    // A salt is used for half an hour and taken for another.
    [Test]
    public void Salts_change_every_half_hour_without_one_refusal()
    {
        var bench = Bench.Introduced(o => o with { ServerSalt = 1000 });
        var start = bench.Time.GetUtcNow();
        var (requests, used) = (0, new HashSet<long>());
        for (var minute = 0; minute < 6 * 60; minute++)
        {
            bench.Pass(60);
            var period = (int)((bench.Time.GetUtcNow() - start).TotalSeconds / 1800);
            foreach (var message in bench.Flush())
            {
                Assert.That(
                    message.Salt,
                    Is.EqualTo(1000L + period).Or.EqualTo(1000L + period - 1),
                    $"minute {minute}"
                );
                used.Add(message.Salt);
                if (message.Body is not GetFutureSalts)
                    continue;
                requests++;
                bench.Send(Salts(message.MsgId, start, period, count: 3));
            }
            bench.Send(new Pong { MsgId = 1, PingId = 1 }, seqNo: 0);
        }

        Assert.That((requests, used.Count), Is.EqualTo((6, 12)).Or.EqualTo((6, 13)));
    }

    [Test]
    public void Salts_that_nobody_tells_are_asked_for_every_minute()
    {
        var bench = Bench.Introduced();

        bench.Pass(1);
        var first = bench.Flush<GetFutureSalts>();
        bench.Pass(59);
        var between = bench.Flush<GetFutureSalts>();
        bench.Pass(1);

        Assert.That((first.Count, between.Count, bench.Flush<GetFutureSalts>().Count), Is.EqualTo((1, 0, 1)));
    }

    [Test]
    public void The_answer_to_a_ping_tells_the_round_trip()
    {
        var bench = Bench.Introduced();
        var before = bench.Session.RoundTrip;
        bench.Pass(60);
        var ping = bench.Flush().Single(m => m.Body is PingDelayDisconnect);

        bench.Time.Advance(TimeSpan.FromMilliseconds(120));
        bench.Send(new Pong { MsgId = ping.MsgId - 4, PingId = 1 });
        bench.Send(new Pong { MsgId = ping.MsgId, PingId = ((PingDelayDisconnect)ping.Body).PingId });
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        bench.Send(new Pong { MsgId = ping.MsgId, PingId = 1 });

        Assert.That((before, bench.Session.RoundTrip), Is.EqualTo(((TimeSpan?)null, TimeSpan.FromMilliseconds(120))));
    }

    static void Refuse(Bench bench, bool inContainer, BadMsgNotification notice)
    {
        if (inContainer)
            bench.Send(bench.Container(notice), seqNo: 0);
        else
            bench.Send(notice, seqNo: 0);
    }

    static FutureSalts Salts(long request, DateTimeOffset start, int period, int count)
    {
        var since = (int)start.ToUnixTimeSeconds();
        return new FutureSalts
        {
            ReqMsgId = request,
            Now = since + (period * 1800),
            Salts =
            [
                .. Enumerable
                    .Range(period, count)
                    .Select(p => new FutureSalt
                    {
                        ValidSince = since + (p * 1800),
                        ValidUntil = since + ((p + 2) * 1800),
                        Salt = 1000 + p,
                    }),
            ],
        };
    }
}
