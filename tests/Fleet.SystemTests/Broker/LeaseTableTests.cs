using Fleet.Broker.Leases;
using Fleet.Hosting;
using Fleet.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Fleet.SystemTests.Broker;

/// <summary>The rules of the lease table, which Redis and memory hold to alike.</summary>
[TestFixture("memory")]
[TestFixture("redis")]
[Category("broker")]
public sealed class LeaseTableTests(string kind)
{
    const int Dc = 4;
    const string Chat = "channel:1";

    static readonly LeaseFeedback Nothing = new(0, null, Slowed: false);

    readonly FakeTime _time = new();
    ILeaseTable _table = null!;
    RedisLink? _link;
    long _fence;

    [SetUp]
    public async Task EmptyTableAsync()
    {
        _fence = 0;
        if (kind == "memory")
        {
            _table = new MemoryLeaseTable();
            return;
        }

        var redis = await Backends.RedisAsync();
        await redis.FlushAsync();
        _link = new RedisLink(
            Options.Create(new RedisOptions { Endpoint = redis.Endpoint, Timeout = TimeSpan.FromSeconds(5) }),
            TimeProvider.System,
            NullLogger<RedisLink>.Instance
        );
        _table = new RedisLeaseTable(_link);
    }

    [TearDown]
    public void Close() => _link?.Dispose();

    [Test]
    public async Task A_table_that_knows_no_account_asks_to_be_seeded() =>
        Assert.That(await AcquireAsync(), Is.InstanceOf<LeasePick.Unseeded>());

    [Test]
    public async Task Leases_spread_evenly_over_equal_accounts()
    {
        await SeedAsync("a", "b", "c");

        var accounts = new List<string>();
        for (var i = 0; i < 6; i++)
            accounts.Add((await GrantAsync()).Account);

        Assert.That(accounts.CountBy(a => a).Select(pair => pair.Value), Is.EqualTo([2, 2, 2]));
    }

    [Test]
    public async Task An_account_carries_no_more_than_its_cap()
    {
        await SeedAsync("a");
        await GrantAsync();
        await GrantAsync();

        Assert.That(await AcquireAsync(), Is.InstanceOf<LeasePick.Busy>());
    }

    [Test]
    public async Task A_grant_tells_how_many_leases_share_the_account()
    {
        await SeedAsync("a");
        await GrantAsync();

        Assert.That(await AcquireAsync(), Is.EqualTo(new LeasePick.Granted("a", 1)));
    }

    [Test]
    public async Task A_released_place_is_free_at_once()
    {
        await SeedAsync("a");
        var first = await GrantAsync();
        await GrantAsync();
        await AcquireAsync();

        Assert.That(await _table.ReleaseAsync(first, 1, _time.GetUtcNow(), default), Is.True);
        Assert.That(await _table.ReleaseAsync(first, 1, _time.GetUtcNow(), default), Is.False);
        Assert.That(await AcquireAsync(), Is.InstanceOf<LeasePick.Granted>());
    }

    [Test]
    public async Task A_lease_that_is_not_renewed_ends_after_its_time()
    {
        await SeedAsync("a");
        var lease = await GrantAsync();
        await GrantAsync();

        _time.Advance(LeaseRules.Ttl);

        Assert.That(await RenewAsync(lease, 1, Nothing), Is.False);
        Assert.That(await AcquireAsync(), Is.EqualTo(new LeasePick.Granted("a", 0)));
    }

    [Test]
    public async Task A_renewed_lease_lives_on()
    {
        await SeedAsync("a");
        var lease = await GrantAsync();

        for (var i = 0; i < 5; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(20));
            Assert.That(await RenewAsync(lease, 1, Nothing), Is.True);
        }
    }

    [Test]
    public async Task Another_fence_renews_nothing_and_releases_nothing()
    {
        await SeedAsync("a");
        var lease = await GrantAsync();

        Assert.That(await RenewAsync(lease, 2, Nothing), Is.False);
        Assert.That(await _table.ReleaseAsync(lease, 2, _time.GetUtcNow(), default), Is.False);
        Assert.That(await RenewAsync(lease, 1, Nothing), Is.True);
    }

    [Test]
    public async Task An_account_that_knows_the_chat_is_preferred_while_it_has_room()
    {
        await SeedAsync("a", "b", "c");
        await _table.LearnChatAsync("c", Chat, mayRead: true, _time.GetUtcNow(), default);

        Assert.That((await GrantAsync()).Account, Is.EqualTo("c"));
    }

    [Test]
    public async Task An_account_that_may_not_read_the_chat_is_passed_over_for_a_while()
    {
        await SeedAsync("a");
        await _table.LearnChatAsync("a", Chat, mayRead: false, _time.GetUtcNow(), default);

        Assert.That(await AcquireAsync(), Is.InstanceOf<LeasePick.Denied>());
        _time.Advance(LeaseRules.DenialTtl + TimeSpan.FromSeconds(1));
        Assert.That(await AcquireAsync(), Is.InstanceOf<LeasePick.Granted>());
    }

    [Test]
    public async Task Excluded_accounts_are_not_picked()
    {
        await SeedAsync("a", "b");

        Assert.That((await GrantAsync("a")).Account, Is.EqualTo("b"));
        Assert.That(await AcquireAsync("a", "b"), Is.InstanceOf<LeasePick.NoAccount>());
    }

    [Test]
    public async Task An_excluded_account_that_must_wait_tells_until_when()
    {
        await SeedAsync("a");
        var until = _time.GetUtcNow() + TimeSpan.FromSeconds(60);
        await _table.ParkAsync(new ParkedUntil("a", Dc, until), _time.GetUtcNow(), default);

        Assert.That(await AcquireAsync("a"), Is.EqualTo(new LeasePick.Flooded(until)));
    }

    [Test]
    public async Task A_reported_flood_moves_the_next_lease_to_another_account_and_then_says_until_when()
    {
        await SeedAsync("a", "b");
        var until = _time.GetUtcNow() + TimeSpan.FromSeconds(60);
        var first = await GrantAsync();
        await RenewAsync(first, 1, Nothing with { ParkUntil = until });

        var second = await GrantAsync();
        await RenewAsync(second, 2, Nothing with { ParkUntil = until + TimeSpan.FromSeconds(5) });

        Assert.That(second.Account, Is.Not.EqualTo(first.Account));
        Assert.That(await AcquireAsync(), Is.EqualTo(new LeasePick.Flooded(until)));
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.That((await GrantAsync()).Account, Is.EqualTo(first.Account));
    }

    [Test]
    public async Task A_flood_in_one_data_centre_leaves_the_others_open()
    {
        await SeedAsync("a");
        await _table.SeedAsync(new LeaseSeed(Dc + 1, [Account("a")], []), _time.GetUtcNow(), default);
        await _table.ParkAsync(
            new ParkedUntil("a", Dc + 1, _time.GetUtcNow() + TimeSpan.FromMinutes(1)),
            _time.GetUtcNow(),
            default
        );

        Assert.That(await AcquireAsync(), Is.InstanceOf<LeasePick.Granted>());
    }

    [Test]
    public async Task A_shorter_flood_does_not_end_a_longer_one()
    {
        await SeedAsync("a");
        var until = _time.GetUtcNow() + TimeSpan.FromMinutes(5);
        await _table.ParkAsync(new ParkedUntil("a", Dc, until), _time.GetUtcNow(), default);
        await _table.ParkAsync(new ParkedUntil("a", Dc, until - TimeSpan.FromMinutes(4)), _time.GetUtcNow(), default);

        Assert.That(await AcquireAsync(), Is.EqualTo(new LeasePick.Flooded(until)));
    }

    [Test]
    public async Task Seeding_brings_the_floods_that_Postgres_knows()
    {
        var until = _time.GetUtcNow() + TimeSpan.FromMinutes(5);
        var seed = new LeaseSeed(Dc, [Account("a")], [new ParkedUntil("a", Dc, until)]);
        await _table.SeedAsync(seed, _time.GetUtcNow(), default);

        Assert.That(await AcquireAsync(), Is.EqualTo(new LeasePick.Flooded(until)));
    }

    [Test]
    public async Task Seeding_again_removes_accounts_and_keeps_the_leases_of_those_that_stay()
    {
        await SeedAsync("a", "b");
        await GrantAsync("b");

        await SeedAsync("a");

        Assert.That(await AcquireAsync(), Is.EqualTo(new LeasePick.Granted("a", 1)));
        Assert.That(await AcquireAsync("a"), Is.InstanceOf<LeasePick.NoAccount>());
    }

    [Test]
    public async Task A_flood_halves_the_cap_and_success_at_a_full_account_raises_it_again()
    {
        await SeedAsync("a");
        var lease = await GrantAsync();
        await RenewAsync(lease, 1, Nothing with { ParkUntil = _time.GetUtcNow() + TimeSpan.FromSeconds(5) });
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.That(await AcquireAsync(), Is.InstanceOf<LeasePick.Busy>(), "a cap of 2 is full with one lease");

        for (var i = 0; i < 8; i++)
            await RenewAsync(lease, 1, Nothing with { Ok = 10 });

        _time.Advance(LeaseRules.FullPause);
        Assert.That(await AcquireAsync(), Is.InstanceOf<LeasePick.Granted>());
    }

    [Test]
    public async Task An_idle_account_takes_one_lease_whatever_its_cap()
    {
        await SeedAsync("a");
        var lease = await GrantAsync();
        for (var i = 0; i < 20; i++)
            await RenewAsync(lease, 1, Nothing with { Slowed = true });
        await _table.ReleaseAsync(lease, 1, _time.GetUtcNow(), default);

        Assert.That(await AcquireAsync(), Is.InstanceOf<LeasePick.Granted>());
    }

    [Test]
    public async Task After_the_table_was_lost_a_lease_comes_back_while_there_is_room_and_time()
    {
        var lost = new LeaseId("a", Dc, 2, _time.GetUtcNow().ToUnixTimeMilliseconds(), "00000000");
        var late = lost with { Mark = "00000001" };
        Assert.That(() => RenewAsync(lost, 7, Nothing), Throws.InstanceOf<LeaseTableEmptyException>());
        _time.Advance(TimeSpan.FromSeconds(5));
        await SeedAsync("a");

        Assert.That(await RenewAsync(lost, 7, Nothing), Is.True);
        Assert.That(await AcquireAsync(), Is.EqualTo(new LeasePick.Granted("a", 1)));
        Assert.That(await RenewAsync(late, 8, Nothing), Is.False, "no room");
        _time.Advance(LeaseRules.Ttl + TimeSpan.FromSeconds(1));
        Assert.That(await RenewAsync(late, 8, Nothing), Is.False, "too late");
    }

    [Test]
    public async Task A_table_that_begins_in_quiet_grants_nothing_and_takes_back_the_leases_that_are_out()
    {
        var lost = new LeaseId("a", Dc, 2, _time.GetUtcNow().ToUnixTimeMilliseconds(), "00000000");
        _time.Advance(TimeSpan.FromSeconds(5));
        var quiet = _time.GetUtcNow() + LeaseRules.Ttl;
        await SeedAsync(new LeaseSeed(Dc, [Account("a"), Account("b")], []) { QuietUntil = quiet });

        Assert.That(await AcquireAsync(), Is.EqualTo(new LeasePick.Quiet(quiet)));
        Assert.That(await RenewAsync(lost, 7, Nothing), Is.True);
        _time.Advance(LeaseRules.Ttl - TimeSpan.FromSeconds(1));
        Assert.That(await RenewAsync(lost, 7, Nothing), Is.True);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(await AcquireAsync("b"), Is.EqualTo(new LeasePick.Granted("a", 1)));
    }

    [Test]
    public async Task A_table_that_begins_anew_takes_back_what_another_one_granted_meanwhile()
    {
        await SeedAsync("a");
        _time.Advance(TimeSpan.FromMinutes(5));
        var elsewhere = new LeaseId("a", Dc, 2, _time.GetUtcNow().ToUnixTimeMilliseconds(), "00000000");
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(await RenewAsync(elsewhere, 7, Nothing), Is.False);

        await SeedAsync(new LeaseSeed(Dc, [Account("a")], []) { Restart = true });

        Assert.That(await RenewAsync(elsewhere, 7, Nothing), Is.True);
    }

    [Test]
    public async Task There_are_never_more_leases_than_connections()
    {
        await SeedAsync("a");
        await GrantAsync(weight: 1);
        await GrantAsync(weight: 1);

        Assert.That(await AcquireAsync(weight: 1), Is.InstanceOf<LeasePick.Busy>());
    }

    [Test]
    public async Task A_renewal_tells_how_many_leases_share_the_account()
    {
        await SeedAsync("a");
        var first = await GrantAsync();
        var alone = await _table.RenewAsync(first, 1, Nothing, _time.GetUtcNow(), default);
        var second = await GrantAsync();
        var together = await _table.RenewAsync(first, 1, Nothing, _time.GetUtcNow(), default);
        await _table.ReleaseAsync(second, 2, _time.GetUtcNow(), default);

        Assert.That((alone, together), Is.EqualTo((1, 2)));
        Assert.That(await _table.RenewAsync(first, 1, Nothing, _time.GetUtcNow(), default), Is.EqualTo(1));
    }

    [Test]
    public async Task A_pause_of_the_data_centre_holds_for_every_account()
    {
        await SeedAsync("a", "b");
        var until = _time.GetUtcNow() + TimeSpan.FromSeconds(5);
        await _table.ParkAsync(new ParkedUntil(ParkedUntil.Everyone, Dc, until), _time.GetUtcNow(), default);

        Assert.That(await AcquireAsync(), Is.EqualTo(new LeasePick.Flooded(until)));
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.That(await AcquireAsync(), Is.InstanceOf<LeasePick.Granted>());
    }

    [Test]
    public async Task An_account_that_is_tried_takes_one_lease_and_begins_anew_when_it_is_well()
    {
        await SeedAsync(new LeaseSeed(Dc, [LeaseRules.Probe("a")], []));
        var trial = await GrantAsync(weight: 1);
        Assert.That(await AcquireAsync(weight: 1), Is.InstanceOf<LeasePick.Busy>());

        await RenewAsync(trial, 1, Nothing with { Ok = 3 });
        await SeedAsync("a");

        _time.Advance(LeaseRules.FullPause);
        Assert.That(await AcquireAsync(), Is.EqualTo(new LeasePick.Granted("a", 1)));
    }

    [Test]
    public async Task Hundreds_of_accounts_are_all_reached()
    {
        var accounts = Enumerable.Range(0, 300).Select(i => $"a{i}").ToArray();
        await SeedAsync(accounts);

        var used = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 600; i++)
            used.Add((await GrantAsync()).Account);

        Assert.That(used, Has.Count.EqualTo(300));
        Assert.That(await AcquireAsync(), Is.InstanceOf<LeasePick.Busy>());
    }

    Task<LeaseId> GrantAsync(params string[] exclude) => GrantAsync(2, exclude);

    async Task<LeaseId> GrantAsync(int weight, params string[] exclude)
    {
        var ask = Ask(weight, exclude);
        var pick = await _table.AcquireAsync(ask, _time.GetUtcNow(), default);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        return pick is LeasePick.Granted granted
            ? ask.Id with
            {
                Account = granted.Account,
            }
            : throw new AssertionException($"no grant but {pick}");
    }

    Task<LeasePick> AcquireAsync(params string[] exclude) => AcquireAsync(2, exclude);

    Task<LeasePick> AcquireAsync(int weight, params string[] exclude) =>
        _table.AcquireAsync(Ask(weight, exclude), _time.GetUtcNow(), default);

    LeaseAsk Ask(int weight, string[] exclude) =>
        new(LeaseId.New(Dc, weight, _time.GetUtcNow(), ++_fence), _fence, Chat, exclude);

    async Task<bool> RenewAsync(LeaseId id, long fence, LeaseFeedback feedback) =>
        await _table.RenewAsync(id, fence, feedback, _time.GetUtcNow(), default) > 0;

    Task SeedAsync(params string[] accounts) => SeedAsync(new LeaseSeed(Dc, [.. accounts.Select(Account)], []));

    Task SeedAsync(LeaseSeed seed) => _table.SeedAsync(seed, _time.GetUtcNow(), default);

    static LeasableAccount Account(string id) => LeaseRules.Leasable(id, premium: false);
}
