using System.Security.Cryptography;
using Fleet.Jobs;
using Fleet.Jobs.Rows;
using Fleet.Sessions;
using Microsoft.EntityFrameworkCore;

namespace Fleet.Broker.Accounts;

/// <summary>Accounts, their keys and their floods in Postgres; opens and seals what is secret.</summary>
sealed class AccountStore(IDbContextFactory<FleetDb> factory, SessionSealer sealer, TimeProvider time)
{
    const int MaxReason = 200;
    const int MaxMoves = 5;

    /// <summary>Every change of secrets has a time of its own, whatever the clock does: Postgres counts microseconds.</summary>
    static readonly TimeSpan Step = TimeSpan.FromMicroseconds(1);

    /// <summary>Active and draining accounts, and what they must wait for.</summary>
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
        var rows = await db
            .Accounts.AsNoTracking()
            .Where(a => a.State == AccountState.Active || a.State == AccountState.Draining)
            .OrderBy(a => a.CreatedAt)
            .Select(a => new
            {
                a.State,
                Info = new AccountInfo(a.Id, a.Label, a.IsBot, a.IsPremium, a.HomeDc, a.UpdatedAt),
            })
            .ToListAsync(ct);
        var active = rows.Where(a => a.State is AccountState.Active).Select(a => a.Info).ToList();
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
        )
        {
            Draining = [.. rows.Where(a => a.State is AccountState.Draining).Select(a => a.Info)],
        };
    }

    /// <summary>An account, whatever its state.</summary>
    /// <exception cref="BrokerException">account_not_found.</exception>
    public async Task<AccountInfo> FindAsync(string id, CancellationToken ct)
    {
        await using var db = await factory.CreateDbContextAsync(ct);
        return await db
                .Accounts.AsNoTracking()
                .Where(a => a.Id == id)
                .Select(a => new AccountInfo(a.Id, a.Label, a.IsBot, a.IsPremium, a.HomeDc, a.UpdatedAt))
                .SingleOrDefaultAsync(ct)
            ?? throw NotFound(id);
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

    /// <summary>The account that is logged in by a key; null when none is.</summary>
    public async Task<string?> FindByKeyAsync(byte[] authKey, CancellationToken ct)
    {
        await using var db = await factory.CreateDbContextAsync(ct);
        var rows = db.Accounts.AsNoTracking().Select(a => new { a.Id, Secret = new SealedRecord(a.KeyId, a.Sealed) });
        await foreach (var row in rows.AsAsyncEnumerable().WithCancellation(ct))
        {
            if (sealer.OpenAccount(row.Id, row.Secret).AuthKey.AsSpan().SequenceEqual(authKey))
                return row.Id;
        }
        return null;
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
        (row.State, row.StateReason, row.StateAt) = (AccountState.Active, null, now);
        row.IsPremium = record.IsPremium;
        row.HomeDc = record.HomeDc;
        row.UpdatedAt = now > row.UpdatedAt + Step ? now : row.UpdatedAt + Step;
        await db.SaveChangesAsync(ct);
        return id;
    }

    /// <summary>Takes an account through an event; a state that is the same already keeps its reason and its time.</summary>
    /// <param name="reason">For the operator; cut at 200 characters.</param>
    /// <exception cref="BrokerException">account_not_found; account_state: the event cannot happen in its state.</exception>
    public async Task<StateChange> MoveAsync(string id, AccountEvent e, string? reason, CancellationToken ct)
    {
        await using var db = await factory.CreateDbContextAsync(ct);
        for (var tries = 0; tries < MaxMoves; tries++)
        {
            var from =
                await db.Accounts.Where(a => a.Id == id).Select(a => (AccountState?)a.State).SingleOrDefaultAsync(ct)
                ?? throw NotFound(id);
            var to =
                AccountLife.Next(from, e)
                ?? throw new BrokerException(BrokerCodes.AccountState, $"the account is {EnumText.Of(from)}");
            if (from == to || await TrySetAsync(db, id, from, to, reason, ct))
                return new StateChange(from, to);
        }
        throw new BrokerException(BrokerCodes.AccountState, "the account's state keeps changing");
    }

    /// <summary>Deletes an account with its keys, floods and owner.</summary>
    public async Task DeleteAsync(string id, CancellationToken ct)
    {
        await using var db = await factory.CreateDbContextAsync(ct);
        await db.Accounts.Where(a => a.Id == id).ExecuteDeleteAsync(ct);
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
            with changed as (
                update account set updated_at = greatest({now}, updated_at + {Step}) where id = {id}
            )
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
        await db.Database.ExecuteSqlAsync(
            $"""
            with dropped as (
                delete from account_dc_key where account_id = {id} and dc = {dc} and created_at < {madeBefore}
                returning account_id
            )
            update account set updated_at = greatest({time.GetUtcNow()}, updated_at + {Step})
            where id in (select account_id from dropped)
            """,
            ct
        );
    }

    /// <summary>Writes a flood wait; an earlier end than the known one, or an account that was removed, changes nothing.</summary>
    public async Task ParkAsync(Flood flood, CancellationToken ct)
    {
        await using var db = await factory.CreateDbContextAsync(ct);
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into account_flood (account_id, dc, method_class, until, since)
            select id, {flood.Dc}, {flood.Class}, {flood.Until}, {time.GetUtcNow()} from account where id = {flood.Account}
            on conflict (account_id, dc, method_class) do update
            set until = greatest(account_flood.until, excluded.until), since = excluded.since
            """,
            ct
        );
    }

    /// <summary>Numbers for leases, which nobody was given before.</summary>
    public async Task<long[]> NextFencesAsync(int count, CancellationToken ct)
    {
        await using var db = await factory.CreateDbContextAsync(ct);
        return await db
            .Database.SqlQuery<long>($"""select nextval('account_fence') as "Value" from generate_series(1, {count})""")
            .ToArrayAsync(ct);
    }

    async Task<bool> TrySetAsync(
        FleetDb db,
        string id,
        AccountState from,
        AccountState to,
        string? reason,
        CancellationToken ct
    )
    {
        var now = time.GetUtcNow();
        var why = reason is { Length: > MaxReason } ? reason[..MaxReason] : reason;
        return await db
                .Accounts.Where(a => a.Id == id && a.State == from)
                .ExecuteUpdateAsync(
                    set =>
                        set.SetProperty(a => a.State, to)
                            .SetProperty(a => a.StateReason, why)
                            .SetProperty(a => a.StateAt, now)
                            .SetProperty(a => a.UpdatedAt, now),
                    ct
                ) == 1;
    }

    static BrokerException NotFound(string id) => new(BrokerCodes.AccountNotFound, $"there is no account {id}");

    // 40 bits: short enough to read aloud, and the primary key refuses a repetition.
    static string NewId() => "a" + RandomNumberGenerator.GetHexString(10, lowercase: true);
}
