using Fleet.MtProto;

namespace Fleet.Telegram;

/// <summary>A place for one connection of a pool. Guarded by the pool's lock.</summary>
sealed class PoolLane(int index, AdaptiveWindow window)
{
    /// <summary>0 to the pool's number of connections - 1.</summary>
    public int Index => index;

    public AdaptiveWindow Window => window;

    /// <summary>The open connection; null while there is none.</summary>
    public MtConnection? Connection { get; set; }

    /// <summary>Parts asked for through <see cref="Connection"/> and not yet ended.</summary>
    public int InFlight { get; set; }

    /// <summary>Connections in a row that ended without one part received.</summary>
    public int Failures { get; set; }

    /// <summary>Set from the first connect until the lane has no more to do.</summary>
    public Task? Run { get; set; }
}

/// <summary>Leave to ask for one part through one connection. Given back by <see cref="DcPool.Release"/>.</summary>
sealed class PartLease(PoolLane lane, MtConnection connection, int bytes, long since, double random)
{
    public PoolLane Lane => lane;

    public MtConnection Connection => connection;

    /// <summary>Bytes of the pool's window that it holds.</summary>
    public int Bytes => bytes;

    /// <summary>Timestamp of the grant.</summary>
    public long Since => since;

    /// <summary>0 to 1, for back-off.</summary>
    public double Random => random;

    public ValueTask<int> CallAsync(Tl.TlObject call, IReplySink sink, CancellationToken ct) =>
        connection.CallAsync(call, sink, ct);
}
