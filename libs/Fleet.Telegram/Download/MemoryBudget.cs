using System.Runtime.CompilerServices;

namespace Fleet.Telegram;

/// <summary>A fixed number of bytes, handed out in blocks, first come first served. Shared by every reader of the process.</summary>
/// <remarks>Whoever collects N bytes before giving them back (an upload part) needs a budget that leaves N for it:
/// at least readers × (collected + look-ahead), else readers wait for each other for ever.</remarks>
public sealed class MemoryBudget
{
    readonly Lock _lock = new();
    readonly LinkedList<Waiter> _waiters = [];
    readonly Stack<byte[]> _idle = new();
    readonly int _blocks;
    int _rented;

    /// <summary>Allocates nothing yet: blocks come into being when they are first rented, and stay for the next.</summary>
    /// <param name="bytes">The budget, at least one block.</param>
    public MemoryBudget(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, BlockBytes);
        _blocks = (int)Math.Min(int.MaxValue, bytes / BlockBytes);
    }

    /// <summary>Bytes of one block: the largest part.</summary>
    public const int BlockBytes = PartPlan.Block;

    /// <summary>Blocks out at the moment. Zero when every reader has ended: a leak check.</summary>
    public int Rented
    {
        get
        {
            lock (_lock)
                return _rented;
        }
    }

    /// <summary>Waits for a block. It belongs to the caller until <see cref="Return"/>.</summary>
    internal ValueTask<byte[]> RentAsync(CancellationToken ct)
    {
        Waiter waiter;
        lock (_lock)
        {
            if (_rented < _blocks && _waiters.Count == 0)
                return ValueTask.FromResult(Take_NeedsLock());
            ct.ThrowIfCancellationRequested();
            waiter = new Waiter();
            _waiters.AddLast(waiter.Place);
        }
        return WaitAsync(waiter, ct);
    }

    /// <summary>Gives a block back; the longest waiter gets it.</summary>
    internal void Return(byte[] block)
    {
        lock (_lock)
        {
            while (_waiters.First is { Value: var waiter })
            {
                _waiters.RemoveFirst();
                if (waiter.TrySetResult(block))
                    return;
            }
            _rented--;
            _idle.Push(block);
        }
    }

    byte[] Take_NeedsLock()
    {
        _rented++;
        return _idle.TryPop(out var block) ? block : GC.AllocateUninitializedArray<byte>(BlockBytes, pinned: true);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    async ValueTask<byte[]> WaitAsync(Waiter waiter, CancellationToken ct)
    {
        try
        {
            await using (ct.UnsafeRegister(static (state, token) => ((Waiter)state!).TrySetCanceled(token), waiter))
                return await waiter.Task;
        }
        catch (OperationCanceledException)
        {
            lock (_lock)
                waiter.Place.List?.Remove(waiter.Place);
            throw;
        }
    }

    sealed class Waiter : TaskCompletionSource<byte[]>
    {
        public Waiter()
            : base(TaskCreationOptions.RunContinuationsAsynchronously) => Place = new LinkedListNode<Waiter>(this);

        public LinkedListNode<Waiter> Place { get; }
    }
}
