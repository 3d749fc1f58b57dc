namespace Fleet.Telegram;

/// <summary>Parts in the order in which they are asked for: first those that had their turn before, then those that somebody watches and the others by
/// turns. So whoever looks into a file waits for one part of its job and not for its whole look-ahead, and the job goes on
/// at half its pace at least. Not thread-safe.</summary>
sealed class PartLine
{
    readonly LinkedList<PartLease> _again = [];
    readonly LinkedList<PartLease> _watched = [];
    readonly LinkedList<PartLease> _others = [];
    bool _wasWatched;

    public bool IsEmpty => NextOrNull is null;

    /// <summary>Whose turn it is.</summary>
    public PartLease? NextOrNull => (_again.First ?? NextFresh())?.Value;

    /// <param name="lease">In no line.</param>
    /// <param name="again">It was its turn once.</param>
    public void Add(PartLease lease, bool again)
    {
        if (again)
            _again.AddFirst(lease.InLine);
        else
            (lease.IsWatched ? _watched : _others).AddLast(lease.InLine);
    }

    /// <summary>Lets go of whose turn it is.</summary>
    public PartLease Take()
    {
        var lease = NextOrNull!;
        if (!ReferenceEquals(lease.InLine.List, _again))
            _wasWatched = lease.IsWatched;
        Remove(lease);
        return lease;
    }

    /// <summary>Lets go of one that gives up; it may have left.</summary>
    public static void Remove(PartLease lease) => lease.InLine.List?.Remove(lease.InLine);

    LinkedListNode<PartLease>? NextFresh() =>
        _wasWatched ? _others.First ?? _watched.First : _watched.First ?? _others.First;
}
