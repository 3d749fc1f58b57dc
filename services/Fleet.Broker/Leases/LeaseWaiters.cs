using System.Collections.Concurrent;
using System.Globalization;
using Fleet.Hosting;
using Fleet.Sessions;

namespace Fleet.Broker.Leases;

/// <summary>
/// Requests that wait on this replica for a lease, one line per data centre. Whenever a lease ends anywhere, and every
/// second, those in the line try in their order.
/// </summary>
sealed class LeaseWaiters(LeaseBook book, RedisLink redis, TimeProvider time)
{
    /// <summary>Longest wait that a request may ask for.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    const int MostInLine = 1000;

    /// <summary>Tries of one round that may find every account busy: the first may want what is not to be had.</summary>
    const int MostMisses = 8;

    static readonly TimeSpan RoundEvery = TimeSpan.FromSeconds(1);

    readonly ConcurrentDictionary<int, LeaseLine> _lines = new();

    /// <summary>Asks for a lease at once, or after whoever waits already; waits while every account is busy or must wait.</summary>
    /// <param name="ask">Made anew for every try.</param>
    /// <param name="request">Data centre, tenant, priority and how long to wait.</param>
    /// <param name="ct">Ends the wait.</param>
    public async Task<(LeaseAsk Ask, LeasePick Pick)> AcquireAsync(
        Func<Task<LeaseAsk>> ask,
        LeaseRequest request,
        CancellationToken ct
    )
    {
        var line = _lines.GetOrAdd(request.Dc, dc => new LeaseLine(dc));
        if (line.IsEmpty)
        {
            var first = await TryAsync(ask, ct);
            if (!Waits(first.Pick) || request.WaitMs == 0)
                return first;
        }
        else if (request.WaitMs == 0)
        {
            return (await ask(), new LeasePick.Busy());
        }

        var waiter = new LeaseWaiter(ask);
        if (!line.TryAdd(waiter, request.Tenant ?? "", request.Priority is LeasePriority.Bulk, MostInLine))
            return (await ask(), new LeasePick.Busy());
        redis.Listen(RedisLeaseTable.FreedChannel, Freed);
        Wake(request.Dc);
        using var longest = new CancellationTokenSource(TimeSpan.FromMilliseconds(request.WaitMs), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(longest.Token, ct);
        await using (either.Token.Register(() => waiter.Done.TrySetResult(null)))
        {
            var granted = await waiter.Done.Task;
            line.Remove(waiter, served: granted is not null);
            if (granted is { } answer)
                return answer; // also when the caller has gone: whoever holds a lease gives it back
            ct.ThrowIfCancellationRequested();
            return (await ask(), waiter.Last);
        }
    }

    /// <summary>Whether somebody waits on this replica.</summary>
    public bool AnyFor(int dc) => _lines.TryGetValue(dc, out var line) && !line.IsEmpty;

    /// <summary>A lease of the data centre ended, or an account may carry more.</summary>
    public void Wake(int dc)
    {
        if (_lines.TryGetValue(dc, out var line) && line.TryBegin())
            _ = PumpAsync(line);
    }

    void Freed(string dc)
    {
        if (int.TryParse(dc, CultureInfo.InvariantCulture, out var number))
            Wake(number);
    }

    /// <summary>Lets those in the line try until it is empty; one pump per line.</summary>
    async Task PumpAsync(LeaseLine line)
    {
        while (!line.IsEmpty)
        {
            line.Rest();
            var misses = 0;
            foreach (var waiter in line.InOrder())
            {
                if (misses >= MostMisses)
                    break;
                if (!await ServeAsync(line, waiter))
                    misses++;
            }
            await line.WokenAsync(RoundEvery, time);
        }
        line.End();
        if (!line.IsEmpty)
            Wake(line.Dc); // somebody came between the two
    }

    async Task<bool> ServeAsync(LeaseLine line, LeaseWaiter waiter)
    {
        try
        {
            if (waiter.Done.Task.IsCompleted)
                return true;
            var (ask, pick) = await TryAsync(waiter.Ask, CancellationToken.None);
            waiter.Last = pick;
            if (Waits(pick))
                return false;
            if (waiter.Done.TrySetResult((ask, pick)))
                line.Remove(waiter, served: true);
            else if (pick is LeasePick.Granted granted) // it went away meanwhile
                await book.ReleaseAsync(ask.Id with { Account = granted.Account }, ask.Fence, CancellationToken.None);
            return true;
        }
#pragma warning disable CA1031 // whatever it is, it is the waiter's to tell
        catch (Exception e)
#pragma warning restore CA1031
        {
            waiter.Done.TrySetException(e);
            line.Remove(waiter, served: false);
            return false;
        }
    }

    async Task<(LeaseAsk Ask, LeasePick Pick)> TryAsync(Func<Task<LeaseAsk>> ask, CancellationToken ct)
    {
        var made = await ask();
        return (made, await book.AcquireAsync(made, ct));
    }

    bool Waits(LeasePick pick) =>
        pick switch
        {
            LeasePick.Busy => true,
            LeasePick.Flooded flooded => flooded.RetryAt < time.GetUtcNow() + Longest,
            LeasePick.Quiet quiet => quiet.Until < time.GetUtcNow() + Longest,
            _ => false,
        };
}
