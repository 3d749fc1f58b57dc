using System.Runtime.CompilerServices;

namespace Fleet.Telegram;

/// <summary>The accounts that one file is read through, never none. Parts wait in one line, and whichever account has room takes
/// the next: a slow one holds nobody up.</summary>
/// <remarks>Lock order: the set's, then a pool's.</remarks>
sealed class AccessSet(AccessHolder first, TimeProvider time) : IDisposable
{
    /// <summary>How long an account whose last connection ended gets no part while others do.</summary>
    static readonly TimeSpan Rest = TimeSpan.FromSeconds(2);

    readonly Lock _lock = new();
    readonly PartLine _line = new();
    readonly List<AccessHolder> _all = [first];
    AccessHolder[] _members = [first];

    /// <summary>Told of every account that leaves, and why. Outside of all locks.</summary>
    public Action<MediaAccess, Exception>? OnDropped { get; set; }

    /// <summary>How the longest-serving account reads the file.</summary>
    public MediaAccess Current => Volatile.Read(ref _members)[0].Current;

    /// <summary>Whether there is more than one connection to ask.</summary>
    public bool HasChoice
    {
        get
        {
            var open = 0;
            foreach (var member in Volatile.Read(ref _members))
                open += member.Current.Pool.OpenConnections;
            return open > 1;
        }
    }

    /// <summary>One more account.</summary>
    public void Add(AccessHolder member)
    {
        lock (_lock)
        {
            _all.Add(member);
            _members = [.. _members, member];
            Dispatch_NeedsLock();
        }
    }

    /// <summary>Goes on without an account; its parts are asked of the others. False when it is the only one.</summary>
    public bool TryDrop(AccessHolder member, Exception reason)
    {
        lock (_lock)
        {
            if (!_members.Contains(member))
                return true; // it has left
            if (_members.Length == 1)
                return false;
            _members = [.. _members.Where(m => !ReferenceEquals(m, member))];
            Dispatch_NeedsLock();
        }
        OnDropped?.Invoke(member.Current, reason);
        return true;
    }

    /// <inheritdoc cref="TryDrop(AccessHolder, Exception)"/>
    public bool TryDrop(DcPool pool, Exception reason) =>
        Array.Find(Volatile.Read(ref _members), m => ReferenceEquals(m.Current.Pool, pool)) is not { } member
        || TryDrop(member, reason);

    /// <summary>Whether the part is to be asked for once more, of whoever can give it now.</summary>
    public bool GoesOnAfter(Exception failure, AccessHolder member)
    {
        if (failure is not PoolAwayException)
            return TryDrop(member, failure);
        lock (_lock)
            member.RestsUntil = time.GetUtcNow() + Rest;
        return true;
    }

    /// <summary>Waits until an account has room: <see cref="PartLease.Access"/>. Left by <see cref="Leave"/>.</summary>
    /// <param name="lease">Its bytes are set.</param>
    /// <param name="again">It goes before all others: it was its turn once.</param>
    /// <param name="ct">Ends the wait.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask EnterAsync(PartLease lease, bool again, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        lock (_lock)
        {
            if ((again || _line.IsEmpty || lease.Bytes == 0) && Pick_NeedsLock(lease.Bytes) is { } free)
            {
                Take_NeedsLock(lease, free);
                return;
            }
            lease.Turn.Arm();
            _line.Add(lease, again);
        }
        try
        {
            await lease.Turn.WaitAsync(ct);
        }
        catch (OperationCanceledException)
        {
            lock (_lock)
                PartLine.Remove(lease);
            throw;
        }
    }

    /// <summary>Enters at once, at another account than <paramref name="first"/> if one has a connection.</summary>
    public void EnterHedge(PartLease lease, AccessHolder? first)
    {
        lock (_lock)
        {
            var (now, best) = (time.GetUtcNow(), (AccessHolder?)null);
            foreach (var member in _members)
            {
                if (ReferenceEquals(member, first) || member.LoadAt(now) is not { Connections: > 0, IsAway: false })
                    continue;
                if (best is null || member.Bytes < best.Bytes)
                    best = member;
            }
            Take_NeedsLock(lease, best ?? (first is not null && _members.Contains(first) ? first : _members[0]));
        }
    }

    /// <summary>The call has ended; the next in line may go.</summary>
    public void Leave(PartLease lease)
    {
        lock (_lock)
        {
            lease.Access!.Bytes -= lease.Bytes;
            lease.Access = null;
            Dispatch_NeedsLock();
        }
    }

    public void Dispose() => _all.ForEach(m => m.Dispose());

    void Dispatch_NeedsLock()
    {
        while (_line.NextOrNull is { } next && Pick_NeedsLock(next.Bytes) is { } member)
        {
            var lease = _line.Take();
            Take_NeedsLock(lease, member);
            if (!lease.Turn.TrySet())
                (member.Bytes, lease.Access) = (member.Bytes - lease.Bytes, null); // cancelled while it waited
        }
    }

    void Take_NeedsLock(PartLease lease, AccessHolder member)
    {
        lease.Access = member;
        lease.IsPatient = _members.Length == 1 || member.LoadAt(time.GetUtcNow()).IsAway;
        member.Bytes += lease.Bytes;
    }

    /// <summary>Of the accounts with room the least busy, those with a connection first; null when somebody's leaving is to be
    /// waited for. While all must wait, the one that may go on first.</summary>
    AccessHolder? Pick_NeedsLock(int bytes)
    {
        var now = time.GetUtcNow();
        // What waited in the pool of the only one would not be there for the next that joins.
        if (_members is [var only])
            return only.LoadAt(now).FitsWindow(bytes) ? only : null;
        var isAnyHere = false;
        AccessHolder? best = null;
        AccessLoad bestLoad = default;
        foreach (var member in _members)
        {
            var load = member.LoadAt(now);
            isAnyHere |= !load.IsAway;
            if (!load.IsAway && load.HasRoom(bytes) && (best is null || load.IsBelow(bestLoad)))
                (best, bestLoad) = (member, load);
        }
        return isAnyHere ? best : _members.MinBy(m => m.LoadAt(now).AwayUntil);
    }
}

/// <summary>How busy an account is with one read.</summary>
/// <param name="Bytes">Asked of it.</param>
/// <param name="WindowBytes">What its pool asks for at once.</param>
/// <param name="Connections">Open ones.</param>
/// <param name="AwayUntil">It must not be asked before.</param>
/// <param name="IsAway">That is still to come.</param>
readonly record struct AccessLoad(long Bytes, int WindowBytes, int Connections, DateTimeOffset AwayUntil, bool IsAway)
{
    /// <summary>An account without a connection gets one part, for which it connects.</summary>
    public bool HasRoom(int bytes) => Bytes == 0 || (Connections > 0 && FitsWindow(bytes));

    /// <summary>Whether its pool would ask for so many more at once; for one part always.</summary>
    public bool FitsWindow(int bytes) => Bytes == 0 || Bytes + bytes <= WindowBytes;

    /// <summary>Whether it is less busy than another.</summary>
    public bool IsBelow(AccessLoad other) =>
        (Connections > 0) == (other.Connections > 0)
            ? Bytes * other.WindowBytes < other.Bytes * WindowBytes
            : Connections > 0;
}

/// <summary>The account cannot be asked for now, and others can.</summary>
sealed class PoolAwayException() : Exception("the account must wait, or has no connection");
