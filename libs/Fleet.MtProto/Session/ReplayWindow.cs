namespace Fleet.MtProto.Session;

/// <summary>The newest message ids received, so that none is taken twice.</summary>
/// <remarks>It forgets the lowest id, not the one that came first: a message may come late, and once, as long as the
/// window reaches back to its id.</remarks>
sealed class ReplayWindow(int capacity)
{
    readonly HashSet<long> _ids = new(capacity + 1);
    readonly PriorityQueue<long, long> _lowestFirst = new(capacity);
    long _floor = long.MinValue;

    /// <summary>Ids remembered, at most the capacity.</summary>
    public int Count => _ids.Count;

    /// <summary>The highest id that came.</summary>
    public long Newest { get; private set; } = long.MinValue;

    /// <summary>Remembers an id; false if it was there before, or is no newer than one already forgotten.</summary>
    public bool TryAdd(long id)
    {
        if (id <= _floor || !_ids.Add(id))
            return false;
        Newest = Math.Max(Newest, id);
        if (_lowestFirst.Count < capacity)
        {
            _lowestFirst.Enqueue(id, id);
            return true;
        }
        _floor = _lowestFirst.EnqueueDequeue(id, id);
        _ids.Remove(_floor);
        return true;
    }

    public bool Contains(long id) => _ids.Contains(id);

    /// <summary>True for ids so old that it is not known any more whether they came.</summary>
    public bool IsForgotten(long id) => id <= _floor;
}
