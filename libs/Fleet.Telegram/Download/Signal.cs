using System.Threading.Tasks.Sources;

namespace Fleet.Telegram;

/// <summary>Something that one waiter at a time waits for, again and again, without allocating.</summary>
/// <remarks>Arm, then tell whoever will set it, then await <see cref="WaitAsync"/> exactly once.</remarks>
/// <param name="resumesInline">The waiter goes on inside <see cref="TrySet"/>, not on the thread pool.</param>
sealed class Signal(bool resumesInline = false) : IValueTaskSource
{
    ManualResetValueTaskSourceCore<bool> _completion = new() { RunContinuationsAsynchronously = !resumesInline };
    CancellationTokenRegistration _registration;
    int _armed;

    /// <summary>Makes ready for the next wait; the one before is over.</summary>
    public void Arm()
    {
        _completion.Reset();
        Volatile.Write(ref _armed, 1);
    }

    /// <summary>False when it is not armed: set, failed or cancelled already.</summary>
    public bool TrySet()
    {
        if (Interlocked.Exchange(ref _armed, 0) == 0)
            return false;
        _completion.SetResult(true);
        return true;
    }

    /// <inheritdoc cref="TrySet"/>
    public bool TryFail(Exception error)
    {
        if (Interlocked.Exchange(ref _armed, 0) == 0)
            return false;
        _completion.SetException(error);
        return true;
    }

    public ValueTask WaitAsync(CancellationToken ct)
    {
        var wait = new ValueTask(this, _completion.Version);
        _registration = ct.UnsafeRegister(
            static (signal, token) => ((Signal)signal!).TryFail(new OperationCanceledException(token)),
            this
        );
        return wait;
    }

    void IValueTaskSource.GetResult(short token)
    {
        // Waits for a cancellation callback that is running, so that none can reach the next wait.
        _registration.Dispose();
        _completion.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _completion.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation,
        object? state,
        short token,
        ValueTaskSourceOnCompletedFlags flags
    ) => _completion.OnCompleted(continuation, state, token, flags);
}
