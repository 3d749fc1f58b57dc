using System.Threading.Tasks.Sources;
using Fleet.Tl;

namespace Fleet.MtProto.Session;

enum CallState
{
    /// <summary>Waits to be sent, for the first time or again.</summary>
    Queued,

    /// <summary>Sent; the table knows it by its message id.</summary>
    Sent,

    /// <summary>Whoever set this state alone completes the call.</summary>
    Taken,
}

/// <summary>One call and its awaitable. Reused for the next call once its result was taken.</summary>
sealed class PendingCall(MtSession owner) : IValueTaskSource<int>
{
    ManualResetValueTaskSourceCore<int> _completion = new() { RunContinuationsAsynchronously = true };
    CancellationTokenRegistration _registration;

    /// <summary>The method, serialized, without the wrappers of the first call.</summary>
    public TlWriter Body { get; } = new(256);

    public IReplySink? Sink { get; private set; }

    public CallState State { get; set; }

    /// <summary>0 while not sent.</summary>
    public long MessageId { get; set; }

    /// <summary>The container it was sent in; its own id if it was sent alone.</summary>
    public long ContainerId { get; set; }

    /// <summary>True when sent inside initConnection.</summary>
    public bool Introduces { get; set; }

    /// <summary>True when it must not share a container, after the server refused one.</summary>
    public bool Alone { get; set; }

    /// <summary>How often it was sent.</summary>
    public int Attempts { get; set; }

    /// <summary>When it was made, as a timestamp of the time provider.</summary>
    public long Since { get; private set; }

    /// <summary>When it was sent last, as a timestamp of the time provider.</summary>
    public long SentAt { get; set; }

    /// <summary>True once the server said that its answer is made, though it has not come.</summary>
    public bool IsAnswered { get; set; }

    public ValueTask<int> Task => new(this, _completion.Version);

    public void Begin(TlObject method, IReplySink sink, long now)
    {
        Body.Reset();
        method.Write(Body);
        Sink = sink;
        Since = now;
        (State, MessageId, ContainerId, Attempts) = (CallState.Queued, 0, 0, 0);
        (Introduces, Alone) = (false, false);
    }

    public void CancelBy(CancellationToken ct) =>
        _registration = ct.UnsafeRegister(static (call, token) => ((PendingCall)call!).OnCanceled(token), this);

    public void Complete(int result) => _completion.SetResult(result);

    public void Fail(Exception error) => _completion.SetException(error);

    public int GetResult(short token)
    {
        _completion.GetStatus(token); // throws if this is not the result of the call it was made for
        // Waits for a cancellation callback that is running, so that none can reach the object's next life.
        _registration.Dispose();
        try
        {
            return _completion.GetResult(token);
        }
        finally
        {
            Sink = null;
            _completion.Reset();
            owner.Recycle(this);
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _completion.GetStatus(token);

    public void OnCompleted(
        Action<object?> continuation,
        object? state,
        short token,
        ValueTaskSourceOnCompletedFlags flags
    ) => _completion.OnCompleted(continuation, state, token, flags);

    void OnCanceled(CancellationToken token) => owner.Cancel(this, token);
}
