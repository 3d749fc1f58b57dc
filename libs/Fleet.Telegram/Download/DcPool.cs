using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Fleet.MtProto;
using Microsoft.Extensions.Logging;

namespace Fleet.Telegram;

/// <summary>Several connections to one data centre with one auth key and a session each. Hands out leave to ask for parts, first
/// come first served, within the window; replaces connections that die. Shared by the readers of one account.</summary>
public sealed partial class DcPool : IAsyncDisposable
{
    static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);
    static readonly TimeSpan WatchEvery = TimeSpan.FromMilliseconds(500);

    readonly Lock _lock = new();
    readonly DcPoolOptions _options;
    readonly TimeProvider _time;
    readonly ILogger _log;
    readonly Random _random = new();
    readonly Backoff _backoff = new(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(30));
    readonly CancellationTokenSource _closing = new();
    readonly StartRamp _ramp = new();
    readonly LinkedList<PartLease> _waiting = [];
    readonly LinkedList<PartLease> _out = [];
    readonly ITimer _wake;
    readonly ITimer _watch;
    PoolLane[] _lanes;
    LaneAllowance _allowance;
    int _windowBytes;
    DateTimeOffset _floodUntil = DateTimeOffset.MinValue;
    long _bytesInFlight;
    Exception? _broken;
    PoolOutcomes _outcomes;

    /// <summary>Opens nothing: the first part asked for opens the first connection.</summary>
    public DcPool(DcPoolOptions options, TimeProvider time, ILogger log)
    {
        if (options.Addresses.Count == 0)
            throw new ArgumentException("No address to connect to.", nameof(options));
        _options = options;
        _time = time;
        _log = log;
        _windowBytes = options.WindowBytes;
        _allowance = new LaneAllowance(options.Connections);
        _lanes = [.. Enumerable.Range(0, options.Connections).Select(NewLane)];
        _wake = Timer(static pool => pool.Wake(), Timeout.InfiniteTimeSpan);
        _watch = Timer(static pool => pool.GiveUpSlow(), WatchEvery);
    }

    /// <summary>Number of the data centre.</summary>
    public int Dc => _options.Dc;

    /// <summary>The takeout that parts are asked for in; null outside of one.</summary>
    public long? TakeoutId => _options.TakeoutId;

    /// <summary>Connections open at the moment.</summary>
    public int OpenConnections
    {
        get
        {
            lock (_lock)
                return _lanes.Count(l => l.Connection is not null);
        }
    }

    /// <summary>Connections open at the moment, bytes asked for at once, and the end of the last flood wait.</summary>
    internal (int Connections, int WindowBytes, DateTimeOffset FloodUntil) State
    {
        get
        {
            lock (_lock)
                return (_lanes.Count(l => l.Connection is not null), _windowBytes, _floodUntil);
        }
    }

    /// <summary>True when every later call fails.</summary>
    internal bool IsBroken
    {
        get
        {
            lock (_lock)
                return _broken is not null;
        }
    }

    /// <summary>Uses another number of connections and another window from now on. A connection too many is closed when its calls
    /// have ended.</summary>
    /// <param name="connections">1 to 32.</param>
    /// <param name="windowBytes">128 KiB to 256 MiB.</param>
    public void Resize(int connections, int windowBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(connections, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(connections, 32);
        ArgumentOutOfRangeException.ThrowIfLessThan(windowBytes, 131_072);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(windowBytes, 268_435_456);
        List<CancellationTokenSource> idle = [];
        lock (_lock)
        {
            _windowBytes = windowBytes;
            if (connections != _allowance.Lanes)
            {
                _allowance = new LaneAllowance(connections);
                if (connections > _lanes.Length)
                    _lanes =
                    [
                        .. _lanes,
                        .. Enumerable.Range(_lanes.Length, connections - _lanes.Length).Select(NewLane),
                    ];
                foreach (var lane in _lanes)
                {
                    if (TakeSurplus_NeedsLock(lane) is { } takeOut)
                        idle.Add(takeOut);
                }
            }
            Dispatch_NeedsLock();
        }
        idle.ForEach(Cancel);
    }

    /// <summary>What happened since the last call, for the broker's ledger.</summary>
    public PoolOutcomes TakeOutcomes()
    {
        lock (_lock)
        {
            var taken = _outcomes;
            _outcomes = default;
            return taken;
        }
    }

    /// <summary>Calls under way or waiting for leave at the moment. Zero when every reader has ended: a leak check.</summary>
    public int Leases
    {
        get
        {
            lock (_lock)
                return _waiting.Count + _out.Count;
        }
    }

    /// <summary>Waits for a connection with room, a free part of the window and the end of any flood wait.</summary>
    /// <param name="lease">What is wanted; not waiting and not out.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <exception cref="MtProtoException">The data centre refuses the key: every later call ends so too.</exception>
    /// <exception cref="UnavailableException">No connection can be opened.</exception>
    /// <exception cref="FloodException">A flood wait has longer to go than the pool sleeps through.</exception>
    /// <exception cref="PoolAwayException">The lease is not patient, and there is a flood wait or no connection.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    internal async ValueTask AcquireAsync(PartLease lease, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested, this);
            if (_broken is { } broken)
                ExceptionDispatchInfo.Throw(broken);
            lease.Granted.Arm();
            if (lease.IsHedge)
                _waiting.AddFirst(lease.Place);
            else
                _waiting.AddLast(lease.Place);
            Dispatch_NeedsLock();
        }
        try
        {
            await lease.Granted.WaitAsync(ct);
        }
        catch (OperationCanceledException)
        {
            lock (_lock)
                lease.Place.List?.Remove(lease.Place);
            throw;
        }
    }

    /// <summary>Ends a lease; the next part in line may go.</summary>
    /// <param name="lease">One that was granted.</param>
    /// <param name="received">The answer came.</param>
    /// <param name="lost">The connection is dead: nobody else gets it, even before its lane has noticed.</param>
    internal void Release(PartLease lease, bool received, bool lost)
    {
        CancellationTokenSource? surplus;
        lock (_lock)
        {
            var lane = lease.Lane!;
            if (lost && ReferenceEquals(lane.Connection, lease.Connection))
                lane.Connection = null;
            if (received && lease.Bytes > 0)
                Received_NeedsLock(lane, lease);
            lane.InFlight--;
            lane.BytesInFlight -= lease.Bytes;
            _bytesInFlight -= lease.Bytes;
            _out.Remove(lease.Place);
            lease.Lane = null;
            surplus = TakeSurplus_NeedsLock(lane);
            Dispatch_NeedsLock();
        }
        if (surplus is not null)
            Cancel(surplus);
    }

    /// <summary>FLOOD_WAIT: nobody asks for a part before <paramref name="wait"/> is over; when that is too long, those who wait
    /// and those who come get a <see cref="FloodException"/>.</summary>
    /// <returns>Whether it is slept through.</returns>
    internal bool Flood(TimeSpan wait)
    {
        lock (_lock)
        {
            _outcomes = _outcomes with
            {
                Floods = _outcomes.Floods + 1,
                FloodSeconds = Math.Max(_outcomes.FloodSeconds, (int)wait.TotalSeconds),
            };
        }
        Park(wait);
        _options.OnFlood?.Invoke(wait);
        return wait <= _options.SleepThroughMax;
    }

    /// <summary>As after a FLOOD_WAIT that another pool of the same account met; it is not counted here.</summary>
    public void Park(TimeSpan wait)
    {
        lock (_lock)
        {
            var until = _time.GetUtcNow() + wait;
            _floodUntil = until > _floodUntil ? until : _floodUntil;
            Dispatch_NeedsLock();
        }
    }

    /// <summary>FLOOD_PREMIUM_WAIT: this connection pauses and asks for less at a time.</summary>
    internal void Slow(PoolLane lane, TimeSpan wait)
    {
        lock (_lock)
        {
            lane.Window.Shrink();
            lane.Window.Pause(_time.GetUtcNow() + (wait < LongestPause ? wait : LongestPause));
            _outcomes = _outcomes with
            {
                PremiumWaits = _outcomes.PremiumWaits + 1,
                PremiumSeconds = Math.Max(_outcomes.PremiumSeconds, (int)wait.TotalSeconds),
            };
        }
    }

    /// <summary>A fault of the server or a timeout: this connection asks for less at a time.</summary>
    internal void Shrink(PoolLane lane)
    {
        lock (_lock)
            lane.Window.Shrink();
    }

    /// <summary>Closes every connection; waiting and running calls end with an exception.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_closing.IsCancellationRequested)
            return;
        await _closing.CancelAsync();
        Task[] runs;
        lock (_lock)
        {
            Break_NeedsLock(new ObjectDisposedException(nameof(DcPool)));
            runs = [.. _lanes.Select(l => l.Run).OfType<Task>()];
        }
        await Task.WhenAll(runs).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _wake.DisposeAsync();
        await _watch.DisposeAsync();
        _closing.Dispose();
    }

    /// <summary>The whole window from the start: a line with a long round trip is not kept waiting until the windows have grown.</summary>
    PoolLane NewLane(int index)
    {
        var blocks = (_windowBytes + PartPlan.Block - 1) / PartPlan.Block;
        var start = (blocks + _allowance.Lanes - 1) / _allowance.Lanes;
        return new(index, new AdaptiveWindow(start, Math.Max(1, _windowBytes / 131_072)));
    }

    /// <summary>What ends the connection, when it is one too many and nobody waits for an answer from it any more.</summary>
    CancellationTokenSource? TakeSurplus_NeedsLock(PoolLane lane)
    {
        if (_allowance.Has(lane.Index) || lane.InFlight > 0 || lane.TakeOut is not { } takeOut)
            return null;
        (lane.Connection, lane.TakeOut) = (null, null);
        return takeOut;
    }

    ITimer Timer(Action<DcPool> fire, TimeSpan every) =>
        _time.CreateTimer(
            static state =>
            {
                var (pool, fire) = ((DcPool, Action<DcPool>))state!;
                fire(pool);
            },
            (this, fire),
            every,
            every
        );

    /// <summary>Sends away those for whom another account may be asked.</summary>
    void SendAway_NeedsLock()
    {
        for (var next = _waiting.First; next is { Value: var lease }; )
        {
            next = next.Next;
            if (lease.IsPatient)
                continue;
            _waiting.Remove(lease.Place);
            lease.Granted.TryFail(new PoolAwayException());
        }
    }

    void Break_NeedsLock(Exception reason)
    {
        _broken ??= reason;
        while (_waiting.First is { Value: var lease })
        {
            _waiting.RemoveFirst();
            lease.Granted.TryFail(reason);
        }
    }
}
