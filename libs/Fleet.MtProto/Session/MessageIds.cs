namespace Fleet.MtProto.Session;

/// <summary>Message ids: server time in the upper 32 bits, a fraction of it below, two bits for the kind.</summary>
/// <remarks>
/// Ours are multiples of 4 and rise strictly. Server time is what the server told last plus what has passed since by the
/// steady clock, so setting the wall clock changes nothing.
/// https://core.telegram.org/mtproto/description#message-identifier-msg-id
/// </remarks>
sealed class MessageIds(TimeProvider time)
{
    const int KindsOfMessage = 4;
    static readonly TimeSpan OldestAccepted = TimeSpan.FromSeconds(300);
    static readonly TimeSpan NewestAccepted = TimeSpan.FromSeconds(30);

    DateTimeOffset _told = time.GetUtcNow();
    long _toldAt = time.GetTimestamp();
    long _first = long.MaxValue;
    long _last;

    /// <summary>Server time minus ours.</summary>
    public TimeSpan Offset => ServerNow - time.GetUtcNow();

    /// <summary>False until the server has told its time.</summary>
    public bool IsSynchronized { get; private set; }

    public DateTimeOffset ServerNow => _told + time.GetElapsedTime(_toldAt);

    public long Next()
    {
        var id = FromTime(ServerNow) & -KindsOfMessage;
        _last = Math.Max(id, _last + KindsOfMessage);
        _first = Math.Min(_first, _last);
        return _last;
    }

    /// <summary>A new session starts: its ids need not be above those of the old one.</summary>
    public void Restart() => (_first, _last) = (long.MaxValue, 0);

    /// <summary>True for an id made since the session started.</summary>
    public bool IsOfSession(long id) => id >= _first && id <= _last;

    /// <summary>Takes the time from the id of a message that the server has just written.</summary>
    public void Synchronize(long serverMessageId) => Synchronize(ToTime(serverMessageId));

    public void Synchronize(DateTimeOffset serverTime)
    {
        (_told, _toldAt) = (serverTime, time.GetTimestamp());
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
