namespace Fleet.Broker.Leases;

/// <summary>
/// The lease table in the memory of one replica, for the time that Redis is away. It decides as the scripts do, to the
/// last digit: a test holds the two against each other.
/// </summary>
sealed class MemoryLeaseTable : ILeaseTable
{
    const int MaxChats = 10_000;
    const int ChatPage = 8;

    readonly Lock _lock = new();
    readonly Dictionary<int, DcSeats> _dcs = [];
    readonly Dictionary<string, Dictionary<string, ChatEntry>> _chats = new(StringComparer.Ordinal);
    (long Began, long Quiet)? _epoch;

    /// <summary>Whether it has granted a lease that Redis does not know.</summary>
    public bool HasGranted { get; private set; }

    /// <summary>Forgets everything but who may read which chat: Redis is back.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _dcs.Clear();
            _epoch = null;
            HasGranted = false;
        }
    }

    public Task<LeasePick> AcquireAsync(LeaseAsk ask, DateTimeOffset now, CancellationToken ct)
    {
        lock (_lock)
        {
            var pick = Acquire_NeedsLock(ask, Ms(now));
            HasGranted |= pick is LeasePick.Granted;
            return Task.FromResult(pick);
        }
    }

    public Task<int> RenewAsync(
        LeaseId id,
        long fence,
        LeaseFeedback feedback,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        lock (_lock)
            return Task.FromResult(Renew_NeedsLock(new Booking(id, fence), feedback, Ms(now)));
    }

    public Task<bool> ReleaseAsync(LeaseId id, long fence, DateTimeOffset now, CancellationToken ct)
    {
        lock (_lock)
        {
            if (!_dcs.TryGetValue(id.Dc, out var dc) || !dc.Seat(id.Account).Leases.Remove(new Booking(id, fence)))
                return Task.FromResult(false);
            if (dc.Seat(id.Account).ParkedUntil <= Ms(now))
                dc.MoveReady(id.Account, Ms(now));
            return Task.FromResult(true);
        }
    }

    public Task ParkAsync(ParkedUntil parked, DateTimeOffset now, CancellationToken ct)
    {
        lock (_lock)
            Dc_NeedsLock(parked.Dc).Park(parked.Account, Ms(parked.Until));
        return Task.CompletedTask;
    }

    public Task LearnChatAsync(string account, string chat, bool mayRead, DateTimeOffset now, CancellationToken ct)
    {
        lock (_lock)
        {
            if (_chats.Count >= MaxChats)
                _chats.Clear();
            if (!_chats.TryGetValue(chat, out var entries))
                _chats[chat] = entries = new(StringComparer.Ordinal);
            var until = now + (mayRead ? LeaseRules.ChatTtl : LeaseRules.DenialTtl);
            entries[account] = new ChatEntry(mayRead, Ms(now), Ms(until));
        }
        return Task.CompletedTask;
    }

    public Task SeedAsync(LeaseSeed seed, DateTimeOffset began, CancellationToken ct)
    {
        lock (_lock)
        {
            if (seed.Restart || _epoch is null)
                _epoch = (Ms(began), Ms(seed.QuietUntil));
            var dc = Dc_NeedsLock(seed.Dc);
            dc.Accept(seed.Accounts);
            foreach (var flood in seed.Parked)
                dc.Park(flood.Account, Ms(flood.Until));
        }
        return Task.CompletedTask;
    }

    LeasePick Acquire_NeedsLock(LeaseAsk ask, long now)
    {
        if (!_dcs.TryGetValue(ask.Id.Dc, out var dc) || dc.Ready.Count == 0)
            return new LeasePick.Unseeded();
        var everyone = dc.Seat(ParkedUntil.Everyone).ParkedUntil;
        var chat = _chats.GetValueOrDefault(ask.Chat);
        var search = new LeaseSearch(dc, ask, account => Denies(chat, account, now), now);
        foreach (var account in Readers(chat, now))
            search.Consider(account, LeaseRules.StickyBonus);
        foreach (var page in (int[])[16, 128])
        {
            if (search.Best is null)
                search.ConsiderAll(dc.ReadyAt(score => score <= now, page));
        }
        if (search.Best is null)
            search.ConsiderAll(dc.ReadyAt(score => score > now, 32));
        if (search.Best is not { } best)
            return search.RefusalAfter(everyone);
        if (everyone > now)
            return new LeasePick.Flooded(Time(everyone));
        if (_epoch is { Quiet: var quiet } && quiet > now)
            return new LeasePick.Quiet(Time(quiet));
        var seat = dc.Seat(best);
        seat.Leases[new Booking(ask.Id with { Account = best }, ask.Fence)] = now + TtlMs;
        dc.MoveReady(best, now);
        return new LeasePick.Granted(best, search.BestOthers);
    }

    int Renew_NeedsLock(Booking booking, LeaseFeedback feedback, long now)
    {
        var id = booking.Id;
        if (_epoch is not { } epoch || !_dcs.TryGetValue(id.Dc, out var dc) || dc.Ready.Count == 0)
            throw new LeaseTableEmptyException();
        var seat = dc.Seat(id.Account);
        var expiry = seat.Leases.TryGetValue(booking, out var at) ? at : (long?)null;
        seat.DropExpired(now);
        if (seat.Base is not { } account)
            return 0;
        var (used, leases) = (seat.Used, seat.Leases.Count);
        if (expiry is not { } end || end <= now)
        {
            // Granted before this table began: its record was lost with the old one. It comes back while there is room.
            var lost = expiry is null && id.GrantedMs < epoch.Began && now <= epoch.Began + TtlMs;
            if (!lost || (used > 0 && used + id.Weight > seat.Cap) || leases >= account.Connections)
                return 0;
            (used, leases) = (used + id.Weight, leases + 1);
        }

        var park = feedback.ParkUntil is { } until ? Ms(until) : 0;
        seat.Cap = CapRule.Next(seat.Cap, used, feedback.Ok, feedback.Slowed, flooded: park > now);
        if (park > now)
        {
            seat.ParkedUntil = Math.Max(seat.ParkedUntil, park);
            dc.MoveReady(id.Account, seat.ParkedUntil);
        }
        seat.Leases[booking] = now + TtlMs;
        return leases;
    }

    DcSeats Dc_NeedsLock(int dc)
    {
        if (!_dcs.TryGetValue(dc, out var seats))
            _dcs[dc] = seats = new DcSeats();
        return seats;
    }

    static IEnumerable<string> Readers(Dictionary<string, ChatEntry>? chat, long now) =>
        (chat ?? [])
            .Where(entry => entry.Value.MayRead && entry.Value.Until > now)
            .OrderByDescending(entry => entry.Value.At)
            .ThenByDescending(entry => entry.Key, StringComparer.Ordinal)
            .Take(ChatPage)
            .Select(entry => entry.Key);

    static bool Denies(Dictionary<string, ChatEntry>? chat, string account, long now) =>
        chat?.GetValueOrDefault(account) is { MayRead: false } entry && entry.Until > now;

    static long TtlMs => (long)LeaseRules.Ttl.TotalMilliseconds;

    static long Ms(DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    static DateTimeOffset Time(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms);

    sealed record ChatEntry(bool MayRead, long At, long Until);
}
