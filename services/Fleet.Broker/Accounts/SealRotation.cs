using Fleet.Jobs;
using Fleet.Sessions;
using Microsoft.EntityFrameworkCore;

namespace Fleet.Broker.Accounts;

/// <summary>
/// Seals with the current key what former keys hold. A record that somebody writes meanwhile is left as it was written,
/// so nothing needs to stand still; the old keys may be taken out of the settings when a run finds nothing left.
/// </summary>
sealed class SealRotation(IDbContextFactory<FleetDb> factory, SessionSealer sealer)
{
    /// <summary>Id of the key that everything is sealed by afterwards.</summary>
    public string KeyId => sealer.CurrentKeyId;

    /// <summary>Accounts first, then their keys of other data centres.</summary>
    /// <returns>Records sealed anew.</returns>
    /// <exception cref="SealException">A record is sealed by a key that is not configured, or was changed.</exception>
    public async Task<int> RunAsync(CancellationToken ct) => await AccountsAsync(ct) + await DcKeysAsync(ct);

    async Task<int> AccountsAsync(CancellationToken ct)
    {
        await using var db = await factory.CreateDbContextAsync(ct);
        var rows = await db.Accounts.AsNoTracking().Where(a => a.KeyId != KeyId).ToListAsync(ct);
        var count = 0;
        foreach (var row in rows)
        {
            var record = sealer.OpenAccount(row.Id, new SealedRecord(row.KeyId, row.Sealed));
            var fresh = sealer.Seal(row.Id, record);
            count += await db
                .Accounts.Where(a => a.Id == row.Id && a.Sealed == row.Sealed)
                .ExecuteUpdateAsync(
                    set => set.SetProperty(a => a.KeyId, fresh.KeyId).SetProperty(a => a.Sealed, fresh.Data),
                    ct
                );
        }
        return count;
    }

    async Task<int> DcKeysAsync(CancellationToken ct)
    {
        await using var db = await factory.CreateDbContextAsync(ct);
        var rows = await db.AccountDcKeys.AsNoTracking().Where(k => k.KeyId != KeyId).ToListAsync(ct);
        var count = 0;
        foreach (var row in rows)
        {
            var record = sealer.OpenDcKey(row.AccountId, row.Dc, new SealedRecord(row.KeyId, row.Sealed));
            var fresh = sealer.Seal(row.AccountId, record);
            count += await db
                .AccountDcKeys.Where(k => k.AccountId == row.AccountId && k.Dc == row.Dc && k.Sealed == row.Sealed)
                .ExecuteUpdateAsync(
                    set => set.SetProperty(k => k.KeyId, fresh.KeyId).SetProperty(k => k.Sealed, fresh.Data),
                    ct
                );
        }
        return count;
    }
}
