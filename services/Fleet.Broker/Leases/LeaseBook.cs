using System.Collections.Concurrent;
using Fleet.Broker.Accounts;
using Fleet.Hosting;

namespace Fleet.Broker.Leases;

/// <summary>
/// The lease table that is in force: Redis, or the memory of the replica that keeps it while Redis is away. Fills an empty
/// table from Postgres; one that follows another grants nothing until the leases of that have come back or ended.
/// </summary>
sealed class LeaseBook(
    RedisLeaseTable redis,
    MemoryLeaseTable memory,
    AccountDirectory accounts,
    LeaseHorizon horizon,
    LeaseKeeper keeper,
    TimeProvider time
)
{
    /// <summary>After a longer absence leases have ended in Redis that were renewed in memory.</summary>
    static readonly TimeSpan LongestBlink = LeaseRules.Ttl / 2;

    readonly ConcurrentDictionary<(ILeaseTable Table, int Dc), string> _seeded = new();
    readonly Lock _lock = new();
    DateTimeOffset? _away;
    bool _isKeptElsewhere;

    /// <summary>Picks an account and books the lease.</summary>
    /// <exception cref="OwnedElsewhereException">Redis is away, and another replica keeps the table.</exception>
    public Task<LeasePick> AcquireAsync(LeaseAsk ask, CancellationToken ct) =>
        OnTableAsync(ask.Id.Dc, table => AcquireAsync(table, ask, ct), ct);

    /// <summary>Extends a lease. Returns how many share its account, 0 when it is stale.</summary>
    /// <exception cref="OwnedElsewhereException">Redis is away, and another replica keeps the table.</exception>
    public Task<int> RenewAsync(LeaseId id, long fence, LeaseFeedback feedback, CancellationToken ct) =>
        OnTableAsync(id.Dc, table => RenewAsync(table, id, fence, feedback, ct), ct);

    /// <summary>Ends a lease; ending one that is gone is no error.</summary>
    /// <exception cref="OwnedElsewhereException">Redis is away, and another replica keeps the table.</exception>
    public async Task ReleaseAsync(LeaseId id, long fence, CancellationToken ct)
    {
        if (!await OnBothAsync(table => table.ReleaseAsync(id, fence, time.GetUtcNow(), ct)))
            await KeepAsync(ct);
    }

    /// <summary>Keeps an account from a data centre.</summary>
    public Task ParkAsync(ParkedUntil parked, CancellationToken ct) =>
        OnBothAsync(table => table.ParkAsync(parked, time.GetUtcNow(), ct));

    /// <summary>Notes whether an account may read a chat.</summary>
    public Task LearnChatAsync(string account, string chat, bool mayRead, CancellationToken ct) =>
        OnBothAsync(table => table.LearnChatAsync(account, chat, mayRead, time.GetUtcNow(), ct));

    /// <summary>Whether Redis did not answer the last time, and memory is in force.</summary>
    public bool IsAway => Away is not null;

    async Task<T> OnTableAsync<T>(int dc, Func<ILeaseTable, Task<T>> work, CancellationToken ct)
    {
        try
        {
            var away = Away;
            if (away is { } since && (memory.HasGranted || _isKeptElsewhere || time.GetUtcNow() - since > LongestBlink))
                await SeedAsync(redis, dc, time.GetUtcNow(), ct, restart: true);
            var result = await work(redis);
            Returned(away);
            return result;
        }
        catch (RedisDownException)
        {
            lock (_lock)
                _away ??= time.GetUtcNow();
            await KeepAsync(ct);
            return await work(memory);
        }
    }

    async Task KeepAsync(CancellationToken ct)
    {
        try
        {
            await keeper.EnsureAsync(memory.Clear, ct);
        }
        catch (OwnedElsewhereException)
        {
            _isKeptElsewhere = true;
            throw;
        }
    }

    DateTimeOffset? Away
    {
        get
        {
            lock (_lock)
                return _away;
        }
    }

    void Returned(DateTimeOffset? away)
    {
        if (away is null)
            return;
        lock (_lock)
        {
            if (_away != away)
                return;
            (_away, _isKeptElsewhere) = (null, false);
            memory.Clear();
        }
    }

    async Task<LeasePick> AcquireAsync(ILeaseTable table, LeaseAsk ask, CancellationToken ct)
    {
        var view = await accounts.GetAsync(ct);
        if (_seeded.GetValueOrDefault((table, ask.Id.Dc)) != view.Signature)
            await SeedAsync(table, ask.Id.Dc, ask.Id.GrantedAt, ct); // an account came or went
        var pick = await table.AcquireAsync(ask, time.GetUtcNow(), ct);
        if (pick is not LeasePick.Unseeded)
            return pick;
        await SeedAsync(table, ask.Id.Dc, ask.Id.GrantedAt, ct);
        pick = await table.AcquireAsync(ask, time.GetUtcNow(), ct);
        return pick is LeasePick.Unseeded ? new LeasePick.NoAccount() : pick;
    }

    async Task<int> RenewAsync(ILeaseTable table, LeaseId id, long fence, LeaseFeedback feedback, CancellationToken ct)
    {
        try
        {
            return await table.RenewAsync(id, fence, feedback, time.GetUtcNow(), ct);
        }
        catch (LeaseTableEmptyException)
        {
            await SeedAsync(table, id.Dc, time.GetUtcNow(), ct);
        }
        try
        {
            return await table.RenewAsync(id, fence, feedback, time.GetUtcNow(), ct);
        }
        catch (LeaseTableEmptyException)
        {
            return 0; // there is no account that may be leased
        }
    }

    /// <param name="began">When the table began, if it begins with this: before its first grant, which is no lost one.</param>
    async Task SeedAsync(ILeaseTable table, int dc, DateTimeOffset began, CancellationToken ct, bool restart = false)
    {
        var view = await accounts.GetAsync(ct);
        var seed = new LeaseSeed(dc, view.LeasableIn(dc), [.. view.ParkedFor(MethodClass.Download, dc)])
        {
            QuietUntil = await horizon.QuietUntilAsync(ct),
            Restart = restart,
        };
        await table.SeedAsync(seed, began, ct);
        _seeded[(table, dc)] = view.Signature;
    }

    /// <summary>False while Redis is away: the memory table or Postgres knows, and Redis is seeded from there when it comes back
    /// empty.</summary>
    async Task<bool> OnBothAsync(Func<ILeaseTable, Task> command)
    {
        await command(memory);
        try
        {
            await command(redis);
            return true;
        }
        catch (RedisDownException)
        {
            return false;
        }
    }
}
