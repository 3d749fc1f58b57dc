using System.Collections.Concurrent;
using Fleet.Broker.Resolving;
using Fleet.Sessions;
using Fleet.Telegram;
using Microsoft.Extensions.Options;

namespace Fleet.Broker.Accounts;

/// <summary>
/// The main sessions that this replica runs: at most one per account, each under a claim. A session whose claim is not
/// renewed in time is closed before anybody else may open one.
/// </summary>
sealed partial class MainSessions(
    AccountStore store,
    TelegramNetwork network,
    Ownership ownership,
    TelegramFaults faults,
    IOptions<OwnershipOptions> options,
    IOptions<ResolveOptions> resolving,
    TimeProvider time,
    ILogger<MainSessions> log
) : IAsyncDisposable
{
    readonly ConcurrentDictionary<string, Slot> _slots = new(StringComparer.Ordinal);

    /// <summary>Runs some work on the account's session; opens it when it is not open.</summary>
    /// <exception cref="OwnedElsewhereException">Another replica runs the session.</exception>
    /// <exception cref="BrokerException">Whatever Telegram answered, as a code.</exception>
    public async Task<T> UseAsync<T>(
        AccountInfo account,
        Func<MainSession, CancellationToken, Task<T>> work,
        CancellationToken ct
    )
    {
        var slot = _slots.GetOrAdd(account.Id, _ => new Slot(resolving.Value.NewBudget()));
        RefusePaused(slot);
        RunningSession? running = null;
        try
        {
            running = await EnterAsync(slot, account, ct);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(running.Lost, ct);
            var result = await work(running.Session, either.Token);
            slot.Failures = 0;
            return result;
        }
        catch (Exception e) when (Moved(e, running, ct))
        {
            throw new BrokerException(BrokerCodes.AccountUnusable, "the session was closed meanwhile", inner: e);
        }
        catch (Exception e) when (TelegramFaults.IsFault(e))
        {
            var code = await faults.NoteAsync(account, e, ct);
            if (e is UnavailableException)
                Pause(slot);
            if (running is not null && code.Code is BrokerCodes.AccountUnusable)
                await CloseAsync(slot, running);
            throw code;
        }
        finally
        {
            running?.Leave(time.GetTimestamp());
        }
    }

    /// <summary>Renews the claims, and closes sessions that are idle. Called every quarter of a claim's life.</summary>
    public async Task KeepAsync(CancellationToken ct)
    {
        foreach (var slot in _slots.Values)
        {
            if (slot.Running is { } running && running.IsIdle(options.Value.Idle))
                await CloseAsync(slot, running);
        }

        var runs = _slots
            .Values.Select(slot => slot.Running)
            .OfType<RunningSession>()
            .Where(run => !run.HasEnded)
            .ToArray();
        if (runs.Length == 0)
            return;
        var kept = await ownership.RenewAsync([.. runs.Select(run => run.Claim)], ct);
        foreach (var run in runs)
        {
            if (kept.FirstOrDefault(claim => claim.Fence == run.Claim.Fence) is { } claim)
                run.Renew(claim);
            else
                run.Lose();
        }
    }

    /// <summary>Closes an account's session, if it runs here, and gives the claim up.</summary>
    public async Task CloseAsync(string account)
    {
        if (_slots.TryGetValue(account, out var slot) && slot.Running is { } running)
            await CloseAsync(slot, running);
    }

    /// <summary>Closes every session and gives the claims up.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var slot in _slots.Values)
        {
            if (slot.Running is { } running)
                await CloseAsync(slot, running);
        }
    }

    async Task<RunningSession> EnterAsync(Slot slot, AccountInfo account, CancellationToken ct)
    {
        await slot.Gate.WaitAsync(ct);
        try
        {
            if (slot.Running is { HasEnded: false } open)
                return open.Enter();
            slot.Running = null;
            var claim = await ownership.ClaimAsync(account.Id, ct);
            var record = await store.OpenAsync(account.Id, ct);
            var running = new RunningSession(claim, self => Open(self, record, slot.Budget), time);
            running.OnLost(() => ClaimEnded(log, account.Id));
            slot.Running = running;
            Opened(log, account.Id, claim.Fence);
            return running.Enter();
        }
        finally
        {
            slot.Gate.Release();
        }
    }

    MainSession Open(RunningSession running, AccountRecord record, ResolveBudget budget) =>
        new(
            network.Session(AccountClient.Of(record)) with
            {
                ResolveBudget = budget,
                WithoutUpdates = true,
                ServerCloses = options.Value.ServerCloses,
                Confirm = ct => ConfirmAsync(running, ct),
            },
            new SessionState
            {
                HomeDc = record.HomeDc,
                AuthKey = record.AuthKey,
                ServerSalt = record.ServerSalt,
                UserId = record.UserId,
                IsBot = record.IsBot,
                IsPremium = record.IsPremium,
            },
            time,
            log
        );

    // The clock tells a process that was stopped; only the row tells one whose whole machine was.
    async Task ConfirmAsync(RunningSession running, CancellationToken ct)
    {
        if (!running.HasEnded && await ownership.RenewAsync([running.Claim], ct) is [var claim])
            running.Renew(claim);
        else
            running.Lose();
        if (running.HasEnded)
            throw new OperationCanceledException("the claim on the account has ended");
    }

    async Task CloseAsync(Slot slot, RunningSession running)
    {
        Interlocked.CompareExchange(ref slot.Running, null, running);
        await running.DisposeAsync();
        try
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(5), time);
            await ownership.ReleaseAsync(running.Claim, deadline.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or System.Data.Common.DbException)
        {
            ReleaseFailed(log, running.Claim.Account, e.Message); // the claim ends by itself
        }
    }

    static bool Moved(Exception e, RunningSession? running, CancellationToken ct) =>
        running is { HasEnded: true }
        && !ct.IsCancellationRequested
        && e is OperationCanceledException or ObjectDisposedException;

    void RefusePaused(Slot slot)
    {
        if (slot.PausedUntil > time.GetUtcNow())
            throw new BrokerException(
                BrokerCodes.TelegramUnavailable,
                "the session is waiting before it connects again",
                slot.PausedUntil
            );
    }

    void Pause(Slot slot)
    {
        var failures = Interlocked.Increment(ref slot.Failures);
        var seconds = Math.Min(options.Value.LongestPause.TotalSeconds, Math.Pow(2, Math.Min(failures, 20) - 1));
        slot.PausedUntil = time.GetUtcNow() + TimeSpan.FromSeconds(seconds);
    }

    sealed class Slot(ResolveBudget budget)
    {
        /// <summary>Outlives the session: a new one has no new burst.</summary>
        public ResolveBudget Budget => budget;

        public readonly SemaphoreSlim Gate = new(1, 1);
        public RunningSession? Running;
        public int Failures;
        public DateTimeOffset PausedUntil;
    }

    [LoggerMessage(LogLevel.Information, "Running the main session of account {Account}, fence {Fence}")]
    static partial void Opened(ILogger log, string account, long fence);

    [LoggerMessage(LogLevel.Warning, "The claim on account {Account} ended; its session is closed")]
    static partial void ClaimEnded(ILogger log, string account);

    [LoggerMessage(LogLevel.Warning, "The claim on account {Account} was not given up: {Reason}")]
    static partial void ReleaseFailed(ILogger log, string account, string reason);
}
