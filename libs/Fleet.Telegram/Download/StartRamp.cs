namespace Fleet.Telegram;

/// <summary>Lets the first parts of a pool leave one by one, ever faster, so that a data centre is not met by a burst. Open for
/// good once the pauses have shrunk to the shortest. No I/O and no clock. Not thread-safe.</summary>
/// <remarks>TDLib's DelayDispatcher, as mtcute uses it too: 50 ms, each pause 0.8 of the one before, down to 3 ms.</remarks>
sealed class StartRamp
{
    static readonly TimeSpan First = TimeSpan.FromMilliseconds(50);
    static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(3);
    const double Shrink = 0.8;

    TimeSpan _pause = First;

    /// <summary>When the next part may leave; in the past when it may leave now.</summary>
    public DateTimeOffset OpensAt { get; private set; } = DateTimeOffset.MinValue;

    /// <summary>A part leaves.</summary>
    public void Sent(DateTimeOffset now)
    {
        if (_pause < Shortest)
            return;
        OpensAt = now + _pause;
        _pause *= Shrink;
    }
}
