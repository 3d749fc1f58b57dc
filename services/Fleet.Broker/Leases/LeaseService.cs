using Fleet.Broker.Accounts;
using Fleet.Broker.Resolving;
using Fleet.Sessions;

namespace Fleet.Broker.Leases;

/// <summary>Grants, renews and ends leases.</summary>
sealed partial class LeaseService(
    LeaseBook book,
    AccountDirectory directory,
    AccountStore store,
    LeaseKit kit,
    LeaseHorizon horizon,
    LeaseFences fences,
    FloodLedger ledger,
    LeaseWaiters waiters,
    TimeProvider time,
    ILogger<LeaseService> log
)
{
    const int MaxTries = 4;
    const int MaxExcluded = 64;
    const int MaxOutcomes = 64;
    const int LongestFloodSeconds = 14 * 24 * 3600;

    /// <summary>When to ask again while every account is busy.</summary>
    static readonly TimeSpan BusyPause = TimeSpan.FromSeconds(5);

    /// <summary>A lease's key is made this long after its grant at the latest: a younger key is not the one refused.</summary>
    static readonly TimeSpan KeyDeadline = TimeSpan.FromSeconds(25);

    /// <summary>A wait that the holder sleeps through; a longer one parks the account.</summary>
    static readonly TimeSpan SleptThrough = TimeSpan.FromSeconds(3);

    /// <summary>Books an account, and gathers what is needed to read with it.</summary>
    /// <exception cref="BrokerException">no_account, flood, no_capacity, source_private, message_not_found, bad_request.</exception>
    public async Task<LeaseGrant> AcquireAsync(LeaseRequest request, CancellationToken ct)
    {
        Check(request.DocumentId != 0, "document_id is missing");
        _ = MediaWords.ToKey(request.DocumentId, request.Picture); // checks it
        Check(request.Dc is > 0 and < 1000, "dc is a number of a data centre");
        Check(request.Bytes >= 0, "bytes is 0 or more");
        Check(request.ExcludeAccounts.Length <= MaxExcluded, $"at most {MaxExcluded} exclude_accounts");
        Check(request.WaitMs >= 0 && request.WaitMs <= LeaseWaiters.Longest.TotalMilliseconds, "wait_ms is 0 to 20000");
        Check(request.Tenant is null or { Length: <= 64 }, "tenant is too long");
        Check(
            request.Priority is null or LeasePriority.Interactive or LeasePriority.Bulk or LeasePriority.Spare,
            "priority is unknown"
        );
        Check(request.Priority is not LeasePriority.Spare || request.WaitMs == 0, "a spare lease is not waited for");
        var started = time.GetTimestamp();
        try
        {
            var grant = await AcquireCheckedAsync(request, ct);
            BrokerMetrics.Lease(request.Dc, "granted", time.GetElapsedTime(started));
            return grant;
        }
        catch (BrokerException e)
        {
            BrokerMetrics.Lease(request.Dc, e.Code, time.GetElapsedTime(started));
            throw;
        }
    }

    /// <summary>Extends a lease and learns from its report.</summary>
    /// <exception cref="BrokerException">stale_fence.</exception>
    public async Task<RenewResponse> RenewAsync(string leaseId, RenewRequest request, CancellationToken ct)
    {
        var id = ParseHeld(leaseId, request.Fence);
        Check(request.Outcomes.Length <= MaxOutcomes, $"at most {MaxOutcomes} outcomes");
        var feedback = await LearnAsync(id, request.Outcomes, ct);
        var now = time.GetUtcNow();
        var view = await directory.GetOrLastAsync(ct);
        var account = view.Find(id.Account); // before the booking: a lease of an account that is out is not extended
        var leases = account is null ? 0 : await book.RenewAsync(id, request.Fence, feedback, ct);
        if (account is null || leases == 0)
        {
            BrokerMetrics.LostLease(id.Dc);
            throw Stale();
        }
        if (feedback.Ok > 0)
            waiters.Wake(id.Dc); // the account may carry more now
        await horizon.TryCoverAsync(ct);
        var share = LeaseRules.ShareOf(account.IsPremium, leases);
        var wait = view.WaitOf(account, id.Dc, MethodClass.Download, now) - now;
        return new RenewResponse
        {
            ExpiresAt = now + LeaseRules.Ttl,
            WaitMs = wait is { } left ? (long)Math.Ceiling(left.TotalMilliseconds) : 0,
            Connections = share.Connections,
            WindowBytes = share.WindowBytes,
            Wanted = leases > 1 || waiters.AnyFor(id.Dc),
        };
    }

    /// <summary>A fresh location for the holder of a lease.</summary>
    /// <exception cref="BrokerException">stale_fence, message_not_found, flood.</exception>
    public async Task<LocationResponse> LocateAsync(string leaseId, LocationRequest request, CancellationToken ct)
    {
        var id = ParseHeld(leaseId, request.Fence);
        var account = await FindAsync(id.Account, ct) ?? throw Stale();
        if (await book.RenewAsync(id, request.Fence, new LeaseFeedback(0, null, Slowed: false), ct) == 0)
            throw Stale();
        var file = new LocateRequest
        {
            DocumentId = request.DocumentId,
            Picture = request.Picture,
            Origin = request.Origin,
        };
        return await kit.FreshLocationAsync(account, file, ct);
    }

    /// <summary>Ends a lease; ending one that is gone is no error.</summary>
    public async Task ReleaseAsync(string leaseId, long fence, CancellationToken ct)
    {
        var id = Parse(leaseId);
        await book.ReleaseAsync(id, fence, ct);
        waiters.Wake(id.Dc);
    }

    async Task<LeaseGrant> AcquireCheckedAsync(LeaseRequest request, CancellationToken ct)
    {
        var chat = MediaWords.ChatOf(MediaWords.ToOrigin(request.Origin));
        var exclude = new HashSet<string>(request.ExcludeAccounts, StringComparer.Ordinal);
        BrokerException? last = null;
        for (var tries = 0; tries < MaxTries; tries++)
        {
            var (ask, pick) = await waiters.AcquireAsync(() => AskAsync(request, chat, exclude), request, ct);
            if (pick is not LeasePick.Granted granted)
                throw last ?? await RefusalAsync(pick, ct);
            var (id, fence) = (ask.Id with { Account = granted.Account }, ask.Fence);
            try
            {
                if (request.Priority is LeasePriority.Spare && granted.Others > 0)
                    throw new BrokerException(BrokerCodes.NoCapacity, "the account is in use");
                var account =
                    await FindAsync(granted.Account, ct)
                    ?? throw new BrokerException(BrokerCodes.AccountUnusable, "the account was removed");
                await horizon.CoverAsync(ct);
                return await kit.EquipAsync(account, id, fence, granted.Others, request, ct);
            }
            catch (BrokerException e) when (e.Code is BrokerCodes.SourcePrivate || e.IsTransient)
            {
                last = e;
                exclude.Add(granted.Account);
                await book.ReleaseAsync(id, fence, CancellationToken.None);
                if (e.Code is BrokerCodes.SourcePrivate)
                    await book.LearnChatAsync(granted.Account, chat, mayRead: false, ct);
                NextAccount(log, granted.Account, e.Code);
            }
            catch
            {
                await book.ReleaseAsync(id, fence, CancellationToken.None);
                throw;
            }
        }

        throw last ?? new BrokerException(BrokerCodes.NoAccount);
    }

    async Task<LeaseAsk> AskAsync(LeaseRequest request, string chat, HashSet<string> exclude)
    {
        var fence = await fences.NextAsync(CancellationToken.None);
        var id = LeaseId.New(request.Dc, LeaseRules.WeightOf(request.Bytes), time.GetUtcNow(), fence);
        return new LeaseAsk(id, fence, chat, exclude);
    }

    async Task<LeaseFeedback> LearnAsync(LeaseId id, LeaseOutcome[] outcomes, CancellationToken ct)
    {
        Check(outcomes.All(o => o is { Count: >= 0, Seconds: null or >= 0 }), "count and seconds are 0 or more");
        var ok = outcomes.Where(o => o.Kind is OutcomeKind.Ok).Sum(o => Math.Min(o.Count, 1_000_000));
        var slowed = outcomes.Any(o => o.Kind is OutcomeKind.PremiumWait && o.Count > 0);
        var floods = outcomes.Where(o => o.Kind is OutcomeKind.FloodWait && o.Count > 0).ToArray();
        var seconds = floods.Select(o => Math.Clamp(o.Seconds ?? 1, 1, LongestFloodSeconds)).DefaultIfEmpty().Max();
        var wait = TimeSpan.FromSeconds(seconds);
        if (outcomes.Any(o => o.Kind is OutcomeKind.KeyRejected && o.Count > 0))
        {
            await store.DropDcKeyAsync(id.Account, id.Dc, id.GrantedAt + KeyDeadline, ct);
            directory.Invalidate();
        }
        if (seconds > 0)
            BrokerMetrics.Flood(MethodClass.Download, id.Dc, wait);
        if (wait > SleptThrough)
            return new LeaseFeedback(ok, await ledger.ParkAsync(id.Account, id.Dc, wait, ct), slowed);
        if (ok > 0)
            await ledger.WorkedAsync(id.Account, ct);
        return new LeaseFeedback(ok, null, slowed || seconds > 0);
    }

    async Task<AccountInfo?> FindAsync(string account, CancellationToken ct) =>
        (await directory.GetAsync(ct)).Find(account);

    async Task<BrokerException> RefusalAsync(LeasePick pick, CancellationToken ct) =>
        pick switch
        {
            LeasePick.Quiet quiet => new(BrokerCodes.NoCapacity, "leases are being collected again", quiet.Until),
            LeasePick.NoAccount when (await directory.GetAsync(ct)).Broken is { Count: > 0 } broken => new(
                BrokerCodes.Flood,
                "every account is left alone",
                broken.Min(b => b.Circuit.Until)
            ),
            LeasePick.Flooded flooded => new(BrokerCodes.Flood, "every account must wait", flooded.RetryAt),
            LeasePick.Busy => new(BrokerCodes.NoCapacity, "every account is busy", time.GetUtcNow() + BusyPause),
            LeasePick.Denied => new(BrokerCodes.SourcePrivate, "no account may read the chat"),
            _ => new(BrokerCodes.NoAccount, "there is no usable account left"),
        };

    static LeaseId Parse(string text) =>
        LeaseId.ParseOrNull(text) ?? throw new BrokerException(BrokerCodes.BadRequest, "not the id of a lease");

    /// <summary>The table cannot tell a wrong fence from a lease whose record it lost; the name can.</summary>
    static LeaseId ParseHeld(string text, long fence)
    {
        var id = Parse(text);
        return id.IsOf(fence) ? id : throw Stale();
    }

    static BrokerException Stale() =>
        new(BrokerCodes.StaleFence, "the lease expired, was released or belongs to another");

    static void Check(bool good, string detail)
    {
        if (!good)
            throw new BrokerException(BrokerCodes.BadRequest, detail);
    }

    [LoggerMessage(LogLevel.Information, "Account {Account} cannot take the lease: {Code}; trying another")]
    static partial void NextAccount(ILogger log, string account, string code);
}
