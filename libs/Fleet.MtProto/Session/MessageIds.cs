namespace Fleet.MtProto.Session;

/// <summary>Message ids: server time in the upper 32 bits, a fraction of it below, two bits for the kind.</summary>
/// <remarks>Ours are multiples of 4 and rise strictly. https://core.telegram.org/mtproto/description#message-identifier-msg-id</remarks>
sealed class MessageIds(TimeProvider time)
{
    const int KindsOfMessage = 4;
    static readonly TimeSpan OldestAccepted = TimeSpan.FromSeconds(300);
    static readonly TimeSpan NewestAccepted = TimeSpan.FromSeconds(30);

    long _last;

    /// <summary>Server time minus ours.</summary>
    public TimeSpan Offset { get; private set; }

    /// <summary>False until the server has told its time.</summary>
    public bool IsSynchronized { get; private set; }

    public DateTimeOffset ServerNow => time.GetUtcNow() + Offset;

    public long Next()
    {
        var id = FromTime(ServerNow) & -KindsOfMessage;
        _last = Math.Max(id, _last + KindsOfMessage);
        return _last;
    }

    /// <summary>A new session starts: its ids need not be above those of the old one.</summary>
    public void Restart() => _last = 0;

    /// <summary>Takes the time from the id of a message that the server has just written.</summary>
    public void Synchronize(long serverMessageId) => Synchronize(ToTime(serverMessageId));

    public void Synchronize(DateTimeOffset serverTime)
    {
        Offset = serverTime - time.GetUtcNow();
        IsSynchronized = true;
    }

    /// <summary>False for an id more than 300 s old or 30 s ahead, which the specification wants ignored.</summary>
    public bool IsTimely(long serverMessageId)
    {
        var age = ServerNow - ToTime(serverMessageId);
        return age <= OldestAccepted && age >= -NewestAccepted;
    }

    static long FromTime(DateTimeOffset moment)
    {
        var ticks = (Int128)(moment - DateTimeOffset.UnixEpoch).Ticks;
        return (long)((ticks << 32) / TimeSpan.TicksPerSecond);
    }

    static DateTimeOffset ToTime(long id)
    {
        var ticks = (long)(((Int128)id * TimeSpan.TicksPerSecond) >> 32);
        return DateTimeOffset.UnixEpoch + TimeSpan.FromTicks(ticks);
    }
}
