using Fleet.Telegram;

namespace Fleet.UnitTests.Telegram;

/// <summary>The rules of speed, each alone, with exact times.</summary>
[TestFixture]
[Category("engine")]
public sealed class SpeedPolicyTests
{
    const int MiB = 1 << 20;
    static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public void The_first_parts_leave_after_pauses_that_shrink_by_a_fifth_until_nothing_holds_them()
    {
        var ramp = new StartRamp();

        var pauses = new List<double>();
        for (var now = Noon; pauses.Count < 20; now = ramp.OpensAt > now ? ramp.OpensAt : now)
        {
            ramp.Sent(now);
            pauses.Add(ramp.OpensAt > now ? (ramp.OpensAt - now).TotalMilliseconds : 0);
        }

        Assert.That(pauses[..3], Is.EqualTo(new[] { 50.0, 40, 32 }));
        Assert.That(pauses[12], Is.EqualTo(3.4).Within(0.1));
        Assert.That(pauses[13..], Is.All.Zero);
    }

    [TestCase(7.9, 0.1, null, 0, false, Description = "not yet")]
    [TestCase(8.0, 0.1, null, 0, true, Description = "eight seconds are always slow")]
    [TestCase(15.9, 0.1, null, 1, false, Description = "the second time it gets twice as long")]
    [TestCase(16.0, 0.1, null, 1, true)]
    [TestCase(20.0, 0.1, 9.0, 0, false, Description = "a line that always needs nine seconds")]
    [TestCase(27.0, 0.1, 9.0, 0, true)]
    [TestCase(1.9, 1.9, 0.05, 0, false, Description = "never below two seconds")]
    [TestCase(2.0, 2.0, 0.05, 0, true, Description = "silent for much longer than usual")]
    [TestCase(7.0, 1.0, 0.05, 0, false, Description = "other answers keep coming: it queues")]
    [TestCase(3.9, 3.9, 0.5, 0, false)]
    [TestCase(4.0, 4.0, 0.5, 0, true)]
    public void A_request_is_given_up(double age, double silence, double? median, int givenUp, bool expected)
    {
        TimeSpan? usual = median is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

        var isSlow = SlowRule.IsSlow(TimeSpan.FromSeconds(age), TimeSpan.FromSeconds(silence), usual, givenUp);

        Assert.That(isSlow, Is.EqualTo(expected));
    }

    [Test]
    public void The_fourth_timeout_takes_a_connection_out_but_never_the_last()
    {
        var lanes = new LaneAllowance(2);

        var first = Enumerable.Range(0, 4).Select(_ => lanes.TimedOut(1, Noon)).ToList();
        var last = Enumerable.Range(0, 8).Select(_ => lanes.TimedOut(0, Noon)).ToList();

        Assert.That(first, Is.EqualTo(new[] { false, false, false, true }));
        Assert.That(last, Is.All.False);
        Assert.That((lanes.Allows(0), lanes.Allows(1)), Is.EqualTo((true, false)));
    }

    [Test]
    public void A_success_forgives_one_timeout()
    {
        var lanes = new LaneAllowance(2);
        for (var i = 0; i < 3; i++)
            lanes.TimedOut(0, Noon);

        lanes.Succeeded(0, Noon);
        var fourth = lanes.TimedOut(0, Noon);
        var fifth = lanes.TimedOut(0, Noon);

        Assert.That((fourth, fifth), Is.EqualTo((false, true)));
    }

    [Test]
    public void A_connection_comes_back_after_sixteen_seconds_and_three_successes_on_every_other()
    {
        var lanes = new LaneAllowance(3);
        for (var i = 0; i < 4; i++)
            lanes.TimedOut(2, Noon);

        var tooEarly = new[] { 0, 0, 0, 1, 1, 1 }.Select(l => lanes.Succeeded(l, Noon.AddSeconds(15.9))).ToList();
        lanes.TimedOut(0, Noon.AddSeconds(15.9)); // nobody has done well any more
        var late = new[] { 0, 0, 0, 1, 1, 1 }.Select(l => lanes.Succeeded(l, Noon.AddSeconds(16))).ToList();

        Assert.That(tooEarly, Is.All.False);
        Assert.That(late, Is.EqualTo(new[] { false, false, false, false, false, true }));
        Assert.That(lanes.Allows(2), Is.True);
    }

    [Test]
    public void The_second_connection_taken_out_makes_the_wait_longer()
    {
        var lanes = new LaneAllowance(2);
        TakeOutAndBack(lanes, Noon, TimeSpan.FromSeconds(16));

        for (var i = 0; i < 4; i++)
            lanes.TimedOut(1, Noon.AddMinutes(1));
        var back = new[] { 23.9, 23.9, 23.9, 24 }.Select(s => lanes.Succeeded(0, Noon.AddMinutes(1).AddSeconds(s)));

        Assert.That(back, Is.EqualTo(new[] { false, false, false, true }));
    }

    [Test]
    public void A_part_that_blocks_is_asked_for_again_after_twice_the_median_one_at_a_time()
    {
        var rule = new HedgeRule(MiB);
        var unknown = rule.Patience;
        for (var i = 1; i <= 5; i++)
            rule.Received(MiB, TimeSpan.FromSeconds(i));

        var patience = rule.Patience;
        rule.Began();
        var whileOut = rule.Patience;

        Assert.That(
            (unknown, patience, whileOut),
            Is.EqualTo(((TimeSpan?)null, (TimeSpan?)TimeSpan.FromSeconds(6), (TimeSpan?)null))
        );
    }

    [Test]
    public void A_twentieth_of_the_bytes_at_most_is_asked_for_twice()
    {
        var rule = new HedgeRule(MiB);

        var hedges = 0;
        for (var part = 1; part <= 200; part++)
        {
            rule.Received(MiB, TimeSpan.FromSeconds(1));
            if (rule.Patience is null)
                continue;
            rule.Began();
            rule.Ended();
            hedges++;
        }

        Assert.That(hedges, Is.EqualTo(1 + (200 / 20)));
    }

    [Test]
    public void A_full_line_is_foretold_by_its_time_per_byte_and_forgotten_by_half_in_five_seconds()
    {
        var speed = new LaneSpeed();
        var unknown = speed.SecondsFor(8 * MiB, MiB, Noon);
        speed.Answered(TimeSpan.FromSeconds(2), 4 * MiB, Noon);

        Assert.That(
            (unknown, speed.SecondsFor(0, MiB, Noon), speed.SecondsFor(3 * MiB, MiB, Noon.AddSeconds(5))),
            Is.EqualTo((0.0, 0.5, 1.0))
        );
    }

    [Test]
    public void A_connection_is_opened_four_times_in_a_second_and_five_times_in_five()
    {
        var limiter = new ConnectLimiter();

        var waits = new List<double>();
        for (var now = Noon; waits.Count < 7; )
        {
            var wait = limiter.WaitAt(now);
            waits.Add(wait.TotalSeconds);
            now += wait;
            limiter.Connecting(now);
        }

        Assert.That(waits, Is.EqualTo(new[] { 0.0, 0, 0, 0, 1, 4, 0 }));
    }

    [Test]
    public void After_transport_errors_it_waits_longer_and_longer()
    {
        var limiter = new ConnectLimiter();

        var waits = new List<double>();
        for (var now = Noon; waits.Count < 5; )
        {
            limiter.Connecting(now);
            limiter.Refused(now);
            var wait = limiter.WaitAt(now);
            waits.Add(wait.TotalSeconds);
            now += wait;
        }

        Assert.That(waits, Is.EqualTo(new[] { 1.0, 3, 4, 1, 3 }));
    }

    static void TakeOutAndBack(LaneAllowance lanes, DateTimeOffset from, TimeSpan after)
    {
        for (var i = 0; i < 4; i++)
            lanes.TimedOut(1, from);
        for (var i = 0; i < 3; i++)
            lanes.Succeeded(0, from + after);
        Assert.That(lanes.Allows(1), Is.True);
    }
}
