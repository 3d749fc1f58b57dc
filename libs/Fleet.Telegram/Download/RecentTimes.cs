namespace Fleet.Telegram;

/// <summary>How long the last few answers took. Not thread-safe.</summary>
sealed class RecentTimes
{
    const int Kept = 16;
    const int Enough = 4;

    readonly TimeSpan[] _times = new TimeSpan[Kept];
    readonly TimeSpan[] _sorted = new TimeSpan[Kept];
    int _count;

    /// <summary>The middle one; null while there are too few to tell.</summary>
    public TimeSpan? Median
    {
        get
        {
            var known = Math.Min(_count, Kept);
            if (known < Enough)
                return null;
            Array.Copy(_times, _sorted, known);
            Array.Sort(_sorted, 0, known);
            return _sorted[known / 2];
        }
    }

    public void Add(TimeSpan took)
    {
        _times[_count % Kept] = took;
        _count = _count == 2 * Kept ? Kept + 1 : _count + 1; // goes round, for a pool that lives for years
    }
}
