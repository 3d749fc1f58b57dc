using Fleet.Broker.Leases;
using FsCheck;
using FsCheck.Fluent;

namespace Fleet.UnitTests.Broker;

[Category("broker")]
public sealed class WaitingLineTests
{
    [Test]
    public void Interactive_goes_before_bulk_whoever_came_first()
    {
        var line = new WaitingLine<string>();
        line.Add("slow", "a", bulk: true);
        line.Add("quick", "b", bulk: false);

        Assert.That(line.InOrder(), Is.EqualTo(["quick", "slow"]));
    }

    [Test]
    public void Tenants_take_turns_and_each_ones_own_come_in_their_order()
    {
        var line = new WaitingLine<string>();
        foreach (var item in (string[])["a1", "a2", "a3", "b1", "b2"])
            line.Add(item, item[..1], bulk: false);

        Assert.That(line.InOrder(), Is.EqualTo(["a1", "b1", "a2", "b2", "a3"]));
    }

    [Test]
    public void Who_leaves_without_being_served_does_not_lose_the_turn()
    {
        var line = new WaitingLine<string>();
        var gone = "a1";
        foreach (var item in (string[])[gone, "a2", "b1"])
            line.Add(item, item[..1], bulk: false);

        line.Remove(gone, served: false);

        Assert.That(line.InOrder(), Is.EqualTo(["a2", "b1"]));
    }

    [Test]
    public void A_tenant_that_comes_later_neither_catches_up_nor_waits_for_the_past()
    {
        var line = new WaitingLine<string>();
        for (var i = 0; i < 10; i++)
            line.Add($"a{i}", "a", bulk: false);
        for (var i = 0; i < 8; i++)
            line.Remove(line.InOrder()[0], served: true);

        line.Add("b0", "b", bulk: false);
        line.Add("b1", "b", bulk: false);

        Assert.That(line.InOrder(), Is.EqualTo(["a8", "b0", "a9", "b1"]));
    }

    [Test]
    public void Tenants_that_all_wait_all_the_time_are_served_alike()
    {
        var crowds = Gen.Choose(1, 9).ArrayOf().Where(waiting => waiting.Length is > 0 and < 8).ToArbitrary();
        Prop.ForAll(
                crowds,
                waiting =>
                {
                    var served = new int[waiting.Length];
                    var line = new WaitingLine<Item>();
                    foreach (var (tenant, count) in waiting.Index())
                    {
                        for (var i = 0; i < count; i++)
                            line.Add(new Item(tenant), $"{tenant}", bulk: false);
                    }
                    for (var turn = 0; turn < 60; turn++)
                    {
                        var next = line.InOrder()[0];
                        line.Remove(next, served: true);
                        served[next.Tenant]++;
                        line.Add(new Item(next.Tenant), $"{next.Tenant}", bulk: false);
                    }
                    return served.Max() - served.Min() <= 1;
                }
            )
            .QuickCheckThrowOnFailure();
    }

    sealed record Item(int Tenant);
}
