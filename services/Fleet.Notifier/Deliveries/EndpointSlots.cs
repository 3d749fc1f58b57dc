namespace Fleet.Notifier.Deliveries;

/// <summary>Counts this process's requests in flight per endpoint.</summary>
public sealed class EndpointSlots(int perEndpoint)
{
    readonly Lock _lock = new();
    readonly Dictionary<Guid, int> _busy = [];

    /// <summary>Endpoints that must not get another request now.</summary>
    public Guid[] Full()
    {
        lock (_lock)
            return [.. _busy.Where(entry => entry.Value >= perEndpoint).Select(entry => entry.Key)];
    }

    /// <summary>Takes a slot of an endpoint that is not full.</summary>
    public void Take(Guid endpoint)
    {
        lock (_lock)
            _busy[endpoint] = _busy.GetValueOrDefault(endpoint) + 1;
    }

    /// <summary>Gives a slot back.</summary>
    public void Release(Guid endpoint)
    {
        lock (_lock)
        {
            if (--_busy[endpoint] == 0)
                _busy.Remove(endpoint);
        }
    }
}
