using System.Security.Cryptography;
using Fleet.Jobs;
using Fleet.Jobs.Rows;
using Fleet.Sessions;
using Microsoft.EntityFrameworkCore;

namespace Fleet.Broker.Accounts;

/// <summary>Accounts, their keys and their floods in Postgres; opens and seals what is secret.</summary>
sealed class AccountStore(IDbContextFactory<FleetDb> factory, SessionSealer sealer, TimeProvider time)
{
    /// <summary>Accounts in the order they were added.</summary>
    public async Task<IReadOnlyList<AccountInfo>> ListAsync(CancellationToken ct)
    {
        await using var db = await factory.CreateDbContextAsync(ct);
        var rows = await db
            .Accounts.AsNoTracking()
            .OrderBy(a => a.CreatedAt)
            .Select(a => new
            {
                a.Id,
                a.Label,
                a.State,
                a.IsBot,
                a.IsPremium,
                a.HomeDc,
            })
            .ToListAsync(ct);
        return
        [
            .. rows.Select(a => new AccountInfo(a.Id, a.Label, EnumText.Of(a.State), a.IsBot, a.IsPremium, a.HomeDc)),
        ];
    }

    /// <summary>Active accounts, and what they must wait for.</summary>
    public async Task<AccountView> ReadViewAsync(DateTimeOffset now, CancellationToken ct)
    {
        await using var db = await factory.CreateDbContextAsync(ct);
        var floods = await db
            .AccountFloods.AsNoTracking()
            .Where(f => f.Until > now)
            .Select(f => new Flood(f.AccountId, f.Dc, f.MethodClass, f.Until))
            .ToListAsync(ct);
        var circuits = await db
            .AccountCircuits.AsNoTracking()
            .ToDictionaryAsync(c => c.AccountId, StringComparer.Ordinal, ct);
        var pauses = await db.DcPauses.AsNoTracking().Select(p => new Pause(p.Dc, p.Level, p.Until)).ToListAsync(ct);
        var active = await db
            .Accounts.AsNoTracking()
            .Where(a => a.State == AccountState.Active)
            .OrderBy(a => a.CreatedAt)
            .Select(a => new AccountInfo(a.Id, a.Label, "active", a.IsBot, a.IsPremium, a.HomeDc))
            .ToListAsync(ct);
        return new AccountView(
            [.. active.Where(a => !circuits.ContainsKey(a.Id))],
            floods,
            [
                .. from account in active
                where circuits.ContainsKey(account.Id)
                let circuit = circuits[account.Id]
                select (account, new Circuit(account.Id, circuit.Dc, circuit.Seconds, circuit.Until)),
            ],
            pauses,
            now
        );
    }

    /// <summary>The secrets of an account.</summary>
    /// <exception cref="BrokerException">account_unusable: it is gone.</exception>
    /// <exception cref="SealException">The key that sealed it is not configured, or the row was changed.</exception>
    public async Task<AccountRecord> OpenAsync(string id, CancellationToken ct)
    {
        await using var db = await factory.CreateDbContextAsync(ct);
        var row =
            await db.Accounts.AsNoTracking().SingleOrDefaultAsync(a => a.Id == id, ct)
            ?? throw new BrokerException(BrokerCodes.AccountUnusable, $"there is no account {id}");
        return sealer.OpenAccount(id, new SealedRecord(row.KeyId, row.Sealed));
    }

    /// <summary>
    /// Stores a login. A known user keeps its id and becomes active again; the keys made for the old login are dropped.
    /// </summary>
    /// <returns>Id of the account.</returns>
    public async Task<string> SaveAsync(string? label, AccountRecord record, CancellationToken ct)
    {
        await using var db = await factory.CreateDbContextAsync(ct);
        var now = time.GetUtcNow();
        var row = await db.Accounts.SingleOrDefaultAsync(a => a.UserId == record.UserId, ct);
        var id = row?.Id ?? NewId();
        var secret = sealer.Seal(id, record);
        if (row is null)
        {
            row = new Account
            {
                Id = id,
                UserId = record.UserId,
                IsBot = record.IsBot,
                KeyId = secret.KeyId,
                Sealed = secret.Data,
                CreatedAt = now,
            };
            db.Accounts.Add(row);
        }
        else
        {
            db.AccountDcKeys.RemoveRange(db.AccountDcKeys.Where(k => k.AccountId == id));
            (row.KeyId, row.Sealed) = (secret.KeyId, secret.Data);
        }

        row.Label = label ?? row.Label;
        row.State = AccountState.Active;
        row.IsPremium = record.IsPremium;
        row.HomeDc = record.HomeDc;
        row.UpdatedAt = now;
        await db.SaveChangesAsync(ct);
        return id;
    }

    /// <summary>Notes that an account cannot be used any more.</summary>
    public async Task SetStateAsync(string id, AccountState state, CancellationToken ct)
    {
        await using var db = await factory.CreateDbContextAsync(ct);
        var now = time.GetUtcNow();
        await db
            .Accounts.Where(a => a.Id == id)
            .ExecuteUpdateAsync(set => set.SetProperty(a => a.State, state).SetProperty(a => a.UpdatedAt, now), ct);
    }

    /// <summary>The key of a data centre other than home; null when none was made.</summary>
    public async Task<DcKeyRecord?> FindDcKeyAsync(string id, int dc, CancellationToken ct)
    {
        await using var db = await factory.CreateDbContextAsync(ct);
        var row = await db.AccountDcKeys.AsNoTracking().SingleOrDefaultAsync(k => k.AccountId == id && k.Dc == dc, ct);
        return row is null ? null : sealer.OpenDcKey(id, dc, new SealedRecord(row.KeyId, row.Sealed));
    }

    /// <summary>Stores a key, in place of an older one.</summary>
    public async Task SaveDcKeyAsync(string id, DcKeyRecord key, CancellationToken ct)
    {
        var secret = sealer.Seal(id, key);
        var now = time.GetUtcNow();
        await using var db = await factory.CreateDbContextAsync(ct);
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into account_dc_key (account_id, dc, key_id, sealed, created_at)
            values ({id}, {key.Dc}, {secret.KeyId}, {secret.Data}, {now})
            on conflict (account_id, dc) do update
            set key_id = excluded.key_id, sealed = excluded.sealed, created_at = excluded.created_at
            """,
            ct
        );
    }

    /// <summary>Drops a key that Telegram refused, unless it was made after <paramref name="madeBefore"/>.</summary>
    public async Task DropDcKeyAsync(string id, int dc, DateTimeOffset madeBefore, CancellationToken ct)
    {
        await using var db = await factory.CreateDbContextAsync(ct);
        await db
            .AccountDcKeys.Where(k => k.AccountId == id && k.Dc == dc && k.CreatedAt < madeBefore)
            .ExecuteDeleteAsync(ct);
    }

    /// <summary>Writes a flood wait; an earlier end than the known one changes nothing.</summary>
    public async Task ParkAsync(Flood flood, CancellationToken ct)
    {
        await using var db = await factory.CreateDbContextAsync(ct);
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into account_flood (account_id, dc, method_class, until, since)
            values ({flood.Account}, {flood.Dc}, {flood.Class}, {flood.Until}, {time.GetUtcNow()})
            on conflict (account_id, dc, method_class) do update
            set until = greatest(account_flood.until, excluded.until), since = excluded.since
            """,
            ct
        );
    }

    /// <summary>A number higher than any before, for a lease.</summary>
    public async Task<long> NextFenceAsync(CancellationToken ct)
    {
        await using var db = await factory.CreateDbContextAsync(ct);
        return await db.Database.SqlQuery<long>($"""select nextval('account_fence') as "Value" """).SingleAsync(ct);
    }

    // 40 bits: short enough to read aloud, and the primary key refuses a repetition.
    static string NewId() => "a" + RandomNumberGenerator.GetHexString(10, lowercase: true);
}
