using Fleet.Broker.Leases;

namespace Fleet.UnitTests.Broker;

[Category("broker")]
public sealed class FloodRulesTests
{
    static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Test]
    public void A_first_grave_sign_opens_the_circuit_for_as_long_as_it_names() =>
        Assert.That(CircuitRule.Next(null, default, 2 * Hour, Now), Is.EqualTo(2 * Hour));

    [Test]
    public void The_same_sign_seen_again_changes_nothing() =>
        Assert.That(CircuitRule.Next(2 * Hour, Now + (2 * Hour), 2 * Hour, Now), Is.Null);

    [Test]
    public void A_longer_wait_while_it_is_open_makes_it_longer_and_is_no_failed_trial() =>
        Assert.That(CircuitRule.Next(2 * Hour, Now + Hour, 3 * Hour, Now), Is.EqualTo(3 * Hour));

    [Test]
    public void A_failed_trial_opens_it_for_twice_as_long() =>
        Assert.That(CircuitRule.Next(2 * Hour, Now, TimeSpan.FromSeconds(30), Now), Is.EqualTo(4 * Hour));

    [Test]
    public void No_circuit_is_open_for_longer_than_the_longest_wait_of_Telegram() =>
        Assert.That(CircuitRule.Next(TimeSpan.FromDays(10), Now, Hour, Now), Is.EqualTo(TimeSpan.FromDays(14)));

    [TestCase(1, 1)]
    [TestCase(1, 2)]
    [TestCase(2, 100)]
    public void A_few_floods_are_no_reason_to_pause_a_data_centre(int flooded, int accounts) =>
        Assert.That(DcBackoff.Next(0, default, flooded, accounts, Now), Is.Null);

    [TestCase(0, 1, 5)]
    [TestCase(1, 2, 10)]
    [TestCase(5, 6, 160)]
    [TestCase(6, 7, 300)]
    [TestCase(1_000_000, 1_000_001, 300)]
    public void Each_pause_in_a_row_is_twice_as_long_up_to_five_minutes(int level, int next, int seconds) =>
        Assert.That(
            DcBackoff.Next(level, Now, flooded: 3, accounts: 10, Now),
            Is.EqualTo((next, TimeSpan.FromSeconds(seconds)))
        );

    [Test]
    public void While_a_pause_runs_floods_do_not_lengthen_it() =>
        Assert.That(DcBackoff.Next(1, Now + TimeSpan.FromSeconds(1), 3, 3, Now), Is.Null);

    [Test]
    public void After_ten_quiet_minutes_pauses_begin_anew() =>
        Assert.That(
            DcBackoff.Next(5, Now - TimeSpan.FromMinutes(11), 3, 3, Now),
            Is.EqualTo((1, TimeSpan.FromSeconds(5)))
        );
}
