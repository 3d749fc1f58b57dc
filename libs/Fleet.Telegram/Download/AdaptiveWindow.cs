namespace Fleet.Telegram;

/// <summary>How many parts one connection may have in flight. Grows by one after a success at a full window; halves after
/// a slow answer or a fault; pauses when told. No I/O and no clock: every member takes the time. Not thread-safe.</summary>
/// <remarks>Telegram Desktop's rule (storage/download_manager_mtproto.cpp): an answer that takes 8 s is a fault.</remarks>
sealed class AdaptiveWindow(int start, int most)
{
    /// <summary>An answer slower than this shrinks the window.</summary>
    public static readonly TimeSpan SlowAnswer = TimeSpan.FromSeconds(8);

    DateTimeOffset _pausedUntil = DateTimeOffset.MinValue;

    /// <summary>Parts allowed in flight: 1 to the bound.</summary>
    public int Limit { get; private set; } = Math.Clamp(start, 1, most);

    /// <summary>When sending may go on; in the past when it is not paused.</summary>
    public DateTimeOffset PausedUntil => _pausedUntil;

    /// <summary>Whether one more part may be asked for.</summary>
    public bool HasRoom(int inFlight, DateTimeOffset now) => inFlight < Limit && now >= _pausedUntil;

    /// <summary>A part came. <paramref name="inFlight"/> counts it still.</summary>
    public void Succeeded(int inFlight, TimeSpan took)
    {
        if (took >= SlowAnswer)
            Shrink();
        else if (inFlight >= Limit && Limit < most)
            Limit++;
    }

    /// <summary>A part failed for a reason that fewer parts may cure.</summary>
    public void Shrink() => Limit = Math.Max(1, Limit / 2);

    /// <summary>Sends nothing before <paramref name="until"/>; a shorter pause does not end a longer one.</summary>
    public void Pause(DateTimeOffset until)
    {
        if (until > _pausedUntil)
            _pausedUntil = until;
    }
}
