namespace Fleet.Testing;

/// <summary>A clock that moves only when told: timers fire inside <see cref="Advance"/>, in order of their due time.</summary>
public sealed class FakeTime : TimeProvider
{
    readonly Lock _lock = new();
    readonly List<FakeTimer> _timers = [];
    readonly List<(Func<bool> Condition, TaskCompletionSource Reached)> _waiters = [];
    DateTimeOffset _now;
    TimeSpan _shift;

    public FakeTime()
        : this(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)) { }

    public FakeTime(DateTimeOffset start) => _now = start;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>How many timers are armed and not yet due.</summary>
    public int ArmedTimers
    {
        get
        {
            lock (_lock)
                return _timers.Count(t => t.Due is not null);
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
            return _now + _shift;
    }

    public override long GetTimestamp()
    {
        lock (_lock)
            return _now.Ticks;
    }

    /// <summary>Sets the wall clock forward or back, as an operator does: timers and timestamps do not notice.</summary>
    public void SetWallClock(TimeSpan by)
    {
        lock (_lock)
            _shift += by;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new FakeTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock forward and runs each timer callback that falls due, at its own due time.</summary>
    public void Advance(TimeSpan by)
    {
        DateTimeOffset target;
        lock (_lock)
            target = _now + by;
        while (TakeNextDue(target) is { } timer)
            timer.Fire();
        lock (_lock)
            _now = target;
    }

    /// <summary>Completes when a timer that is due <paramref name="atLeast"/> to <paramref name="atMost"/> from now is armed.</summary>
    /// <remarks>The barrier to await before <see cref="Advance"/>: the code under test has begun to wait.</remarks>
    public Task TimerArmedAsync(TimeSpan atMost, TimeSpan atLeast = default)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            bool Armed() => _timers.Exists(t => t.Due >= _now + atLeast && t.Due <= _now + atMost);
            if (Armed())
                return Task.CompletedTask;
            _waiters.Add((Armed, reached));
        }
        return reached.Task.WaitAsync(TimeSpan.FromSeconds(30), System);
    }

    FakeTimer? TakeNextDue(DateTimeOffset target)
    {
        lock (_lock)
        {
            var next = _timers.Where(t => t.Due <= target).MinBy(t => t.Due);
            if (next is null)
                return null;
            _now = next.Due > _now ? next.Due.Value : _now;
            next.Due = next.Period == Timeout.InfiniteTimeSpan ? null : _now + next.Period;
            if (next.Due is null)
                _timers.Remove(next);
            return next;
        }
    }

    void Arm(FakeTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (_lock)
        {
            _timers.Remove(timer);
            timer.Period = period == TimeSpan.Zero ? Timeout.InfiniteTimeSpan : period;
            timer.Due = dueTime == Timeout.InfiniteTimeSpan ? null : _now + dueTime;
            if (timer.Due is null)
                return;
            _timers.Add(timer);
            foreach (var (_, reached) in _waiters.Where(w => w.Condition()))
                reached.TrySetResult();
            _waiters.RemoveAll(w => w.Reached.Task.IsCompleted);
        }
    }

    sealed class FakeTimer(FakeTime time, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset? Due { get; set; }

        public TimeSpan Period { get; set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            time.Arm(this, dueTime, period);
            return true;
        }

        public void Dispose() => time.Arm(this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
