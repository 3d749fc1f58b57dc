using Fleet.Jobs;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Fleet.Broker.Accounts;

/// <summary>Another replica runs the account's main session.</summary>
sealed class OwnedElsewhereException(string account, string owner) : Exception($"account {account} is run by {owner}")
{
    /// <summary>Address of that replica.</summary>
    public string Owner => owner;
}

/// <summary>The right to run an account's main session.</summary>
/// <param name="Account">The account.</param>
/// <param name="Fence">Rises with every owner.</param>
/// <param name="EndsAt">Timestamp of the local clock at which the right ends, somewhat before the row says so.</param>
sealed record Claim(string Account, long Fence, long EndsAt);

/// <summary>
/// Claims on accounts, as rows of account_owner. The database's clock decides who may claim; an owner counts its time
/// from before it asked, so its right ends before anybody else's begins.
/// </summary>
sealed class Ownership(
    IDbContextFactory<FleetDb> factory,
    ReplicaAddress address,
    IOptions<OwnershipOptions> options,
    TimeProvider time
)
{
    /// <summary>Claims an account: it is free, its claim ran out, or a former process at this address held it.</summary>
    /// <exception cref="OwnedElsewhereException">Another replica holds it.</exception>
    public async Task<Claim> ClaimAsync(string account, CancellationToken ct)
    {
        var started = time.GetTimestamp();
        var owner = address.Text;
        await using var db = await factory.CreateDbContextAsync(ct);
        var fences = await db
            .Database.SqlQuery<long>(
                $"""
                insert into account_owner as o (account_id, owner, fence, until)
                values ({account}, {owner}, nextval('account_fence'), now() + {options.Value.Claim})
                on conflict (account_id) do update
                set owner = excluded.owner, fence = excluded.fence, until = excluded.until
                where o.until < now() or o.owner = excluded.owner
                returning fence as "Value"
                """
            )
            .ToListAsync(ct);
        if (fences.Count == 1)
            return new Claim(account, fences[0], EndsAt(started));
        throw new OwnedElsewhereException(account, await OwnerAsync(db, account, ct));
    }

    /// <summary>Extends claims; those that are not in the answer are lost.</summary>
    public async Task<IReadOnlyList<Claim>> RenewAsync(IReadOnlyCollection<Claim> claims, CancellationToken ct)
    {
        var started = time.GetTimestamp();
        var fences = claims.Select(claim => claim.Fence).ToArray();
        await using var db = await factory.CreateDbContextAsync(ct);
        var kept = await db
            .Database.SqlQuery<long>(
                $"""
                update account_owner set until = now() + {options.Value.Claim}
                where fence = any({fences}) and until >= now()
                returning fence as "Value"
                """
            )
            .ToListAsync(ct);
        return [.. claims.Where(claim => kept.Contains(claim.Fence)).Select(c => c with { EndsAt = EndsAt(started) })];
    }

    /// <summary>Gives a claim up.</summary>
    public async Task ReleaseAsync(Claim claim, CancellationToken ct)
    {
        await using var db = await factory.CreateDbContextAsync(ct);
        await db
            .AccountOwners.Where(o => o.AccountId == claim.Account && o.Fence == claim.Fence)
            .ExecuteDeleteAsync(ct);
    }

    /// <summary>How long the right still holds; zero when it has ended.</summary>
    public TimeSpan LeftOf(Claim claim)
    {
        var left = time.GetElapsedTime(time.GetTimestamp(), claim.EndsAt);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    static async Task<string> OwnerAsync(FleetDb db, string account, CancellationToken ct) =>
        await db
            .AccountOwners.AsNoTracking()
            .Where(o => o.AccountId == account)
            .Select(o => o.Owner)
            .SingleOrDefaultAsync(ct)
        ?? "nobody";

    // A tenth less than the row says: the connection is closed by then.
    long EndsAt(long started) => started + (long)(options.Value.Claim.TotalSeconds * 0.9 * time.TimestampFrequency);
}
