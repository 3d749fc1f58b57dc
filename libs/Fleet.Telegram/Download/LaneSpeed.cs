namespace Fleet.Telegram;

/// <summary>Foretells when a connection would answer one more part. No I/O and no clock. Not thread-safe.</summary>
/// <remarks>A line that is full answers a part after everything asked for before it, so an answer's time over the bytes in flight
/// when it was asked for is the line's time per byte. A line that only is far away looks slower per byte with fewer in flight;
/// <see cref="IsAbout"/> is wide enough not to mistake that for a slow one.</remarks>
sealed class LaneSpeed
{
    const double Weight = 0.25;
    const double About = 1.5;
    static readonly TimeSpan HalfLife = TimeSpan.FromSeconds(5);

    double _secondsPerByte;
    DateTimeOffset _at;

    /// <summary>An answer came.</summary>
    /// <param name="took">From the request to the answer.</param>
    /// <param name="bytesInFlight">Bytes asked for and not received when the request left, its own included; 1 or more.</param>
    /// <param name="now">The time.</param>
    public void Answered(TimeSpan took, long bytesInFlight, DateTimeOffset now)
    {
        var sample = took.TotalSeconds / bytesInFlight;
        _secondsPerByte = _secondsPerByte == 0 ? sample : _secondsPerByte + ((sample - _secondsPerByte) * Weight);
        _at = now;
    }

    /// <summary>Seconds until everything in flight and the part would be here; less and less sure the older what is known, so that a
    /// connection that was slow once is tried again. 0 when nothing is known.</summary>
    public double SecondsFor(long bytesInFlight, int part, DateTimeOffset now) =>
        _secondsPerByte * (bytesInFlight + part) * Math.Pow(0.5, (now - _at) / HalfLife);

    /// <summary>Whether the difference of two such times is too small to choose by.</summary>
    public static bool IsAbout(double seconds, double best) => seconds <= best * About;
}
