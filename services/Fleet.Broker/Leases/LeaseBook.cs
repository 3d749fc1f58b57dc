using System.Collections.Concurrent;
using Fleet.Broker.Accounts;
using Fleet.Broker.Caching;

namespace Fleet.Broker.Leases;

/// <summary>
/// The lease table that is in force: Redis, or this replica's memory while Redis is away. Fills an empty table from
/// Postgres. A lease that memory granted stays there until it ends.
/// </summary>
sealed class LeaseBook(RedisLeaseTable redis, MemoryLeaseTable memory, AccountDirectory accounts, TimeProvider time)
{
    readonly ConcurrentDictionary<(ILeaseTable Table, int Dc), string> _seeded = new();

    /// <summary>Picks an account and books the lease.</summary>
    public async Task<LeasePick> AcquireAsync(LeaseAsk ask, CancellationToken ct)
    {
        try
        {
            var pick = await AcquireAsync(redis, ask, ct);
            if (memory.Count(time.GetUtcNow()) == 0)
                memory.Clear();
            return pick;
        }
        catch (RedisDownException)
        {
            return await AcquireAsync(memory, ask, ct);
        }
    }

    /// <summary>Extends a lease; false when it is stale.</summary>
    public async Task<bool> RenewAsync(LeaseId id, long fence, LeaseFeedback feedback, CancellationToken ct)
    {
        if (memory.Holds(id, time.GetUtcNow()))
            return await memory.RenewAsync(id, fence, feedback, time.GetUtcNow(), ct);
        try
        {
            return await RenewAsync(redis, id, fence, feedback, ct);
        }
        catch (RedisDownException)
        {
            return await RenewAsync(memory, id, fence, feedback, ct);
        }
    }

    /// <summary>Ends a lease; ending one that is gone is no error.</summary>
    public async Task ReleaseAsync(LeaseId id, long fence, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await memory.ReleaseAsync(id, fence, now, ct);
        await WithoutRedisIfDownAsync(() => redis.ReleaseAsync(id, fence, now, ct));
    }

    /// <summary>Keeps an account from a data centre.</summary>
    public async Task ParkAsync(ParkedUntil parked, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await memory.ParkAsync(parked, now, ct);
        await WithoutRedisIfDownAsync(() => redis.ParkAsync(parked, now, ct));
    }

    /// <summary>Notes whether an account may read a chat.</summary>
    public async Task LearnChatAsync(string account, string chat, bool mayRead, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await memory.LearnChatAsync(account, chat, mayRead, now, ct);
        await WithoutRedisIfDownAsync(() => redis.LearnChatAsync(account, chat, mayRead, now, ct));
    }

    async Task<LeasePick> AcquireAsync(ILeaseTable table, LeaseAsk ask, CancellationToken ct)
    {
        var view = await accounts.GetAsync(ct);
        if (_seeded.GetValueOrDefault((table, ask.Id.Dc)) != view.Signature)
            await SeedAsync(table, ask.Id.Dc, ct); // an account came or went
        var pick = await table.AcquireAsync(ask, time.GetUtcNow(), ct);
        if (pick is not LeasePick.Unseeded)
            return pick;
        await SeedAsync(table, ask.Id.Dc, ct);
        pick = await table.AcquireAsync(ask, time.GetUtcNow(), ct);
        return pick is LeasePick.Unseeded ? new LeasePick.NoAccount() : pick;
    }

    async Task<bool> RenewAsync(ILeaseTable table, LeaseId id, long fence, LeaseFeedback feedback, CancellationToken ct)
    {
        try
        {
            return await table.RenewAsync(id, fence, feedback, time.GetUtcNow(), ct);
        }
        catch (LeaseTableEmptyException)
        {
            await SeedAsync(table, id.Dc, ct);
            return await table.RenewAsync(id, fence, feedback, time.GetUtcNow(), ct);
        }
    }

    async Task SeedAsync(ILeaseTable table, int dc, CancellationToken ct)
    {
        var view = await accounts.GetAsync(ct);
        await table.SeedAsync(
            dc,
            [.. view.Usable.Select(a => new LeasableAccount(a.Id, LeaseRules.BaseCap(a.IsPremium)))],
            [.. view.ParkedFor(MethodClass.Download, dc)],
            time.GetUtcNow(),
            ct
        );
        _seeded[(table, dc)] = view.Signature;
    }

    static async Task WithoutRedisIfDownAsync(Func<Task> command)
    {
        try
        {
            await command();
        }
        catch (RedisDownException)
        {
            // The memory table or Postgres knows; Redis is seeded from there when it comes back empty.
        }
    }
}
