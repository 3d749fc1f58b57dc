using Fleet.Broker.Accounts;
using Fleet.Broker.Leases;
using Fleet.Hosting;
using Fleet.Jobs;
using Fleet.Sessions;
using Fleet.SystemTests.Jobs;
using Fleet.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Fleet.SystemTests.Broker;

/// <summary>A replica's lease book and flood ledger over a real Redis and a real Postgres, with a clock that is set by hand.</summary>
sealed class LeaseRig : IAsyncDisposable
{
    public const int Dc = 4;

    static readonly LeaseFeedback Nothing = new(0, null, Slowed: false);

    readonly JobsDatabase _database;
    readonly List<RedisLink> _links = [];
    long _users;

    LeaseRig(JobsDatabase database, Redis redis)
    {
        (_database, Redis) = (database, redis);
        Store = new AccountStore(new Factory(database), new SessionSealer(SessionKey.Parse(NewKey())), Time);
        Open();
    }

    public FakeTime Time { get; } = new(TimeProvider.System.GetUtcNow());

    public Redis Redis { get; }

    public LeaseBook Book { get; private set; } = null!;

    public FloodLedger Floods { get; private set; } = null!;

    public AccountDirectory Directory { get; private set; } = null!;

    public LeaseFences Fences { get; private set; } = null!;

    public KeyRing Keys { get; private set; } = null!;

    public AccountStore Store { get; }

    LeaseHorizon _horizon = null!;

    public static async Task<LeaseRig> StartAsync(int accounts)
    {
        var rig = new LeaseRig(await JobsDatabase.CreateAsync(), await Redis.StartAsync());
        for (var i = 0; i < accounts; i++)
            await rig.AddAsync();
        return rig;
    }

    /// <summary>The replica ends, and another one begins.</summary>
    public void Open()
    {
        var options = new RedisOptions { Endpoint = Redis.Endpoint, Pause = TimeSpan.FromMilliseconds(10) };
        var link = new RedisLink(Options.Create(options), TimeProvider.System, NullLogger<RedisLink>.Instance);
        _links.Add(link);
        Directory = new AccountDirectory(Store, Time);
        Fences = new LeaseFences(Store);
        Keys = new KeyRing(Store, Directory);
        _horizon = new LeaseHorizon(new Factory(_database), Time);
        Book = new LeaseBook(
            new RedisLeaseTable(link),
            new MemoryLeaseTable(),
            Directory,
            _horizon,
            new LeaseKeeper(
                new Factory(_database),
                new ReplicaAddress(() => "http://replica/"),
                Options.Create(new OwnershipOptions()),
                TimeProvider.System
            ),
            Time
        );
        Floods = new FloodLedger(
            new Factory(_database),
            Store,
            Directory,
            Book,
            Time,
            NullLogger<FloodLedger>.Instance
        );
    }

    public Task<string> AddAsync(bool premium = false) =>
        Store.SaveAsync(
            null,
            new AccountRecord
            {
                HomeDc = 2,
                AuthKey = new byte[256],
                UserId = ++_users,
                ApiId = 1,
                ApiHash = "hash",
                IsPremium = premium,
            },
            default
        );

    /// <summary>Asks for a lease of a large file.</summary>
    public async Task<(LeasePick Pick, LeaseId Id, long Fence)> AskAsync(int dc = Dc)
    {
        var fence = await Fences.NextAsync(default);
        var id = LeaseId.New(dc, 2, Time.GetUtcNow(), fence);
        var pick = await Book.AcquireAsync(new LeaseAsk(id, fence, "channel:1", []), default);
        if (pick is LeasePick.Granted granted)
        {
            await _horizon.CoverAsync(default);
            id = id with { Account = granted.Account };
        }
        Time.Advance(TimeSpan.FromMilliseconds(1));
        return (pick, id, fence);
    }

    /// <summary>Takes every lease there is, and returns those.</summary>
    public async Task<List<(LeaseId Id, long Fence)>> TakeAllAsync()
    {
        var taken = new List<(LeaseId, long)>();
        while (await AskAsync() is { Pick: LeasePick.Granted } lease)
            taken.Add((lease.Id, lease.Fence));
        return taken;
    }

    public async Task<bool> RenewAsync((LeaseId Id, long Fence) lease) =>
        await Book.RenewAsync(lease.Id, lease.Fence, Nothing, default) > 0;

    public async ValueTask DisposeAsync()
    {
        foreach (var link in _links)
            link.Dispose();
        await Redis.DisposeAsync();
        await _database.DisposeAsync();
    }

    static string NewKey() => Convert.ToBase64String(new byte[32]);

    sealed class Factory(JobsDatabase database) : IDbContextFactory<FleetDb>
    {
        public FleetDb CreateDbContext() => throw new NotSupportedException();

        public Task<FleetDb> CreateDbContextAsync(CancellationToken cancellationToken = default) =>
            database.OpenAsync();
    }
}
