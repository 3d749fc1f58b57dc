using System.Data.Common;
using Fleet.Jobs;
using Microsoft.EntityFrameworkCore;

namespace Fleet.Broker.Leases;

/// <summary>
/// Until when leases may be out, in Postgres: what a lease table that was lost has to wait for. Written ahead, so that a
/// busy replica writes once a minute.
/// </summary>
sealed class LeaseHorizon(IDbContextFactory<FleetDb> factory, TimeProvider time)
{
    static readonly TimeSpan Ahead = 3 * LeaseRules.Ttl;

    long _coveredTicks;

    /// <summary>Makes sure that the horizon is not before the end of a lease granted or renewed now. Before its holder is told.</summary>
    public async Task CoverAsync(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if ((now + LeaseRules.Ttl).UtcTicks <= Volatile.Read(ref _coveredTicks))
            return;
        var until = now + Ahead;
        await using var db = await factory.CreateDbContextAsync(ct);
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into lease_horizon (id, until) values (1, {until})
            on conflict (id) do update set until = greatest(lease_horizon.until, excluded.until)
            """,
            ct
        );
        Volatile.Write(ref _coveredTicks, until.UtcTicks);
    }

    /// <summary>As <see cref="CoverAsync"/>, but a database that is away is no reason to end a lease that runs.</summary>
    public async Task TryCoverAsync(CancellationToken ct)
    {
        try
        {
            await CoverAsync(ct);
        }
        catch (Exception e) when (e is DbException or InvalidOperationException)
        {
            // written by the next renewal; the horizon is ahead of its time
        }
    }

    /// <summary>How long a table that begins now grants nothing: until the last lease of its forerunner has ended.</summary>
    public async Task<DateTimeOffset> QuietUntilAsync(CancellationToken ct)
    {
        await using var db = await factory.CreateDbContextAsync(ct);
        var horizon = await db.LeaseHorizons.AsNoTracking().Select(h => h.Until).SingleOrDefaultAsync(ct);
        var longest = time.GetUtcNow() + LeaseRules.Ttl;
        return horizon < longest ? horizon : longest;
    }
}
