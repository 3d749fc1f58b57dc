namespace Fleet.Broker.Leases;

/// <summary>The lease table in the memory of one replica, for the time that Redis is away.</summary>
sealed class MemoryLeaseTable : ILeaseTable
{
    const int MaxChats = 10_000;

    readonly Lock _lock = new();
    readonly HashSet<int> _seeded = [];
    readonly Dictionary<string, double> _base = new(StringComparer.Ordinal);
    readonly Dictionary<(string Account, int Dc), Place> _places = [];
    readonly Dictionary<string, Dictionary<string, ChatEntry>> _chats = new(StringComparer.Ordinal);
    DateTimeOffset? _epoch;

    /// <summary>Leases that have not expired.</summary>
    public int Count(DateTimeOffset now)
    {
        lock (_lock)
            return _places.Values.Sum(place => place.Leases.Count(lease => lease.Value > now));
    }

    /// <summary>Whether a lease is booked here.</summary>
    public bool Holds(LeaseId id, DateTimeOffset now)
    {
        lock (_lock)
            return _places.TryGetValue((id.Account, id.Dc), out var place)
                && place.Leases.Any(lease => lease.Key.Id == id && lease.Value > now);
    }

    /// <summary>Forgets everything: Redis is back, and the last lease of this table has ended.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _seeded.Clear();
            _base.Clear();
            _places.Clear();
            _chats.Clear();
            _epoch = null;
        }
    }

    public Task<LeasePick> AcquireAsync(LeaseAsk ask, DateTimeOffset now, CancellationToken ct)
    {
        lock (_lock)
            return Task.FromResult(Acquire_NeedsLock(ask, now));
    }

    public Task<bool> RenewAsync(
        LeaseId id,
        long fence,
        LeaseFeedback feedback,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        lock (_lock)
        {
            if (_epoch is not { } epoch)
                throw new LeaseTableEmptyException();
            if (!_base.TryGetValue(id.Account, out var top))
                return Task.FromResult(false);
            var place = Place_NeedsLock(id.Account, id.Dc, now);
            var used = place.Used;
            if (!place.Leases.ContainsKey(new Booking(id, fence)))
            {
                var lost = id.GrantedMs < epoch.ToUnixTimeMilliseconds() && now <= epoch + LeaseRules.Ttl;
                if (!lost || (used > 0 && used + id.Weight > place.Cap))
                    return Task.FromResult(false);
                used += id.Weight;
            }

            place.Learn(feedback, used, top * LeaseRules.MaxCapFactor, now);
            place.Leases[new Booking(id, fence)] = now + LeaseRules.Ttl;
            return Task.FromResult(true);
        }
    }

    public Task<bool> ReleaseAsync(LeaseId id, long fence, DateTimeOffset now, CancellationToken ct)
    {
        lock (_lock)
            return Task.FromResult(
                _places.TryGetValue((id.Account, id.Dc), out var place)
                    && place.Leases.Remove(new Booking(id, fence), out _)
            );
    }

    public Task ParkAsync(ParkedUntil parked, DateTimeOffset now, CancellationToken ct)
    {
        lock (_lock)
            Park_NeedsLock(parked, now);
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
            entries[account] = new ChatEntry(mayRead, now + (mayRead ? LeaseRules.ChatTtl : LeaseRules.DenialTtl));
        }

        return Task.CompletedTask;
    }

    public Task SeedAsync(
        int dc,
        IReadOnlyList<LeasableAccount> accounts,
        IReadOnlyList<ParkedUntil> parked,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        lock (_lock)
        {
            _epoch ??= now;
            _seeded.Add(dc);
            _base.Clear();
            foreach (var account in accounts)
                _base[account.Id] = account.BaseCap;
            foreach (var flood in parked)
                Park_NeedsLock(flood, now);
        }

        return Task.CompletedTask;
    }

    LeasePick Acquire_NeedsLock(LeaseAsk ask, DateTimeOffset now)
    {
        if (_base.Count == 0 || !_seeded.Contains(ask.Id.Dc))
            return new LeasePick.Unseeded();
        var chat = _chats.GetValueOrDefault(ask.Chat);
        var (busy, denied, flooded) = (false, false, DateTimeOffset.MaxValue);
        var eligible = new List<(string Account, Place Place, double Load)>();
        foreach (var account in _base.Keys)
        {
            var place = Place_NeedsLock(account, ask.Id.Dc, now);
            var known = chat?.GetValueOrDefault(account) is { } entry && entry.Until > now ? entry : null;
            if (known is { MayRead: false })
                denied = true;
            else if (place.ParkedUntil > now)
                flooded = place.ParkedUntil < flooded ? place.ParkedUntil : flooded;
            else if (ask.Exclude.Contains(account, StringComparer.Ordinal))
                continue; // after its wait: an account is mostly excluded because it must wait
            else if (place.Used > 0 && place.Used + ask.Id.Weight > place.Cap)
                busy = true;
            else
                eligible.Add((account, place, (place.Used / place.Cap) - (known is null ? 0 : LeaseRules.StickyBonus)));
        }

        if (eligible.Count > 0)
        {
            var best = eligible.MinBy(candidate => (candidate.Load, candidate.Place.LastUsed));
            var others = best.Place.Leases.Count;
            best.Place.LastUsed = now;
            best.Place.Leases[new Booking(ask.Id with { Account = best.Account }, ask.Fence)] = now + LeaseRules.Ttl;
            return new LeasePick.Granted(best.Account, others);
        }

        return busy ? new LeasePick.Busy()
            : flooded < DateTimeOffset.MaxValue ? new LeasePick.Flooded(flooded)
            : denied ? new LeasePick.Denied()
            : new LeasePick.NoAccount();
    }

    void Park_NeedsLock(ParkedUntil parked, DateTimeOffset now)
    {
        var place = Place_NeedsLock(parked.Account, parked.Dc, now);
        if (parked.Until > place.ParkedUntil)
            place.ParkedUntil = parked.Until;
    }

    Place Place_NeedsLock(string account, int dc, DateTimeOffset now)
    {
        if (!_places.TryGetValue((account, dc), out var place))
            _places[(account, dc)] = place = new Place { Cap = _base.GetValueOrDefault(account, 1) };
        foreach (var (booking, until) in place.Leases.ToArray())
        {
            if (until <= now)
                place.Leases.Remove(booking);
        }

        return place;
    }

    sealed record Booking(LeaseId Id, long Fence);

    sealed record ChatEntry(bool MayRead, DateTimeOffset Until);

    sealed class Place
    {
        public Dictionary<Booking, DateTimeOffset> Leases { get; } = [];
        public double Cap { get; set; }
        public DateTimeOffset LastUsed { get; set; }
        public DateTimeOffset ParkedUntil { get; set; }
        public int Used => Leases.Keys.Sum(booking => booking.Id.Weight);

        public void Learn(LeaseFeedback feedback, int used, double top, DateTimeOffset now)
        {
            if (feedback.Ok > 0 && used * 2 >= Cap)
                Cap = Math.Min(top, Cap + (1 / Cap));
            if (feedback.Slowed)
                Cap = Math.Max(LeaseRules.MinCap, Cap * LeaseRules.SlowFactor);
            if (feedback.ParkUntil is not { } until || until <= now)
                return;
            Cap = Math.Max(LeaseRules.MinCap, Cap * LeaseRules.FloodFactor);
            ParkedUntil = until > ParkedUntil ? until : ParkedUntil;
        }
    }
}
