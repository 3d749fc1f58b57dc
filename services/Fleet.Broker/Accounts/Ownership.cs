using Fleet.Jobs;
using Fleet.Sessions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Fleet.Broker.Accounts;

/// <summary>Another replica does this: runs the account's main session, or keeps the leases.</summary>
sealed class OwnedElsewhereException(string what, string owner) : Exception($"{what} is run by {owner}")
{
    /// <summary>Address of that replica.</summary>
    public string Owner => owner;
}

/// <summary>The right to run an account's main session.</summary>
/// <param name="Account">The account.</param>
/// <param name="Fence">Rises with every owner.</param>
/// <param name="EndsAt">Timestamp of the local clock at which the right ends, somewhat before the row says so.</param>
sealed record Claim(string Account, long Fence, long EndsAt)
{
    /// <summary>How long the right still holds; zero when it has ended.</summary>
    public TimeSpan LeftAt(TimeProvider time)
    {
        var left = time.GetElapsedTime(time.GetTimestamp(), EndsAt);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}

/// <summary>Claims on accounts, as rows of account_owner.</summary>
/// <remarks>
/// What keeps two replicas from one account at a time, r being the moment when the owner asked for its last renewal:
/// <list type="bullet">
/// <item>The owner closes its connection by itself at r + 0.9 claim, and sends nothing from then on.</item>
/// <item>Whatever it sent last asked the server to close the connection <see cref="OwnershipOptions.ServerCloses"/> after
/// that. So an owner that stands still, and whose socket its kernel keeps open, has no connection at the server from
/// r + 0.9 claim + server closes on.</item>
/// <item>The row lets others in at r + claim + server closes, by the database's clock, and not before.</item>
/// <item>An owner that goes on after that finds its connection closed; of a new one it sends nothing before the row
/// confirmed its fence.</item>
/// </list>
/// A tenth of a claim is there for timers that are late and for what is on its way. Only rates of clocks are compared,
/// never clocks. What no lock can prevent is a process that is stopped between the confirmation and its first message, a
/// few microseconds later, for longer than all of this.
/// </remarks>
sealed class Ownership(
    IDbContextFactory<FleetDb> factory,
    ReplicaAddress address,
    IOptions<OwnershipOptions> options,
    TimeProvider time
)
{
    /// <summary>States in which an account may be claimed, and its claim renewed, as the database writes them.</summary>
    static readonly string[] Connectable = [.. AccountLife.Connectable.Select(state => EnumText.Of(state))];

    /// <summary>Claims an account: it is free, its claim ran out, or a former process at this address held it.</summary>
    /// <exception cref="OwnedElsewhereException">Another replica holds it.</exception>
    /// <exception cref="BrokerException">account_unusable: it was removed, or its state forbids a connection.</exception>
    public async Task<Claim> ClaimAsync(string account, CancellationToken ct)
    {
        var started = time.GetTimestamp();
        var owner = address.Text;
        await using var db = await factory.CreateDbContextAsync(ct);
        var fences = await db
            .Database.SqlQuery<long>(
                $"""
                insert into account_owner as o (account_id, owner, fence, until)
                select id, {owner}, nextval('account_fence'), now() + {options.Value.Reserved}
                from account
                where id = {account} and state = any({Connectable})
                on conflict (account_id) do update
                set owner = excluded.owner, fence = excluded.fence, until = excluded.until
                where o.until < now() or o.owner = excluded.owner
                returning fence as "Value"
                """
            )
            .ToListAsync(ct);
        if (fences.Count == 1)
            return new Claim(account, fences[0], EndsAt(started));
        var usable = await db.Accounts.AnyAsync(a => a.Id == account && AccountLife.Connectable.Contains(a.State), ct);
        throw usable
            ? new OwnedElsewhereException($"account {account}", await OwnerAsync(db, account, ct) ?? "nobody")
            : new BrokerException(BrokerCodes.AccountUnusable, "the account must not connect");
    }

    /// <summary>Who runs the account's session; null when nobody does.</summary>
    public async Task<string?> OwnerAsync(string account, CancellationToken ct)
    {
        await using var db = await factory.CreateDbContextAsync(ct);
        var now = time.GetUtcNow();
        return await db
            .AccountOwners.AsNoTracking()
            .Where(o => o.AccountId == account && o.Until > now)
            .Select(o => o.Owner)
            .SingleOrDefaultAsync(ct);
    }

    /// <summary>Extends claims; those that are not in the answer are lost: taken by another, or not to be used any more.</summary>
    public async Task<IReadOnlyList<Claim>> RenewAsync(IReadOnlyCollection<Claim> claims, CancellationToken ct)
    {
        var started = time.GetTimestamp();
        var fences = claims.Select(claim => claim.Fence).ToArray();
        await using var db = await factory.CreateDbContextAsync(ct);
        var kept = await db
            .Database.SqlQuery<long>(
                $"""
                update account_owner as o set until = now() + {options.Value.Reserved}
                from account as a
                where o.fence = any({fences}) and o.until >= now() and a.id = o.account_id and a.state = any({Connectable})
                returning o.fence as "Value"
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

    static async Task<string?> OwnerAsync(FleetDb db, string account, CancellationToken ct) =>
        await db
            .AccountOwners.AsNoTracking()
            .Where(o => o.AccountId == account)
            .Select(o => o.Owner)
            .SingleOrDefaultAsync(ct);

    // See the remarks of the class.
    long EndsAt(long started) => started + (long)(options.Value.Claim.TotalSeconds * 0.9 * time.TimestampFrequency);
}
