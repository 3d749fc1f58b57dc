namespace Fleet.Broker.Leases;

/// <summary>A lease as it is booked.</summary>
sealed record Booking(LeaseId Id, long Fence);

/// <summary>What one account has in one data centre. Times are Unix milliseconds.</summary>
sealed class Seat
{
    double? _cap;

    /// <summary>Leases and when they end.</summary>
    public Dictionary<Booking, long> Leases { get; } = [];

    /// <summary>Null when the account may not be leased here.</summary>
    public LeasableAccount? Base { get; private set; }

    public long ParkedUntil { get; set; }

    public int Used => Leases.Keys.Sum(booking => booking.Id.Weight);

    public double Cap
    {
        get => _cap ?? Base!.BaseCap;
        set => _cap = value;
    }

    /// <summary>Sets what the account may carry; what was learnt of another kind of account is forgotten.</summary>
    public void Accept(LeasableAccount? account)
    {
        if (account is not null && account != Base)
            _cap = null;
        Base = account;
    }

    public void DropExpired(long now)
    {
        foreach (var booking in Leases.Where(lease => lease.Value <= now).Select(lease => lease.Key).ToArray())
            Leases.Remove(booking);
    }
}

/// <summary>The accounts of one data centre, and since when each may be picked.</summary>
sealed class DcSeats
{
    readonly Dictionary<string, Seat> _seats = new(StringComparer.Ordinal);
    readonly Dictionary<string, long> _ready = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, long> Ready => _ready;

    public Seat Seat(string account)
    {
        if (!_seats.TryGetValue(account, out var seat))
            _seats[account] = seat = new Seat();
        return seat;
    }

    /// <summary>Makes the accounts these.</summary>
    public void Accept(IReadOnlyList<LeasableAccount> accounts)
    {
        var wanted = accounts.ToDictionary(account => account.Id, StringComparer.Ordinal);
        foreach (var account in accounts)
        {
            Seat(account.Id).Accept(account);
            _ready.TryAdd(account.Id, 0);
        }
        foreach (var gone in _ready.Keys.Where(account => !wanted.ContainsKey(account)).ToArray())
        {
            _ready.Remove(gone);
            Seat(gone).Accept(null);
        }
    }

    /// <summary>An earlier end than the known one changes nothing.</summary>
    public void Park(string account, long until)
    {
        if (until <= Seat(account).ParkedUntil)
            return;
        Seat(account).ParkedUntil = until;
        MoveReady(account, until);
    }

    public void MoveReady(string account, long at)
    {
        if (_ready.ContainsKey(account))
            _ready[account] = at;
    }

    /// <summary>Some accounts by the time since when they may be picked, the earliest first.</summary>
    public IReadOnlyList<string> ReadyAt(Func<long, bool> when, int most) =>
        [
            .. _ready
                .Where(entry => when(entry.Value))
                .OrderBy(entry => entry.Value)
                .ThenBy(entry => entry.Key, StringComparer.Ordinal)
                .Take(most)
                .Select(entry => entry.Key),
        ];
}

/// <summary>Looks for the least loaded usable account.</summary>
sealed class LeaseSearch(DcSeats dc, LeaseAsk ask, Func<string, bool> denies, long now)
{
    readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    bool _busy;
    bool _denied;
    long _flooded = long.MaxValue;
    double _bestLoad;

    public string? Best { get; private set; }

    /// <summary>Leases that the best has already.</summary>
    public int BestOthers { get; private set; }

    /// <summary>Why there is no best; a wait ends after <paramref name="everyone"/> at the earliest.</summary>
    public LeasePick RefusalAfter(long everyone) =>
        _busy ? new LeasePick.Busy()
        : _flooded < long.MaxValue
            ? new LeasePick.Flooded(DateTimeOffset.FromUnixTimeMilliseconds(Math.Max(_flooded, everyone)))
        : _denied ? new LeasePick.Denied()
        : new LeasePick.NoAccount();

    public void ConsiderAll(IEnumerable<string> accounts)
    {
        foreach (var account in accounts)
            Consider(account, bonus: 0);
    }

    public void Consider(string account, double bonus)
    {
        var seat = dc.Seat(account);
        if (!_seen.Add(account) || seat.Base is not { } leasable)
            return;
        if (denies(account))
        {
            _denied = true;
            return;
        }
        if (seat.ParkedUntil > now)
        {
            _flooded = Math.Min(_flooded, seat.ParkedUntil);
            return;
        }
        if (ask.Exclude.Contains(account, StringComparer.Ordinal))
            return; // after its wait: an account is mostly excluded because it must wait
        seat.DropExpired(now);
        var (used, others) = (seat.Used, seat.Leases.Count);
        if ((used > 0 && used + ask.Id.Weight > seat.Cap) || others >= leasable.Connections)
        {
            _busy = true;
            dc.MoveReady(account, now + (long)LeaseRules.FullPause.TotalMilliseconds);
            return;
        }
        var load = (used / seat.Cap) - bonus;
        if (Best is null || load < _bestLoad)
            (Best, _bestLoad, BestOthers) = (account, load, others);
    }
}
