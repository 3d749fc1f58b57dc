using System.Globalization;

namespace Fleet.Media;

/// <summary>How far a remux is.</summary>
/// <param name="Fraction">0 to 1, never going back.</param>
/// <param name="BytesWritten">Size of the output so far.</param>
public sealed record RemuxProgress(double Fraction, long BytesWritten);

/// <summary>
/// Reads FFmpeg's -progress: lines of key=value, a block ends with progress=continue or progress=end. Unknown keys,
/// "N/A" and nonsense are skipped. (out_time_ms is in microseconds, whatever its name says; out_time_us is used.)
/// </summary>
sealed class ProgressParser(TimeSpan? duration)
{
    double _fraction;
    long _bytes;

    /// <summary>progress=end was seen: FFmpeg believes that it finished.</summary>
    public bool Ended { get; private set; }

    /// <summary>Takes a line; gives the progress when it ended a block.</summary>
    public RemuxProgress? Feed(string line)
    {
        var equals = line.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
            return null;
        var value = line.AsSpan(equals + 1).Trim();
        switch (line[..equals])
        {
            case "out_time_us" when duration is { } whole && Number(value) is { } microseconds:
                _fraction = Math.Clamp(microseconds / whole.TotalMicroseconds, _fraction, 1);
                return null;
            case "total_size" when Number(value) is { } bytes:
                _bytes = Math.Max(_bytes, bytes);
                return null;
            case "progress":
                Ended |= value is "end";
                _fraction = Ended ? 1 : _fraction;
                return new(_fraction, _bytes);
            default:
                return null;
        }
    }

    static long? Number(ReadOnlySpan<char> text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;
}
