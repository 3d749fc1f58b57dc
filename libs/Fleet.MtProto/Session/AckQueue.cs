using System.Runtime.InteropServices;

namespace Fleet.MtProto.Session;

/// <summary>Ids of received messages that the server waits to see acknowledged.</summary>
sealed class AckQueue
{
    /// <summary>More than so many waiting are sent at once, without waiting for a request to travel with.</summary>
    public const int Batch = 16;

    /// <summary>More than a message can carry; what is beyond is sent again by the server and acknowledged then.</summary>
    public const int Limit = 8192;

    static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(15);

    readonly List<long> _ids = [];
    long _since;

    public int Count => _ids.Count;

    /// <summary>True when so many wait that they do not wait for company.</summary>
    public bool IsFull => _ids.Count > Batch;

    public void Add(long id, long now)
    {
        if (_ids.Count == 0)
            _since = now;
        if (_ids.Count < Limit)
            _ids.Add(id);
    }

    /// <summary>True when they should be sent even alone.</summary>
    public bool IsDue(TimeProvider time, long now) =>
        IsFull || (_ids.Count > 0 && time.GetElapsedTime(_since, now) >= LongestWait);

    public ReadOnlySpan<long> Waiting => CollectionsMarshal.AsSpan(_ids);

    /// <summary>The first <paramref name="count"/> are on their way.</summary>
    public void Remove(int count) => _ids.RemoveRange(0, count);

    /// <summary>The session they belong to is over.</summary>
    public void Clear() => _ids.Clear();
}
