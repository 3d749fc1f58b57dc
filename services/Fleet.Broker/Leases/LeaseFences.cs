using System.Collections.Concurrent;
using Fleet.Broker.Accounts;

namespace Fleet.Broker.Leases;

/// <summary>
/// The numbers of leases. No two leases of the fleet ever have the same, whatever becomes of Redis or of a replica: they come
/// from Postgres, a block at a time, and a replica that ends takes the rest of its block with it.
/// </summary>
sealed class LeaseFences(AccountStore store)
{
    const int Block = 256;

    readonly SemaphoreSlim _taking = new(1, 1);
    readonly ConcurrentQueue<long> _left = new();

    /// <summary>The next number.</summary>
    public async Task<long> NextAsync(CancellationToken ct)
    {
        if (_left.TryDequeue(out var fence))
            return fence;
        await _taking.WaitAsync(ct);
        try
        {
            if (_left.TryDequeue(out var other))
                return other;
            var (next, rest) = await store.NextFencesAsync(Block, ct) is [var first, .. var others]
                ? (first, others)
                : throw new InvalidOperationException("the sequence gave no number");
            foreach (var number in rest)
                _left.Enqueue(number);
            return next;
        }
        finally
        {
            _taking.Release();
        }
    }
}
