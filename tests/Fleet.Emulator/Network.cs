namespace Fleet.Emulator;

/// <summary>What the line between clients and the emulator is like, for every connection; may change while it runs.</summary>
public sealed class Network
{
    long _latencyTicks;
    long _bytesPerSecond;

    /// <summary>Time from a request's arrival to its answer's departure; pipelined requests all wait in parallel. Default 0.</summary>
    public TimeSpan Latency
    {
        get => TimeSpan.FromTicks(Interlocked.Read(ref _latencyTicks));
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            Interlocked.Exchange(ref _latencyTicks, value.Ticks);
        }
    }

    /// <summary>Most bytes per second that one connection is sent; 0 (the default) sets no limit.</summary>
    public long BytesPerSecond
    {
        get => Interlocked.Read(ref _bytesPerSecond);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            Interlocked.Exchange(ref _bytesPerSecond, value);
        }
    }
}
