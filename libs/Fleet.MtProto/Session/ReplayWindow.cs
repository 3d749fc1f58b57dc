namespace Fleet.MtProto.Session;

/// <summary>The ids of the last messages received, so that none is taken twice.</summary>
sealed class ReplayWindow(int capacity)
{
    readonly HashSet<long> _ids = new(capacity);
    readonly Queue<long> _order = new(capacity);
    long _floor = long.MinValue;

    /// <summary>Remembers an id; false if it was there before, or is no newer than one already forgotten.</summary>
    public bool TryAdd(long id)
    {
        if (id <= _floor || !_ids.Add(id))
            return false;
        if (_order.Count == capacity)
        {
            var oldest = _order.Dequeue();
            _ids.Remove(oldest);
            _floor = Math.Max(_floor, oldest);
        }
        _order.Enqueue(id);
        return true;
    }

    public bool Contains(long id) => _ids.Contains(id);

    /// <summary>True for ids so old that it is not known any more whether they came.</summary>
    public bool IsForgotten(long id) => id <= _floor;
}
