using Fleet.Telegram;

namespace Fleet.Broker.Accounts;

/// <summary>A main session and the claim under which it runs. When the claim runs out the session closes by itself.</summary>
sealed class RunningSession : IAsyncDisposable
{
    readonly TimeProvider _time;
    readonly CancellationTokenSource _lost;
    int _users;
    long _lastUsed;
    int _closed;

    /// <param name="claim">The right to run the session.</param>
    /// <param name="open">Makes the session, which connects when it is first used.</param>
    /// <param name="time">The clock by which the claim ends.</param>
    public RunningSession(Claim claim, Func<RunningSession, MainSession> open, TimeProvider time)
    {
        _time = time;
        Claim = claim;
        Session = open(this);
        _lastUsed = time.GetTimestamp();
        _lost = new CancellationTokenSource(claim.LeftAt(time), time);
        _lost.Token.UnsafeRegister(static self => _ = ((RunningSession)self!).DisposeAsync().AsTask(), this);
        BrokerMetrics.Session(+1);
    }

    /// <summary>The right to run it.</summary>
    public Claim Claim { get; private set; }

    /// <summary>The session.</summary>
    public MainSession Session { get; }

    /// <summary>Fires when the session must not be used any more.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>The session must not be used any more. A process that was stopped sees this before its timers fire.</summary>
    public bool HasEnded => _lost.IsCancellationRequested || Claim.LeftAt(_time) == TimeSpan.Zero;

    /// <summary>Notes a user.</summary>
    public RunningSession Enter()
    {
        Interlocked.Increment(ref _users);
        return this;
    }

    /// <summary>A user is done.</summary>
    public void Leave(long now)
    {
        Volatile.Write(ref _lastUsed, now);
        Interlocked.Decrement(ref _users);
    }

    /// <summary>Nobody uses it, and nobody did for some time.</summary>
    public bool IsIdle(TimeSpan idle) =>
        Volatile.Read(ref _users) == 0 && _time.GetElapsedTime(Volatile.Read(ref _lastUsed)) >= idle;

    /// <summary>The claim was renewed.</summary>
    public void Renew(Claim claim)
    {
        Claim = claim;
        if (Volatile.Read(ref _closed) == 0)
            _lost.CancelAfter(claim.LeftAt(_time));
    }

    /// <summary>The claim is gone.</summary>
    public void Lose() => _lost.Cancel();

    /// <summary>Called when <see cref="Lost"/> fires, unless the session was closed on purpose.</summary>
    public void OnLost(Action tell) =>
        _lost.Token.UnsafeRegister(
            _ =>
            {
                if (Volatile.Read(ref _closed) == 0)
                    tell();
            },
            null
        );

    /// <summary>Closes the connection at once; calls in progress end.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 1)
            return;
        BrokerMetrics.Session(-1);
        await _lost.CancelAsync();
        await Session.DisposeAsync();
    }
}
