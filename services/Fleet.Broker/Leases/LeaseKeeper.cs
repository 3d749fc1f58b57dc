using System.Data.Common;
using Fleet.Broker.Accounts;
using Fleet.Jobs;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Fleet.Broker.Leases;

/// <summary>
/// Which replica's memory is the lease table while Redis is away: one, under a claim in Postgres. Were it every replica's, each
/// would grant what the accounts may carry.
/// </summary>
/// <remarks>
/// The claim lasts as long as one on an account, and is used for nine tenths of that: only rates of clocks are compared. Whoever
/// keeps it next begins with an empty table, which grants nothing until the leases of the one before have come back or ended.
/// </remarks>
sealed class LeaseKeeper(
    IDbContextFactory<FleetDb> factory,
    ReplicaAddress address,
    IOptions<OwnershipOptions> options,
    TimeProvider time
)
{
    readonly SemaphoreSlim _claiming = new(1, 1);
    long _fence;
    long _endsAt;

    /// <summary>Makes sure that the table is kept here.</summary>
    /// <param name="begin">Called when it was not, up to now: what this replica's memory knows is old.</param>
    /// <param name="ct">Ends the wait for Postgres.</param>
    /// <exception cref="OwnedElsewhereException">Another replica keeps it.</exception>
    public async Task EnsureAsync(Action begin, CancellationToken ct)
    {
        if (Left() > options.Value.Claim / 2)
            return;
        await _claiming.WaitAsync(ct);
        try
        {
            if (Left() > options.Value.Claim / 2)
                return;
            var started = time.GetTimestamp();
            var fence = await ClaimAsync(ct);
            if (fence != _fence)
                begin();
            _fence = fence;
            Volatile.Write(
                ref _endsAt,
                started + (long)(options.Value.Claim.TotalSeconds * 0.9 * time.TimestampFrequency)
            );
        }
        catch (Exception e) when (e is DbException or InvalidOperationException && Left() > TimeSpan.Zero)
        {
            // the claim still holds; the next call tries again
        }
        finally
        {
            _claiming.Release();
        }
    }

    TimeSpan Left() => time.GetElapsedTime(time.GetTimestamp(), Volatile.Read(ref _endsAt));

    /// <summary>Renews the claim, or takes one that ran out; the fence rises when the keeper changes.</summary>
    async Task<long> ClaimAsync(CancellationToken ct)
    {
        var keeper = address.Text;
        await using var db = await factory.CreateDbContextAsync(ct);
        var fences = await db
            .Database.SqlQuery<long>(
                $"""
                insert into lease_horizon as h (id, until, keeper, keeper_fence, keeper_until)
                values (1, now(), {keeper}, nextval('account_fence'), now() + {options.Value.Claim})
                on conflict (id) do update
                set keeper = excluded.keeper, keeper_until = excluded.keeper_until,
                    keeper_fence = case when h.keeper = excluded.keeper then h.keeper_fence else excluded.keeper_fence end
                where h.keeper is null or h.keeper = excluded.keeper or h.keeper_until < now()
                returning keeper_fence as "Value"
                """
            )
            .ToListAsync(ct);
        return fences.Count == 1
            ? fences[0]
            : throw new OwnedElsewhereException("the lease table", await KeeperAsync(db, ct));
    }

    static async Task<string> KeeperAsync(FleetDb db, CancellationToken ct) =>
        await db.LeaseHorizons.AsNoTracking().Select(h => h.Keeper).SingleOrDefaultAsync(ct) ?? "nobody";
}
