using Fleet.Broker.Leases;
using FsCheck;
using FsCheck.Fluent;

namespace Fleet.UnitTests.Broker;

[Category("broker")]
public sealed class CapRuleTests
{
    [Test]
    public void Each_part_raises_the_cap_by_its_reciprocal() =>
        Assert.That(CapRule.Next(4, used: 4, ok: 2, slowed: false, flooded: false), Is.EqualTo(4 + 0.25 + (1 / 4.25)));

    [Test]
    public void The_cap_grows_only_while_half_of_it_is_used() =>
        Assert.That(CapRule.Next(4, used: 2, ok: 1000, slowed: false, flooded: false), Is.EqualTo(4.25));

    [TestCase(4, 2)]
    [TestCase(0.8, 0.5)]
    public void A_flood_wait_halves_the_cap(double cap, double left) =>
        Assert.That(CapRule.Next(cap, used: 1, ok: 0, slowed: false, flooded: true), Is.EqualTo(left));

    [TestCase(5, 4)]
    [TestCase(0.5, 0.5)]
    public void A_premium_wait_takes_a_fifth_of_the_cap(double cap, double left) =>
        Assert.That(CapRule.Next(cap, used: 1, ok: 0, slowed: true, flooded: false), Is.EqualTo(left));

    [Test]
    public void The_cap_stays_within_its_bounds_whatever_is_reported()
    {
        // Each number is a report: 17 weights in use, up to 40 parts, with or without either wait.
        var reports = Gen.Choose(0, (17 * 41 * 4) - 1).ArrayOf(30).ToArbitrary();

        Prop.ForAll(
                reports,
                story =>
                {
                    var cap = 4.0;
                    foreach (var report in story)
                    {
                        var (used, ok, waits) = (report % 17, report / 17 % 41, report / 17 / 41);
                        cap = CapRule.Next(cap, used, ok, (waits & 1) != 0, (waits & 2) != 0);
                        if (cap is < CapRule.Min or > CapRule.Max)
                            return false;
                    }
                    return true;
                }
            )
            .QuickCheckThrowOnFailure();
    }
}
