namespace Fleet.Broker;

/// <summary>
/// Many who want the same thing at once share one attempt. The attempt has its own deadline: one caller's cancellation
/// ends that caller's wait and nothing else. Nothing is kept once it is done.
/// </summary>
sealed class SingleFlight<TKey, TValue>(TimeSpan deadline, TimeProvider time)
    where TKey : notnull
{
    readonly Lock _lock = new();
    readonly Dictionary<TKey, Task<TValue>> _flights = [];

    /// <summary>Joins the attempt for <paramref name="key"/>, or starts it.</summary>
    /// <exception cref="TimeoutException">The attempt took longer than the deadline.</exception>
    public Task<TValue> RunAsync(TKey key, Func<CancellationToken, Task<TValue>> attempt, CancellationToken ct)
    {
        lock (_lock)
        {
            if (!_flights.TryGetValue(key, out var flight))
                _flights[key] = flight = FlyAsync(key, attempt);
            return flight.WaitAsync(ct);
        }
    }

    async Task<TValue> FlyAsync(TKey key, Func<CancellationToken, Task<TValue>> attempt)
    {
        await Task.Yield(); // the caller holds the lock, and its entry must be there before it is removed
        using var cancel = new CancellationTokenSource(deadline, time);
        try
        {
            return await attempt(cancel.Token);
        }
        catch (OperationCanceledException e) when (cancel.IsCancellationRequested)
        {
            throw new TimeoutException($"not done within {deadline}", e);
        }
        finally
        {
            lock (_lock)
                _flights.Remove(key);
        }
    }
}
