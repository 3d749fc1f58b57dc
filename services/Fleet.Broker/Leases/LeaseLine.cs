namespace Fleet.Broker.Leases;

/// <summary>A request that waits.</summary>
sealed class LeaseWaiter(Func<Task<LeaseAsk>> ask)
{
    public Func<Task<LeaseAsk>> Ask => ask;

    /// <summary>What the last try came to.</summary>
    public LeasePick Last { get; set; } = new LeasePick.Busy();

    /// <summary>The lease, or another answer than that it must wait; null when the time is over.</summary>
    public TaskCompletionSource<(LeaseAsk Ask, LeasePick Pick)?> Done { get; } =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>Those who wait for one data centre, and whether somebody lets them try. Safe for concurrent use.</summary>
sealed class LeaseLine(int dc)
{
    readonly Lock _lock = new();
    readonly WaitingLine<LeaseWaiter> _line = new();
    TaskCompletionSource _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    bool _pumping;

    public int Dc => dc;

    public bool IsEmpty
    {
        get
        {
            lock (_lock)
                return _line.Count == 0;
        }
    }

    public bool TryAdd(LeaseWaiter waiter, string tenant, bool bulk, int most)
    {
        lock (_lock)
        {
            if (_line.Count >= most)
                return false;
            _line.Add(waiter, tenant, bulk);
            return true;
        }
    }

    public void Remove(LeaseWaiter waiter, bool served)
    {
        lock (_lock)
            _line.Remove(waiter, served);
    }

    public IReadOnlyList<LeaseWaiter> InOrder()
    {
        lock (_lock)
            return _line.InOrder();
    }

    /// <summary>True for whoever is to pump; wakes the pump that runs.</summary>
    public bool TryBegin()
    {
        lock (_lock)
        {
            _woken.TrySetResult();
            return !_pumping && (_pumping = _line.Count > 0);
        }
    }

    /// <summary>From here on a wake is of the next round.</summary>
    public void Rest()
    {
        lock (_lock)
        {
            if (_woken.Task.IsCompleted)
                _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public void End()
    {
        lock (_lock)
            _pumping = false;
    }

    public async Task WokenAsync(TimeSpan atLatest, TimeProvider time)
    {
        Task woken;
        lock (_lock)
            woken = _woken.Task;
        await Task.WhenAny(woken, Task.Delay(atLatest, time, CancellationToken.None));
    }
}
