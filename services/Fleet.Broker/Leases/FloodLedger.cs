using Fleet.Broker.Accounts;
using Fleet.Jobs;
using Microsoft.EntityFrameworkCore;

namespace Fleet.Broker.Leases;

/// <summary>
/// What Telegram asked accounts to wait for: in Postgres first, then in the lease table. Leaves an account alone after a
/// grave sign, and a data centre that tells several accounts to wait at once.
/// </summary>
sealed partial class FloodLedger(
    IDbContextFactory<FleetDb> factory,
    AccountStore store,
    AccountDirectory directory,
    LeaseBook book,
    TimeProvider time,
    ILogger<FloodLedger> log
)
{
    /// <summary>FLOOD_WAIT on upload.getFile.</summary>
    /// <returns>Until when the account must not read from the data centre: 1 to 3 s more than was asked for.</returns>
    public async Task<DateTimeOffset> ParkAsync(string account, int dc, TimeSpan wait, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var until = TelegramFaults.FloodEnd(wait, now);
        await store.ParkAsync(new Flood(account, dc, MethodClass.Download, until), ct);
        BrokerMetrics.FloodEnds(account, MethodClass.Download, dc, until);
        Parked(log, account, dc, until);
        await book.ParkAsync(new ParkedUntil(account, dc, until), ct);
        var view = await directory.GetAsync(ct);
        if (wait > CircuitRule.GraveWait || view.CircuitOf(account) is not null)
            await OpenCircuitAsync(account, dc, "flood", wait, ct);
        await PauseIfManyAsync(dc, view.Usable.Count + view.Broken.Count, now, ct);
        directory.Invalidate();
        return until;
    }

    /// <summary>A grave sign: nobody uses the account for a time, then one lease tries it.</summary>
    /// <param name="account">The account.</param>
    /// <param name="dc">Where it is tried.</param>
    /// <param name="reason">flood, peer_flood.</param>
    /// <param name="wait">What Telegram asked for.</param>
    /// <param name="ct">Ends the wait for the database.</param>
    public async Task OpenCircuitAsync(string account, int dc, string reason, TimeSpan wait, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await using var db = await factory.CreateDbContextAsync(ct);
        var row = await db.AccountCircuits.AsNoTracking().SingleOrDefaultAsync(c => c.AccountId == account, ct);
        var opened = row is null ? (TimeSpan?)null : TimeSpan.FromSeconds(row.Seconds);
        if (CircuitRule.Next(opened, row?.Until ?? default, wait, now) is not { } pause)
            return;
        var (seconds, until, seen) = ((int)pause.TotalSeconds, now + pause, row?.Until);
        var written = await db.Database.ExecuteSqlAsync(
            $"""
            insert into account_circuit (account_id, dc, reason, seconds, until)
            select id, {dc}, {reason}, {seconds}, {until} from account where id = {account}
            on conflict (account_id) do update
            set dc = excluded.dc, reason = excluded.reason, seconds = excluded.seconds, until = excluded.until
            where account_circuit.until = {seen}
            """,
            ct
        );
        directory.Invalidate();
        if (written == 0)
            return; // another replica saw the same sign, or the account was removed
        BrokerMetrics.AccountEvent("circuit_opened");
        CircuitOpened(log, account, reason, until);
    }

    /// <summary>A lease of the account received parts: if it was a trial, the account is well again.</summary>
    public async Task WorkedAsync(string account, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if ((await directory.GetOrLastAsync(ct)).CircuitOf(account) is not { } circuit || circuit.Until > now)
            return;
        await using var db = await factory.CreateDbContextAsync(ct);
        var closed = await db
            .AccountCircuits.Where(c => c.AccountId == account && c.Until <= now)
            .ExecuteDeleteAsync(ct);
        directory.Invalidate();
        if (closed == 0)
            return;
        BrokerMetrics.AccountEvent("circuit_closed");
        CircuitClosed(log, account);
    }

    async Task PauseIfManyAsync(int dc, int accounts, DateTimeOffset now, CancellationToken ct)
    {
        var since = now - DcBackoff.AtOnce;
        await using var db = await factory.CreateDbContextAsync(ct);
        var flooded = await db.AccountFloods.CountAsync(
            f => f.Dc == dc && f.MethodClass == MethodClass.Download && f.Since > since,
            ct
        );
        var row = await db.DcPauses.AsNoTracking().SingleOrDefaultAsync(p => p.Dc == dc, ct);
        if (DcBackoff.Next(row?.Level ?? 0, row?.Until ?? default, flooded, accounts, now) is not { } next)
            return;
        var (until, seen) = (now + next.Pause, row?.Until);
        var written = await db.Database.ExecuteSqlAsync(
            $"""
            insert into dc_pause (dc, level, until) values ({dc}, {next.Level}, {until})
            on conflict (dc) do update set level = excluded.level, until = excluded.until
            where dc_pause.until = {seen}
            """,
            ct
        );
        if (written == 0)
            return; // another replica saw the same
        BrokerMetrics.FloodEnds(ParkedUntil.Everyone, MethodClass.Download, dc, until);
        DcPaused(log, dc, flooded, until);
        await book.ParkAsync(new ParkedUntil(ParkedUntil.Everyone, dc, until), ct);
    }

    [LoggerMessage(4101, LogLevel.Warning, "Account {Account} must not read from DC {Dc} until {Until}")]
    static partial void Parked(ILogger log, string account, int dc, DateTimeOffset until);

    [LoggerMessage(4102, LogLevel.Error, "Account {Account} is left alone until {Until}: {Reason}")]
    static partial void CircuitOpened(ILogger log, string account, string reason, DateTimeOffset until);

    [LoggerMessage(4103, LogLevel.Warning, "Account {Account} is well again")]
    static partial void CircuitClosed(ILogger log, string account);

    [LoggerMessage(
        4104,
        LogLevel.Warning,
        "DC {Dc} told {Accounts} accounts to wait at once: nobody begins to read there until {Until}"
    )]
    static partial void DcPaused(ILogger log, int dc, int accounts, DateTimeOffset until);
}
