namespace Fleet.Telegram;

/// <summary>How far a slot is.</summary>
enum SlotState
{
    /// <summary>Holds no part.</summary>
    Free,

    /// <summary>Its part is on the way.</summary>
    Filling,

    /// <summary>The work on its part is over, and about to be told.</summary>
    Landing,

    /// <summary>Its part is there.</summary>
    Filled,

    /// <summary>Its part cannot be had.</summary>
    Failed,
}

/// <summary>A place for one part in a reader's window, used for one part after another by one loop: what a part needs is made
/// once. Guarded by the window's lock, but for what belongs to the loop.</summary>
sealed class PartSlot
{
    readonly Signal _begin = new(resumesInline: true);
    ValueTask<byte[]> _memory;

    public PartSlot(Func<PartSlot, Task> loop, bool isWatched)
    {
        Lease = new PartLease { IsWatched = isWatched };
        _begin.Arm();
        Loop = loop(this);
    }

    public SlotState State { get; set; }

    public Part Part { get; private set; }

    /// <summary>The part's bytes, from the budget; null while there are none.</summary>
    public byte[]? Block { get; set; }

    public Exception? Failure { get; set; }

    /// <summary>Nobody wants the part any more.</summary>
    public bool IsDropped { get; set; }

    public PartCall Call { get; } = new();

    public PartLease Lease { get; }

    /// <summary>The second request for the part, while there is one.</summary>
    public Hedge? Hedge { get; set; }

    /// <summary>Runs until the window ends.</summary>
    public Task Loop { get; }

    /// <summary>What cancelling stops the work on this part, and on no later one.</summary>
    public CancellationTokenSource Stop { get; private set; } = new();

    /// <summary>Hands a part to a free slot. Takes its turn for memory before it returns: parts that are handed out in file order get
    /// it in file order, or the head could wait for ever for those behind it.</summary>
    public void Give(Part part, MemoryBudget memory)
    {
        if (IsDropped)
            Stop = new CancellationTokenSource(); // whoever dropped the last part may be about to cancel it
        (Part, State, IsDropped, Failure) = (part, SlotState.Filling, false, null);
#pragma warning disable CA2012 // the loop awaits it, once
        _memory = memory.RentAsync(Stop.Token);
#pragma warning restore CA2012
    }

    /// <summary>Lets the loop begin on its part, and take its turn for the network before this returns; ends the loop of a free
    /// slot.</summary>
    public void Go() => _begin.TrySet();

    /// <summary>For the loop, once per part.</summary>
    public ValueTask<byte[]> MemoryAsync() => _memory;

    /// <summary>For the loop: waits for <see cref="Go"/>.</summary>
    public ValueTask BegunAsync() => _begin.WaitAsync(CancellationToken.None);

    /// <summary>For the loop, before it tells that a part has ended: it may begin again at once.</summary>
    public void Arm() => _begin.Arm();
}

/// <summary>A second request for a part that is late.</summary>
sealed class Hedge : IDisposable
{
    readonly CancellationTokenSource _stop = new();

    public Task Run { get; private set; } = Task.CompletedTask;

    /// <summary>Asks through another connection than <paramref name="first"/>; if that answers first, ends the call of the slot.</summary>
    public void Begin(PartFetcher fetcher, PartSlot slot, HedgedFrom first) =>
        Run = RunAsync(fetcher, slot.Call, slot.Lease.Stop, first);

    /// <summary>Ends the request if it is still out.</summary>
    public async Task EndAsync()
    {
        await _stop.CancelAsync();
        await Run;
    }

    public void Dispose() => _stop.Dispose();

    async Task RunAsync(PartFetcher fetcher, PartCall call, CancellationTokenSource other, HedgedFrom first)
    {
        if (await fetcher.HedgeAsync(call, first, _stop.Token))
            await other.CancelAsync();
    }
}
