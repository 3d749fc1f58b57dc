using Fleet.Broker.Leases;

namespace Fleet.SystemTests.Broker;

/// <summary>However the table is lost, an account never carries more leases than it may.</summary>
[Category("broker")]
public sealed class LeaseBookTests
{
    /// <summary>Of large files, without Premium.</summary>
    const int PerAccount = 2;

    LeaseRig _rig = null!;

    [SetUp]
    public async Task StartAsync() => _rig = await LeaseRig.StartAsync(accounts: 2);

    [TearDown]
    public async Task StopAsync() => await _rig.DisposeAsync();

    [Test]
    public async Task A_table_that_is_the_first_grants_at_once() =>
        Assert.That((await _rig.AskAsync()).Pick, Is.InstanceOf<LeasePick.Granted>());

    [Test]
    public async Task A_replica_that_begins_while_Redis_lives_grants_at_once()
    {
        await _rig.AskAsync();
        _rig.Open();

        Assert.That((await _rig.AskAsync()).Pick, Is.InstanceOf<LeasePick.Granted>());
    }

    [Test]
    public async Task After_a_flush_nothing_is_granted_until_the_leases_that_are_out_have_come_back_or_ended()
    {
        var living = (await _rig.TakeAllAsync())[..3]; // the fourth is never renewed
        await _rig.Redis.FlushAsync();

        var early = (await _rig.AskAsync()).Pick;
        var back = await RenewAsync(living);
        _rig.Time.Advance(LeaseRules.Ttl - TimeSpan.FromSeconds(1));
        var late = (await _rig.AskAsync()).Pick;
        await RenewAsync(living);
        _rig.Time.Advance(TimeSpan.FromSeconds(1));
        var granted = await _rig.TakeAllAsync();

        Assert.That(early, Is.InstanceOf<LeasePick.Quiet>());
        Assert.That(back, Is.EqualTo(3));
        Assert.That(late, Is.InstanceOf<LeasePick.Quiet>());
        Assert.That(granted, Has.Count.EqualTo((2 * PerAccount) - 3));
    }

    [Test]
    public async Task Leases_that_all_ended_long_ago_are_not_waited_for()
    {
        await _rig.TakeAllAsync();
        _rig.Time.Advance(TimeSpan.FromMinutes(5));
        await _rig.Redis.FlushAsync();

        Assert.That(await _rig.TakeAllAsync(), Has.Count.EqualTo(2 * PerAccount));
    }

    [Test]
    public async Task When_Redis_dies_and_comes_back_empty_no_lease_is_granted_twice()
    {
        var first = (await _rig.TakeAllAsync())[..2];

        await _rig.Redis.KillAsync();
        var refused = (await _rig.AskAsync()).Pick;
        var kept = await RenewAsync(first);
        _rig.Time.Advance(TimeSpan.FromSeconds(20));
        kept += await RenewAsync(first);
        _rig.Time.Advance(TimeSpan.FromSeconds(11));
        var inMemory = await _rig.TakeAllAsync();

        await _rig.Redis.RestartAsync();
        await RenewUntilRedisAnswersAsync([.. first, .. inMemory]);
        var quiet = (await _rig.AskAsync()).Pick;
        _rig.Time.Advance(TimeSpan.FromSeconds(20));
        kept += await RenewAsync([.. first, .. inMemory]);
        _rig.Time.Advance(TimeSpan.FromSeconds(11));
        var over = await _rig.TakeAllAsync();

        Assert.That(refused, Is.InstanceOf<LeasePick.Quiet>());
        Assert.That(inMemory, Has.Count.EqualTo((2 * PerAccount) - 2));
        Assert.That(quiet, Is.InstanceOf<LeasePick.Quiet>().Or.InstanceOf<LeasePick.Busy>());
        Assert.That(kept, Is.EqualTo(2 + 2 + 4));
        Assert.That(over, Is.Empty);
    }

    [Test]
    public async Task A_moment_without_Redis_stops_nothing()
    {
        var first = (await _rig.TakeAllAsync())[..3];
        await _rig.Book.ReleaseAsync(first[0].Id, first[0].Fence, default);

        _rig.Redis.Freeze();
        var kept = await RenewAsync(first[1..]);
        _rig.Redis.Resume();
        await RenewUntilRedisAnswersAsync(first[1..]);

        Assert.That(kept, Is.EqualTo(2));
        Assert.That((await _rig.AskAsync()).Pick, Is.InstanceOf<LeasePick.Granted>());
    }

    async Task<int> RenewAsync(IEnumerable<(LeaseId Id, long Fence)> leases)
    {
        var renewed = 0;
        foreach (var lease in leases)
            renewed += await _rig.RenewAsync(lease) ? 1 : 0;
        return renewed;
    }

    /// <summary>The client reconnects when it likes: until then the replica works from its memory.</summary>
    async Task RenewUntilRedisAnswersAsync(IReadOnlyCollection<(LeaseId Id, long Fence)> leases)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        do await RenewAsync(leases);
        while (_rig.Book.IsAway && !deadline.IsCancellationRequested);
        Assert.That(_rig.Book.IsAway, Is.False, "Redis did not come back within 30 s");
        Assert.That(await RenewAsync(leases), Is.EqualTo(leases.Count));
    }
}
