using Fleet.Tl.Mtp;

namespace Fleet.MtProto.Session;

sealed partial class MtSession
{
    static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(60);
    static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(75);
    static readonly TimeSpan AskForSaltsEvery = TimeSpan.FromSeconds(60);
    const int SaltsWanted = 32;

    long _lastReceived;
    long _lastPing;
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
        if (_time.GetElapsedTime(Volatile.Read(ref _lastReceived), now) >= SilenceLimit)
            throw new ConnectionLostException($"Nothing received for {SilenceLimit}");
        var expired = new List<PendingCall>();
        lock (_gate)
        {
            Expire_NeedsLock(now, expired);
            if (_time.GetElapsedTime(_lastPing, now) >= PingEvery)
            {
                _lastPing = now;
                var delay = (int)SilenceLimit.TotalSeconds;
                SendService_NeedsLock(new PingDelayDisconnect { PingId = RandomId(), DisconnectDelay = delay });
            }
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
