namespace Fleet.Fuzz;

/// <summary>
/// Bytes in place of random ones, always the same. 16 and 256 bytes (nonces, exponents) have one value each, so that a
/// server's answers can be known beforehand; other lengths go on from where the last ended.
/// </summary>
sealed class FuzzRandom
{
    uint _state = 1;

    public void Fill(Span<byte> destination)
    {
        var state = destination.Length is 16 or 256 ? (uint)destination.Length : _state;
        foreach (ref var b in destination)
        {
            state = (state * 1_664_525) + 1_013_904_223;
            b = (byte)(state >> 24);
        }
        if (destination.Length is not (16 or 256))
            _state = state;
    }
}

/// <summary>A clock that stands still.</summary>
sealed class StoppedClock : TimeProvider
{
    public static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => Now;

    public override long GetTimestamp() => Now.Ticks;
}

/// <summary>Inputs of several parts: each has a byte that says how it is to be wrapped.</summary>
static class Parts
{
    public static readonly byte[] Separator = [0xfe, 0xed, 0xfa, 0xce];

    /// <summary>At most <paramref name="limit"/> parts, empty ones left out.</summary>
    public static List<byte[]> Split(byte[] input, int limit)
    {
        var parts = new List<byte[]>();
        var rest = input.AsSpan();
        while (!rest.IsEmpty && parts.Count < limit)
        {
            var at = rest.IndexOf(Separator);
            var part = at < 0 ? rest : rest[..at];
            if (!part.IsEmpty)
                parts.Add(part.ToArray());
            rest = at < 0 ? [] : rest[(at + Separator.Length)..];
        }
        return parts;
    }

    public static byte[] Join(params byte[][] parts) =>
        [.. parts.SelectMany((part, i) => i == 0 ? part : [.. Separator, .. part])];
}
