using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Fleet.Telegram;

/// <summary>What one view of a file has asked for and holds ready: the parts from a position on, as many as the look-ahead allows,
/// handed out in order. One consumer.</summary>
/// <remarks>A place in the window, then memory, then network, each in file order: the head never starves.</remarks>
sealed partial class PartWindow : IAsyncDisposable
{
    readonly Lock _lock = new();
    readonly CdnRoute _route;
    readonly PartFetcher _fetcher;
    readonly MediaReaderContext _context;
    readonly long _size;
    readonly PartShape _shape;
    readonly CancellationTokenSource _stop = new();
    readonly List<PartSlot> _slots = [];
    readonly Stack<PartSlot> _free = new();
    readonly Queue<PartSlot> _order = new();
    readonly Queue<PartSlot> _given = new();
    readonly Signal _headReady = new();
    readonly HedgeRule _hedging;
    readonly ITimer _hedgeAlarm;
    readonly PartVerifier? _verifier;
    PartPlan _plan;
    long _wanted;
    bool _begun;
    bool _failed;
    bool _ended;

    /// <summary>Asks for nothing before the first <see cref="NextAsync"/>.</summary>
    public PartWindow(
        CdnRoute route,
        PartFetcher fetcher,
        long size,
        long start,
        PartShape shape,
        MediaReaderContext context
    )
    {
        _route = route;
        _fetcher = fetcher;
        _context = context;
        _size = size;
        _shape = shape;
        _hedging = new HedgeRule(context.Options.PartBytes);
        _hedgeAlarm = context.Time.CreateTimer(
            static window => ((PartWindow)window!).HedgeHead(),
            this,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
        _verifier = context.Options.VerifyHashes ? new(fetcher, size, isStrict: false, context.Log, _stop.Token) : null;
        _plan = Plan(start);
    }

    /// <summary>First byte of the next block.</summary>
    public long Position
    {
        get
        {
            lock (_lock)
                return _wanted;
        }
    }

    /// <summary>The next block; null at the end of the file. It begins at <see cref="Position"/>.</summary>
    /// <param name="ct">Ends the wait; the window goes on.</param>
    /// <exception cref="TelegramException">Why the file cannot be read on. Every byte before it was handed over.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<MediaBlock?> NextAsync(CancellationToken ct)
    {
        while (true)
        {
            ct.ThrowIfCancellationRequested(); // also when nothing need be waited for
            var (block, isEnd) = TakeOrArm();
            Go();
            if (block is { Memory.IsEmpty: true })
            {
                block.Dispose(); // a look behind the end, or before the start
                continue;
            }
            if (block is not null || isEnd)
                return block;
            await _headReady.WaitAsync(ct);
        }
    }

    /// <summary>The next block if it is there already.</summary>
    public MediaBlock? NextIfReady()
    {
        MediaBlock? block;
        lock (_lock)
            block = !_ended && IsHeadFilled ? Take_NeedsLock() : null;
        Go();
        if (block is not { Memory.IsEmpty: true })
            return block;
        block.Dispose();
        return null;
    }

    /// <summary>Goes to another position: what the window holds from there on stays, the rest is dropped at once, and not waited
    /// for. Nobody waits in <see cref="NextAsync"/>.</summary>
    /// <param name="position">0 to the file's size.</param>
    public void Seek(long position)
    {
        List<CancellationTokenSource> stops = [];
        lock (_lock)
        {
            if (_ended || position == _wanted)
                return;
            var isInside = position > _wanted && position < _plan.Next;
            while (_order.TryPeek(out var slot) && (!isInside || slot.Part.Offset + slot.Part.Length <= position))
                Drop_NeedsLock(_order.Dequeue(), stops);
            if (isInside)
                _wanted = position;
            else
                _plan = Plan(position);
            if (_order.Count == 0 || !isInside)
                _failed = false;
            if (_begun)
                Begin_NeedsLock();
        }
        stops.ForEach(s => s.Cancel());
        Go();
    }

    /// <summary>Drops everything, and waits until the last call has ended and the memory is given back.</summary>
    public async ValueTask DisposeAsync()
    {
        List<CancellationTokenSource> stops = [];
        lock (_lock)
        {
            if (_ended)
                return;
            _ended = true;
            while (_order.TryDequeue(out var slot))
                Drop_NeedsLock(slot, stops);
            while (_free.TryPop(out var slot))
                slot.Go();
        }
        _headReady.TryFail(new ObjectDisposedException(nameof(MediaReader)));
        Go();
        await _stop.CancelAsync();
        foreach (var stop in stops)
            await stop.CancelAsync();
        await Task.WhenAll(_slots.Select(s => s.Loop));
        if (_verifier is { } verifier)
            await verifier.EndAsync();
        await _hedgeAlarm.DisposeAsync();
        _stop.Dispose();
    }

    bool IsHeadFilled => _order.TryPeek(out var head) && head.State == SlotState.Filled;

    (MediaBlock? Block, bool IsEnd) TakeOrArm()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_ended, typeof(MediaReader));
            _begun = true;
            Begin_NeedsLock();
            if (IsHeadFilled)
                return (Take_NeedsLock(), false);
            if (_order.TryPeek(out var head) && head.Failure is { } failure)
                ExceptionDispatchInfo.Throw(failure);
            _headReady.Arm();
            return (null, IsEnd: head is null && _plan.IsEnded);
        }
    }

    PartPlan Plan(long start)
    {
        _wanted = start;
        return new PartPlan(_size, start, _context.Options.PartBytes, _shape);
    }

    /// <summary>Asks for as much as there are places.</summary>
    void Begin_NeedsLock()
    {
        while (!_failed && !_ended && _order.Count < _context.Options.LookAheadParts && TryFree_NeedsLock() is { } slot)
        {
            if (!_plan.TryNext(out var part))
            {
                _free.Push(slot);
                return;
            }
            slot.Give(part, _context.Memory);
            _order.Enqueue(slot);
            _given.Enqueue(slot);
        }
    }

    /// <summary>Lets the parts that were given a slot begin, in file order, outside the lock.</summary>
    void Go()
    {
        while (true)
        {
            PartSlot? slot;
            lock (_lock)
            {
                if (!_given.TryDequeue(out slot))
                    return;
            }
            slot.Go();
        }
    }

    PartSlot? TryFree_NeedsLock()
    {
        if (_free.TryPop(out var slot))
            return slot;
        if (_slots.Count == _context.Options.LookAheadParts)
            return null; // the rest are dropped ones that have not ended yet
        _slots.Add(slot = new PartSlot(FillAsync, _context.IsWatched));
        return slot;
    }

    MediaBlock Take_NeedsLock()
    {
        var slot = _order.Dequeue();
        var part = slot.Part;
        var skip = (int)Math.Max(0, _wanted - part.Offset);
        var block = new MediaBlock(_context.Memory, slot.Block!, part.Offset, skip, part.Length);
        _wanted = part.Offset + part.Length;
        Free_NeedsLock(slot);
        Begin_NeedsLock();
        return block;
    }

    void Drop_NeedsLock(PartSlot slot, List<CancellationTokenSource> stops)
    {
        slot.IsDropped = true;
        if (slot.State is SlotState.Filling or SlotState.Landing)
        {
            stops.Add(slot.Stop);
            return; // its loop frees it
        }
        if (slot.Block is { } block)
            _context.Memory.Return(block);
        Free_NeedsLock(slot);
    }

    void Free_NeedsLock(PartSlot slot)
    {
        (slot.State, slot.Block) = (SlotState.Free, null);
        if (_ended)
            slot.Go();
        else
            _free.Push(slot);
    }
}
