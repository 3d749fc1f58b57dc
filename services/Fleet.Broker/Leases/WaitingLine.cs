namespace Fleet.Broker.Leases;

/// <summary>
/// Who waits, in the order in which they are to be served: interactive before bulk; within each, tenants in turn, and
/// each tenant's own in the order of their coming. A tenant that comes later begins where the others are, so that it
/// neither catches up for the past nor waits for it. No I/O and no clock. Not thread-safe.
/// </summary>
/// <typeparam name="T">What waits; compared by reference.</typeparam>
sealed class WaitingLine<T>
    where T : class
{
    readonly List<Waiter> _waiters = [];
    readonly Dictionary<(string Tenant, bool Bulk), long> _turns = [];

    public int Count => _waiters.Count;

    /// <summary>Joins the line.</summary>
    public void Add(T item, string tenant, bool bulk)
    {
        if (!_waiters.Exists(w => w.Bulk == bulk && string.Equals(w.Tenant, tenant, StringComparison.Ordinal)))
        {
            var level = _waiters
                .Where(w => w.Bulk == bulk)
                .Select(w => _turns[(w.Tenant, bulk)])
                .DefaultIfEmpty()
                .Min();
            _turns[(tenant, bulk)] = Math.Max(_turns.GetValueOrDefault((tenant, bulk)), level);
        }
        _waiters.Add(new Waiter(item, tenant, bulk));
    }

    /// <summary>Everybody, in order.</summary>
    public IReadOnlyList<T> InOrder()
    {
        var turns = new Dictionary<(string, bool), long>(_turns);
        return
        [
            .. _waiters
                .Select((waiter, place) => (waiter, place, turn: turns[waiter.Key]++))
                .OrderBy(w => w.waiter.Bulk)
                .ThenBy(w => w.turn)
                .ThenBy(w => w.place)
                .Select(w => w.waiter.Item),
        ];
    }

    /// <summary>Leaves the line: served, which counts as a turn of the tenant's, or not.</summary>
    public void Remove(T item, bool served)
    {
        var place = _waiters.FindIndex(w => ReferenceEquals(w.Item, item));
        if (place < 0)
            return;
        var key = _waiters[place].Key;
        _waiters.RemoveAt(place);
        if (served)
            _turns[key]++;
        if (_waiters.Count == 0)
            _turns.Clear();
    }

    sealed record Waiter(T Item, string Tenant, bool Bulk)
    {
        public (string, bool) Key => (Tenant, Bulk);
    }
}
