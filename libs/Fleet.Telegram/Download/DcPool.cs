using Fleet.MtProto;
using Microsoft.Extensions.Logging;

namespace Fleet.Telegram;

/// <summary>Several connections to one data centre with one auth key and a session each. Hands out leave to ask for parts, first
/// come first served, within the window; replaces connections that die. Shared by the readers of one account.</summary>
public sealed partial class DcPool : IAsyncDisposable
{
    static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    readonly Lock _lock = new();
    readonly DcPoolOptions _options;
    readonly TimeProvider _time;
    readonly ILogger _log;
    readonly Random _random = new();
    readonly Backoff _backoff = new(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(30));
    readonly CancellationTokenSource _closing = new();
    readonly PoolLane[] _lanes;
    readonly Queue<Waiter> _waiters = new();
    readonly ITimer _wake;
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
        var most = Math.Max(1, options.WindowBytes / 131_072);
        var start = Math.Max(1, options.WindowBytes / PartPlan.Block / options.Connections);
        _lanes =
        [
            .. Enumerable.Range(0, options.Connections).Select(i => new PoolLane(i, new AdaptiveWindow(start, most))),
        ];
        _wake = time.CreateTimer(
            static state => ((DcPool)state!).Wake(),
            this,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
    }

    /// <summary>Number of the data centre.</summary>
    public int Dc => _options.Dc;

    /// <summary>Connections open at the moment.</summary>
    public int OpenConnections
    {
        get
        {
            lock (_lock)
                return _lanes.Count(l => l.Connection is not null);
        }
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

    /// <summary>Waits for a connection with room, a free part of the window and the end of any flood wait.</summary>
    /// <param name="bytes">Bytes of the part; 0 for a call that gives none, which is not counted as a part.</param>
    /// <param name="avoid">A connection to take only when no other has room.</param>
    /// <exception cref="MtProtoException">The data centre refuses the key: every later call ends so too.</exception>
    /// <exception cref="UnavailableException">No connection can be opened.</exception>
    /// <exception cref="FloodException">A flood wait has longer to go than the pool sleeps through.</exception>
    internal ValueTask<PartLease> AcquireAsync(int bytes, MtConnection? avoid, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var waiter = new Waiter(bytes, avoid);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested, this);
            if (_broken is { } broken)
                return ValueTask.FromException<PartLease>(broken);
            _waiters.Enqueue(waiter);
            Dispatch_NeedsLock();
        }
        return waiter.Task.IsCompleted ? new ValueTask<PartLease>(waiter.Task) : WaitAsync(waiter, ct);
    }

    /// <summary>Ends a lease; the next part in line may go.</summary>
    /// <param name="lost">The connection is dead: nobody else gets it, even before its lane has noticed.</param>
    internal void Release(PartLease lease, bool received, bool lost)
    {
        lock (_lock)
        {
            var lane = lease.Lane;
            if (lost && ReferenceEquals(lane.Connection, lease.Connection))
                lane.Connection = null;
            if (received && lease.Bytes > 0)
            {
                lane.Window.Succeeded(lane.InFlight, _time.GetElapsedTime(lease.Since));
                lane.Failures = 0;
                _outcomes = _outcomes with { Parts = _outcomes.Parts + 1 };
            }
            lane.InFlight--;
            _bytesInFlight -= lease.Bytes;
            Dispatch_NeedsLock();
        }
    }

    /// <summary>FLOOD_WAIT: nobody asks for a part before <paramref name="wait"/> is over; when that is too long, those who wait
    /// and those who come get a <see cref="FloodException"/>.</summary>
    internal void Flood(TimeSpan wait)
    {
        lock (_lock)
        {
            var until = _time.GetUtcNow() + wait;
            _floodUntil = until > _floodUntil ? until : _floodUntil;
            _outcomes = _outcomes with
            {
                Floods = _outcomes.Floods + 1,
                FloodSeconds = Math.Max(_outcomes.FloodSeconds, (int)wait.TotalSeconds),
            };
            Dispatch_NeedsLock();
        }
    }

    /// <summary>FLOOD_PREMIUM_WAIT: this connection pauses and asks for less at a time.</summary>
    internal void Slow(PartLease lease, TimeSpan wait)
    {
        lock (_lock)
        {
            lease.Lane.Window.Shrink();
            lease.Lane.Window.Pause(_time.GetUtcNow() + (wait < LongestPause ? wait : LongestPause));
            _outcomes = _outcomes with
            {
                PremiumWaits = _outcomes.PremiumWaits + 1,
                PremiumSeconds = Math.Max(_outcomes.PremiumSeconds, (int)wait.TotalSeconds),
            };
        }
    }

    /// <summary>A fault of the server or a timeout: this connection asks for less at a time.</summary>
    internal void Shrink(PartLease lease)
    {
        lock (_lock)
            lease.Lane.Window.Shrink();
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
        _closing.Dispose();
    }

    void Wake()
    {
        lock (_lock)
            Dispatch_NeedsLock();
    }

    /// <summary>Grants to the waiters at the head of the queue whatever there is room for.</summary>
    void Dispatch_NeedsLock()
    {
        var now = _time.GetUtcNow();
        while (_waiters.TryPeek(out var waiter))
        {
            if (waiter.Task.IsCompleted)
            {
                _waiters.Dequeue(); // cancelled while it waited
                continue;
            }
            if (now < _floodUntil)
            {
                if (_floodUntil - now <= _options.SleepThroughMax)
                {
                    WakeAt_NeedsLock(_floodUntil, now);
                    return;
                }
                _waiters.Dequeue();
                waiter.TrySetException(new FloodException("upload.getFile", _floodUntil - now));
                continue;
            }
            if (_bytesInFlight > 0 && _bytesInFlight + waiter.Bytes > _options.WindowBytes)
                return; // the next release comes here again
            StartLanes_NeedsLock();
            if (BestLane_NeedsLock(now, waiter.Avoid) is not { } lane)
                return;
            _waiters.Dequeue();
            var lease = new PartLease(lane, lane.Connection!, waiter.Bytes, _time.GetTimestamp(), _random.NextDouble());
            if (!waiter.TrySetResult(lease))
                continue;
            lane.InFlight++;
            _bytesInFlight += waiter.Bytes;
        }
    }

    /// <summary>The least busy connection with room. When all are only paused, sets the alarm for the first to come back.</summary>
    PoolLane? BestLane_NeedsLock(DateTimeOffset now, MtConnection? avoid)
    {
        PoolLane? best = null;
        PoolLane? avoided = null;
        var resumes = DateTimeOffset.MaxValue;
        foreach (var lane in _lanes)
        {
            if (lane.Connection is null)
                continue;
            if (!lane.Window.HasRoom(lane.InFlight, now))
                resumes =
                    lane.Window.PausedUntil > now && lane.Window.PausedUntil < resumes
                        ? lane.Window.PausedUntil
                        : resumes;
            else if (ReferenceEquals(lane.Connection, avoid))
                avoided = lane;
            else
                best = best is null || lane.InFlight < best.InFlight ? lane : best;
        }
        best ??= avoided;
        if (best is null && resumes < DateTimeOffset.MaxValue)
            WakeAt_NeedsLock(resumes, now);
        return best;
    }

    void WakeAt_NeedsLock(DateTimeOffset at, DateTimeOffset now) => _wake.Change(at - now, Timeout.InfiniteTimeSpan);

    /// <summary>Opens as many connections as there are parts to ask for.</summary>
    void StartLanes_NeedsLock()
    {
        var wanted = _waiters.Count;
        foreach (var lane in _lanes)
        {
            if (lane.Connection is not null)
                wanted += lane.InFlight;
        }
        foreach (var lane in _lanes.AsSpan(0, Math.Min(wanted, _lanes.Length)))
            lane.Run ??= Task.Run(() => RunLaneAsync(lane), CancellationToken.None);
    }

    void Break_NeedsLock(Exception reason)
    {
        _broken ??= reason;
        while (_waiters.TryDequeue(out var waiter))
            waiter.TrySetException(reason);
    }

    static async ValueTask<PartLease> WaitAsync(Waiter waiter, CancellationToken ct)
    {
        await using (ct.UnsafeRegister(static (state, token) => ((Waiter)state!).TrySetCanceled(token), waiter))
            return await waiter.Task;
    }

    sealed class Waiter(int bytes, MtConnection? avoid)
        : TaskCompletionSource<PartLease>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public int Bytes => bytes;

        public MtConnection? Avoid => avoid;
    }
}
