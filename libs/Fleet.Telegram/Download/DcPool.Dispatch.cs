using Microsoft.Extensions.Logging;

namespace Fleet.Telegram;

/// <content>Who may ask for what, when and where; and what is not waited for any longer.</content>
public sealed partial class DcPool
{
    static readonly TimeSpan ShortestAlarm = TimeSpan.FromMilliseconds(1);

    void Wake()
    {
        lock (_lock)
            Dispatch_NeedsLock();
    }

    /// <summary>Grants to those at the head of the queue whatever there is room for.</summary>
    void Dispatch_NeedsLock()
    {
        var now = _time.GetUtcNow();
        if (now < _floodUntil && _floodUntil - now <= _options.SleepThroughMax)
            SendAway_NeedsLock();
        var next = _waiting.First;
        while (next is { Value: var lease })
        {
            if (now < _floodUntil && _floodUntil - now > _options.SleepThroughMax)
            {
                _waiting.RemoveFirst();
                lease.Granted.TryFail(new FloodException("upload.getFile", _floodUntil - now));
                next = _waiting.First;
                continue;
            }
            if (!IsOpen_NeedsLock(lease.Bytes, now))
                return;
            StartLanes_NeedsLock();
            if (BestLane_NeedsLock(lease, now) is { } lane)
                Grant_NeedsLock(lease, lane, now);
            else if (!lease.IsHedge)
                return;
            // A hedge wants another connection than the others: it does not hold them up.
            next = lease.Place.List == _waiting ? next.Next : _waiting.First;
        }
    }

    /// <summary>Whether any connection may be asked now; if not, whatever ends that comes here again.</summary>
    bool IsOpen_NeedsLock(int bytes, DateTimeOffset now)
    {
        var opensAt = bytes > 0 && _ramp.OpensAt > _floodUntil ? _ramp.OpensAt : _floodUntil;
        if (now < opensAt)
        {
            WakeAt_NeedsLock(opensAt, now);
            return false;
        }
        return _bytesInFlight == 0 || _bytesInFlight + bytes <= _windowBytes;
    }

    void Grant_NeedsLock(PartLease lease, PoolLane lane, DateTimeOffset now)
    {
        _waiting.Remove(lease.Place);
        lease.Renew();
        (lease.Lane, lease.Connection, lease.Random) = (lane, lane.Connection, _random.NextDouble());
        lease.Since = _time.GetTimestamp();
        lease.BytesAtGrant = lane.BytesInFlight + lease.Bytes;
        if (!lease.Granted.TrySet())
            return; // cancelled while it waited
        lane.InFlight++;
        lane.BytesInFlight += lease.Bytes;
        _bytesInFlight += lease.Bytes;
        _out.AddLast(lease.Place);
        if (lease.Bytes > 0)
            _ramp.Sent(now);
    }

    /// <summary>Of the connections with room that would answer about as soon as the soonest, the least busy. When all are only
    /// paused, sets the alarm for the first to come back.</summary>
    PoolLane? BestLane_NeedsLock(PartLease lease, DateTimeOffset now)
    {
        var resumes = DateTimeOffset.MaxValue;
        var soonest = double.MaxValue;
        foreach (var lane in _lanes)
        {
            if (HasRoom(lane, lease, now))
                soonest = Math.Min(soonest, lane.Speed.SecondsFor(lane.BytesInFlight, lease.Bytes, now));
            else if (lane.Connection is not null && lane.Window.PausedUntil > now && lane.Window.PausedUntil < resumes)
                resumes = lane.Window.PausedUntil;
        }
        PoolLane? best = null;
        foreach (var lane in _lanes)
        {
            if (
                HasRoom(lane, lease, now)
                && LaneSpeed.IsAbout(lane.Speed.SecondsFor(lane.BytesInFlight, lease.Bytes, now), soonest)
                && (best is null || lane.InFlight < best.InFlight)
            )
                best = lane;
        }
        best ??= lease.IsHedge ? null : AvoidedLane(lease, now);
        if (best is null && resumes < DateTimeOffset.MaxValue)
            WakeAt_NeedsLock(resumes, now);
        return best;
    }

    bool HasRoom(PoolLane lane, PartLease lease, DateTimeOffset now) =>
        lane.Connection is { } connection
        && _allowance.Has(lane.Index)
        && !ReferenceEquals(connection, lease.Avoid)
        && lane.Window.HasRoom(lane.InFlight, now);

    PoolLane? AvoidedLane(PartLease lease, DateTimeOffset now) =>
        lease.Avoid is { } avoid
            ? Array.Find(
                _lanes,
                l =>
                    ReferenceEquals(l.Connection, avoid) && _allowance.Has(l.Index) && l.Window.HasRoom(l.InFlight, now)
            )
            : null;

    void WakeAt_NeedsLock(DateTimeOffset at, DateTimeOffset now) =>
        _wake.Change(at - now > ShortestAlarm ? at - now : ShortestAlarm, Timeout.InfiniteTimeSpan);

    /// <summary>Opens as many connections as there are parts to ask for.</summary>
    void StartLanes_NeedsLock()
    {
        var wanted = _waiting.Count + _out.Count;
        foreach (var lane in _lanes)
        {
            if (!_allowance.Allows(lane.Index))
                continue;
            if (wanted-- <= 0)
                return;
            lane.Run ??= Task.Run(() => RunLaneAsync(lane), CancellationToken.None);
        }
    }

    void Received_NeedsLock(PoolLane lane, PartLease lease)
    {
        var (now, took) = (_time.GetUtcNow(), _time.GetElapsedTime(lease.Since));
        lane.Window.Succeeded(lane.InFlight, took);
        lane.Speed.Answered(took, lease.BytesAtGrant, now);
        lane.Times.Add(took);
        lane.Answered = _time.GetTimestamp();
        lane.Failures = 0;
        _outcomes = _outcomes with { Parts = _outcomes.Parts + 1 };
        if (_allowance.Succeeded(lane.Index, now))
            LaneBack(_log, Dc);
    }

    /// <summary>Ends the calls that take too long; their parts are asked for anew. A connection on which that happens too often is
    /// closed.</summary>
    void GiveUpSlow()
    {
        List<CancellationTokenSource>? stops = null;
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            foreach (var lease in _out)
            {
                if (lease.IsGivenUp || !IsSlow(lease, now))
                    continue;
                lease.IsGivenUp = true;
                (stops ??= []).Add(lease.Stop);
                var lane = lease.Lane!;
                lane.Window.Shrink();
                if (_allowance.TimedOut(lane.Index, _time.GetUtcNow()) && lane.TakeOut is { } takeOut)
                {
                    LaneOut(_log, lane.Index, Dc);
                    stops.Add(takeOut);
                    lane.Connection = null;
                }
            }
        }
        foreach (var stop in stops ?? [])
            Cancel(stop);
    }

    bool IsSlow(PartLease lease, long now)
    {
        var age = _time.GetElapsedTime(lease.Since, now);
        var silence = _time.GetElapsedTime(Math.Max(lease.Since, lease.Lane!.Answered), now);
        return SlowRule.IsSlow(age, silence, lease.Lane.Times.Median, lease.GivenUpBefore);
    }

    /// <summary>The call, or the connection, may have ended by itself meanwhile.</summary>
    static void Cancel(CancellationTokenSource stop)
    {
        try
        {
            stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The connection's: it has ended.
        }
    }

    [LoggerMessage(LogLevel.Information, "Connection {Lane} to DC {Dc} is too slow too often and is closed")]
    static partial void LaneOut(ILogger log, int lane, int dc);

    [LoggerMessage(LogLevel.Information, "All connections to DC {Dc} do well: one more may be opened")]
    static partial void LaneBack(ILogger log, int dc);
}
