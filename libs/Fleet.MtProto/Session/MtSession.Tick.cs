using Fleet.Tl.Mtp;

namespace Fleet.MtProto.Session;

sealed partial class MtSession
{
    static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(60);
    static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(75);
    static readonly TimeSpan AskForSaltsEvery = TimeSpan.FromSeconds(60);
    const int SaltsWanted = 32;

    readonly TimeSpan _pingEvery;
    readonly TimeSpan _silenceLimit;
    long _lastReceived;
    long _lastPing;

    // With ServerCloses, false until a ping went out with a call, and again when a call must be sent anew: the server may
    // not have taken the ping either.
    bool _pinged;
    long? _lastSaltRequest;

    // The message whose answer tells the round trip; 0 when none is under way.
    long _probeId;
    long _probeSent;
    TimeSpan? _roundTrip;

    /// <summary>Called every second: deadlines, pings, acknowledgments, salts, calls without an answer.</summary>
    /// <exception cref="ConnectionLostException">Nothing was received for too long.</exception>
    public void Tick()
    {
        var now = _time.GetTimestamp();
        if (_time.GetElapsedTime(Volatile.Read(ref _lastReceived), now) >= _silenceLimit)
            throw new ConnectionLostException($"Nothing received for {_silenceLimit}");
        var expired = new List<PendingCall>();
        lock (_gate)
        {
            Expire_NeedsLock(now, expired);
            if (_pinged && _time.GetElapsedTime(_lastPing, now) >= _pingEvery)
                Ping_NeedsLock(now);
            if (WantsSalts_NeedsLock(now))
            {
                _lastSaltRequest = now;
                SendService_NeedsLock(new GetFutureSalts { Num = SaltsWanted });
            }
            AskForStates_NeedsLock(now);
        }
        Signal();
        foreach (var call in expired)
            call.Fail(new CallTimeoutException(_options.CallTimeout));
    }

    void Ping_NeedsLock(long now)
    {
        (_pinged, _lastPing) = (true, now);
        var delay = (int)_silenceLimit.TotalSeconds;
        SendService_NeedsLock(new PingDelayDisconnect { PingId = RandomId(), DisconnectDelay = delay });
    }

    void OnPong(Pong pong)
    {
        lock (_gate)
            OnProbeAnswered_NeedsLock(pong.MsgId);
    }

    void OnProbeAnswered_NeedsLock(long messageId)
    {
        if (messageId != _probeId)
            return;
        _probeId = 0;
        _roundTrip = _time.GetElapsedTime(_probeSent);
    }

    void Expire_NeedsLock(long now, List<PendingCall> expired)
    {
        foreach (var call in _sent.Values.Concat(_queue))
        {
            if (_time.GetElapsedTime(call.Since, now) >= _options.CallTimeout)
                expired.Add(call);
        }
        foreach (var call in expired)
            TryAbandon_NeedsLock(call);
    }

    bool WantsSalts_NeedsLock(long now) =>
        _introduced
        && _salts.NeedsMore
        && (_lastSaltRequest is not { } last || _time.GetElapsedTime(last, now) >= AskForSaltsEvery);
}
