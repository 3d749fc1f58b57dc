using Fleet.Jobs;
using Fleet.Jobs.Rows;
using Fleet.Sessions;
using Microsoft.EntityFrameworkCore;

namespace Fleet.Broker.Admin;

/// <summary>What an operator may see of the accounts; nothing secret.</summary>
sealed class AccountReport(IDbContextFactory<FleetDb> factory, TimeProvider time)
{
    /// <summary>Every account, in the order they were added.</summary>
    public Task<AccountStatus[]> ListAsync(CancellationToken ct) => ReadAsync(accounts => accounts, ct);

    /// <summary>One account.</summary>
    /// <exception cref="BrokerException">account_not_found.</exception>
    public async Task<AccountStatus> GetAsync(string id, CancellationToken ct) =>
        await ReadAsync(accounts => accounts.Where(a => a.Id == id), ct) is [var one]
            ? one
            : throw new BrokerException(BrokerCodes.AccountNotFound, $"there is no account {id}");

    async Task<AccountStatus[]> ReadAsync(Func<IQueryable<Account>, IQueryable<Account>> which, CancellationToken ct)
    {
        await using var db = await factory.CreateDbContextAsync(ct);
        var now = time.GetUtcNow();
        var accounts = which(db.Accounts.AsNoTracking());
        var floods = await db
            .AccountFloods.AsNoTracking()
            .Where(f => f.Until > now && accounts.Any(a => a.Id == f.AccountId))
            .OrderBy(f => f.Dc)
            .ToListAsync(ct);
        var floodsOf = floods.ToLookup(f => f.AccountId, StringComparer.Ordinal);
        var rows = await accounts
            .OrderBy(a => a.CreatedAt)
            .Select(a => new
            {
                a.Id,
                a.Label,
                a.State,
                a.StateReason,
                a.StateAt,
                a.HomeDc,
                a.IsBot,
                a.IsPremium,
                a.CreatedAt,
                Owner = db
                    .AccountOwners.Where(o => o.AccountId == a.Id && o.Until > now)
                    .Select(o => o.Owner)
                    .SingleOrDefault(),
            })
            .ToListAsync(ct);
        return
        [
            .. rows.Select(a => new AccountStatus
            {
                Id = a.Id,
                Label = a.Label,
                State = EnumText.Of(Seen(a.State, floodsOf.Contains(a.Id))),
                Reason = a.StateReason,
                StateAt = a.StateAt,
                HomeDc = a.HomeDc,
                IsBot = a.IsBot,
                IsPremium = a.IsPremium,
                CreatedAt = a.CreatedAt,
                Owner = a.Owner,
                Floods = [.. floodsOf[a.Id].Select(f => new FloodStatus(f.Dc, f.MethodClass, f.Until))],
            }),
        ];
    }

    /// <summary>An active account is flooded for as long as some flood of it lasts.</summary>
    static AccountState Seen(AccountState state, bool flooded) =>
        state is AccountState.Active && flooded ? AccountState.Flooded : state;
}
