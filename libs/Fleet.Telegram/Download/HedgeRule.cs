namespace Fleet.Telegram;

/// <summary>When the part that blocks the head of a reader's window is asked for a second time, over another connection. One at a
/// time; what it costs is bounded. No I/O and no clock. Not thread-safe.</summary>
sealed class HedgeRule(int partBytes)
{
    /// <summary>A part that comes sooner than this is not worth a second request, however fast the others are.</summary>
    static readonly TimeSpan LeastPatience = TimeSpan.FromMilliseconds(500);

    const int Medians = 2;
    const int OneIn = 20;

    readonly RecentTimes _times = new();
    long _received;
    long _hedged;

    /// <summary>Whether a second request is out.</summary>
    public bool IsOut { get; private set; }

    /// <summary>A part came.</summary>
    public void Received(int bytes, TimeSpan took)
    {
        _received += bytes;
        _times.Add(took);
    }

    /// <summary>The age at which a part that blocks is asked for again; null: not at all for now. At most a twentieth of the bytes
    /// is asked for twice.</summary>
    public TimeSpan? Patience =>
        !IsOut && (_hedged + partBytes) * OneIn <= _received + (OneIn * (long)partBytes) && _times.Median is { } median
            ? TimeSpan.FromTicks(Math.Max(median.Ticks * Medians, LeastPatience.Ticks))
            : null;

    public void Began()
    {
        IsOut = true;
        _hedged += partBytes;
    }

    public void Ended() => IsOut = false;
}
