using Fleet.MtProto;

namespace Fleet.Telegram;

/// <summary>A place for one connection of a pool. Guarded by the pool's lock.</summary>
sealed class PoolLane(int index, AdaptiveWindow window)
{
    /// <summary>0 to the pool's number of connections - 1.</summary>
    public int Index => index;

    public AdaptiveWindow Window => window;

    public LaneSpeed Speed { get; } = new();

    public RecentTimes Times { get; } = new();

    public ConnectLimiter Limiter { get; } = new();

    /// <summary>The open connection; null while there is none.</summary>
    public MtConnection? Connection { get; set; }

    /// <summary>Ends <see cref="Connection"/> before its time.</summary>
    public CancellationTokenSource? TakeOut { get; set; }

    /// <summary>Parts asked for through <see cref="Connection"/> and not yet ended.</summary>
    public int InFlight { get; set; }

    /// <summary>Their bytes.</summary>
    public long BytesInFlight { get; set; }

    /// <summary>Timestamp of the last answer.</summary>
    public long Answered { get; set; }

    /// <summary>Connections in a row that ended without one part received.</summary>
    public int Failures { get; set; }

    /// <summary>Set from the first connect until the lane has no more to do.</summary>
    public Task? Run { get; set; }
}
