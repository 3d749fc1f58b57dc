using Fleet.Telegram;

namespace Fleet.Broker.Accounts;

/// <summary>A main session and the claim under which it runs. When the claim runs out the session closes by itself.</summary>
sealed class RunningSession : IAsyncDisposable
{
    readonly CancellationTokenSource _lost;
    int _users;
    long _lastUsed;
    int _closed;

    public RunningSession(Claim claim, MainSession session, TimeSpan left, TimeProvider time)
    {
        Claim = claim;
        Session = session;
        _lastUsed = time.GetTimestamp();
        _lost = new CancellationTokenSource(left, time);
        _lost.Token.UnsafeRegister(static self => _ = ((RunningSession)self!).DisposeAsync().AsTask(), this);
        BrokerMetrics.Session(+1);
    }

    /// <summary>The right to run it.</summary>
    public Claim Claim { get; private set; }

    /// <summary>The session.</summary>
    public MainSession Session { get; }

    /// <summary>Fires when the session must not be used any more.</summary>
    public CancellationToken Lost => _lost.Token;

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
    public bool IsIdle(TimeProvider time, TimeSpan idle) =>
        Volatile.Read(ref _users) == 0 && time.GetElapsedTime(Volatile.Read(ref _lastUsed)) >= idle;

    /// <summary>The claim was renewed.</summary>
    public void Renew(Claim claim, TimeSpan left)
    {
        Claim = claim;
        if (Volatile.Read(ref _closed) == 0)
            _lost.CancelAfter(left);
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
