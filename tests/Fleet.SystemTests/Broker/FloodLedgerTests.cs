using Fleet.Broker.Leases;

namespace Fleet.SystemTests.Broker;

/// <summary>What is remembered of waits, in a real Postgres, and what comes of it.</summary>
[Category("broker")]
public sealed class FloodLedgerTests
{
    static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    static readonly TimeSpan Jitter = TimeSpan.FromSeconds(3);

    LeaseRig _rig = null!;

    [TearDown]
    public async Task StopAsync() => await _rig.DisposeAsync();

    [Test]
    public async Task A_wait_ends_one_to_three_seconds_later_than_was_asked_for_and_outlives_Redis()
    {
        _rig = await LeaseRig.StartAsync(accounts: 1);
        var (_, lease, _) = await _rig.AskAsync();

        var until = await _rig.Floods.ParkAsync(lease.Account, LeaseRig.Dc, TimeSpan.FromMinutes(1), default);
        await _rig.Redis.FlushAsync();
        _rig.Open();

        var wait = until - _rig.Time.GetUtcNow() - TimeSpan.FromMinutes(1);
        Assert.That(wait, Is.InRange(TimeSpan.FromSeconds(1), Jitter));
        Assert.That(((LeasePick.Flooded)(await _rig.AskAsync()).Pick).RetryAt, Is.EqualTo(until).Within(Millisecond));
    }

    [Test]
    public async Task When_several_accounts_flood_at_once_nobody_begins_to_read_in_that_data_centre_for_a_while()
    {
        _rig = await LeaseRig.StartAsync(accounts: 3);
        foreach (var account in await AccountsAsync(2))
            await _rig.Floods.ParkAsync(account, LeaseRig.Dc, TimeSpan.FromMinutes(1), default);

        var here = (await _rig.AskAsync()).Pick;
        var elsewhere = (await _rig.AskAsync(dc: 1)).Pick;
        _rig.Time.Advance(TimeSpan.FromSeconds(5));

        Assert.That(
            ((LeasePick.Flooded)here).RetryAt - _rig.Time.GetUtcNow(),
            Is.EqualTo(TimeSpan.Zero).Within(10 * Millisecond) // the rig's clock moves with every ask
        );
        Assert.That(elsewhere, Is.InstanceOf<LeasePick.Granted>());
        Assert.That((await _rig.AskAsync()).Pick, Is.InstanceOf<LeasePick.Granted>());
    }

    [Test]
    public async Task A_pause_of_a_data_centre_outlives_Redis()
    {
        _rig = await LeaseRig.StartAsync(accounts: 3);
        foreach (var account in await AccountsAsync(2))
            await _rig.Floods.ParkAsync(account, LeaseRig.Dc, TimeSpan.FromMinutes(1), default);

        await _rig.Redis.FlushAsync();
        _rig.Open();

        Assert.That((await _rig.AskAsync()).Pick, Is.InstanceOf<LeasePick.Flooded>());
    }

    [Test]
    public async Task A_wait_of_more_than_an_hour_takes_the_account_out_everywhere_and_then_one_lease_tries_it()
    {
        _rig = await LeaseRig.StartAsync(accounts: 1);
        var account = (await AccountsAsync(1))[0];

        await _rig.Floods.ParkAsync(account, LeaseRig.Dc, 2 * Hour, default);
        var elsewhere = (await _rig.AskAsync(dc: 1)).Pick;
        _rig.Time.Advance((2 * Hour) + Jitter);
        var trial = (await _rig.AskAsync()).Pick;
        var second = (await _rig.AskAsync()).Pick;
        var other = (await _rig.AskAsync(dc: 1)).Pick;

        Assert.That(elsewhere, Is.InstanceOf<LeasePick.NoAccount>());
        Assert.That(trial, Is.EqualTo(new LeasePick.Granted(account, 0)));
        Assert.That(second, Is.InstanceOf<LeasePick.Busy>());
        Assert.That(other, Is.InstanceOf<LeasePick.NoAccount>());
    }

    [Test]
    public async Task A_trial_that_receives_parts_makes_the_account_a_normal_one_again()
    {
        _rig = await LeaseRig.StartAsync(accounts: 1);
        var account = (await AccountsAsync(1))[0];
        await _rig.Floods.OpenCircuitAsync(account, LeaseRig.Dc, "peer_flood", Hour, default);
        _rig.Time.Advance(Hour + Jitter);
        await _rig.AskAsync();

        await _rig.Floods.WorkedAsync(account, default);
        _rig.Time.Advance(LeaseRules.FullPause);

        Assert.That((await _rig.AskAsync()).Pick, Is.EqualTo(new LeasePick.Granted(account, 1)));
        Assert.That((await _rig.AskAsync(dc: 1)).Pick, Is.InstanceOf<LeasePick.Granted>());
    }

    [Test]
    public async Task A_trial_that_floods_takes_the_account_out_for_twice_as_long()
    {
        _rig = await LeaseRig.StartAsync(accounts: 1);
        var account = (await AccountsAsync(1))[0];
        await _rig.Floods.OpenCircuitAsync(account, LeaseRig.Dc, "peer_flood", Hour, default);
        _rig.Time.Advance(Hour + Jitter);

        await _rig.Floods.ParkAsync(account, LeaseRig.Dc, TimeSpan.FromMinutes(1), default);

        var view = await _rig.Directory.GetAsync(default);
        Assert.That(view.CircuitOf(account)!.Until - _rig.Time.GetUtcNow(), Is.EqualTo(2 * Hour).Within(Millisecond));
    }

    static TimeSpan Millisecond => TimeSpan.FromMilliseconds(1);

    async Task<string[]> AccountsAsync(int count) =>
        [.. (await _rig.Directory.GetAsync(default)).Usable.Take(count).Select(account => account.Id)];
}
