using Fleet.Tl;

namespace Fleet.MtProto.Session;

sealed partial class MtSession
{
    // A server that refuses the same message so often will not take it at all.
    const int MaxAttempts = 6;

    readonly Queue<PendingCall> _queue = new();
    readonly Dictionary<long, PendingCall> _sent = [];

    // Message ids of calls given up, for rpc_drop_answer.
    readonly Queue<long> _drops = new();
    readonly Stack<PendingCall> _spare = new();
    readonly List<PendingCall> _scratch = [];
    int _pending;

    /// <summary>Queues a call. Its awaitable must be awaited once.</summary>
    public ValueTask<int> CallAsync(TlObject method, IReplySink sink, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        PendingCall call;
        lock (_gate)
        {
            if (_end is not null)
                return ValueTask.FromException<int>(_end);
            if (_pending >= _options.MaxPendingCalls)
                throw new InvalidOperationException($"{_pending} calls are pending, as many as the options allow");
            call = _spare.TryPop(out var spare) ? spare : new PendingCall(this);
            _pending++;
            try
            {
                call.Begin(method, sink, _time.GetTimestamp());
            }
            catch
            {
                _pending--;
                _spare.Push(call);
                throw;
            }
            _queue.Enqueue(call);
        }
        call.CancelBy(ct);
        Signal();
        return call.Task;
    }

    /// <summary>The caller does not want the answer any more.</summary>
    public void Cancel(PendingCall call, CancellationToken ct)
    {
        lock (_gate)
        {
            if (!TryAbandon_NeedsLock(call))
                return;
        }
        Signal();
        call.Fail(new OperationCanceledException(ct));
    }

    /// <summary>The result of <paramref name="call"/> was taken.</summary>
    public void Recycle(PendingCall call)
    {
        lock (_gate)
        {
            if (_spare.Count < _options.MaxPendingCalls)
                _spare.Push(call);
        }
    }

    // False when somebody else has it already.
    bool TryAbandon_NeedsLock(PendingCall call)
    {
        switch (call.State)
        {
            case CallState.Taken:
                return false;
            case CallState.Sent:
                _sent.Remove(call.MessageId);
                if (_drops.Count < _options.MaxPendingCalls)
                    _drops.Enqueue(call.MessageId);
                break;
            default:
                RemoveQueued_NeedsLock(call);
                break;
        }
        Take_NeedsLock(call);
        return true;
    }

    // One turn of the queue, in place: calls cancelled while the network stands still must not pile up in it.
    void RemoveQueued_NeedsLock(PendingCall call)
    {
        for (var left = _queue.Count; left > 0; left--)
        {
            var first = _queue.Dequeue();
            if (first != call)
                _queue.Enqueue(first);
        }
    }

    /// <summary>The call that was sent with this id, now the caller's to complete; null if nobody waits.</summary>
    PendingCall? TakeSentOrNull(long messageId)
    {
        lock (_gate)
        {
            if (!_sent.Remove(messageId, out var call))
                return null;
            Take_NeedsLock(call);
            return call;
        }
    }

    void TakeAll_NeedsLock(List<PendingCall> calls)
    {
        calls.AddRange(_sent.Values);
        calls.AddRange(_queue);
        foreach (var call in calls)
            Take_NeedsLock(call);
        _sent.Clear();
        _queue.Clear();
    }

    void Take_NeedsLock(PendingCall call)
    {
        call.State = CallState.Taken;
        _pending--;
    }

    void MarkSent_NeedsLock(PendingCall call, long messageId, bool introduces)
    {
        call.State = CallState.Sent;
        call.SentAt = _time.GetTimestamp();
        call.IsAnswered = false;
        call.MessageId = call.ContainerId = messageId;
        call.Introduces = introduces;
        call.Attempts++;
        _sent.Add(messageId, call);
    }

    /// <summary>Sends again, under new ids, the sent calls that <paramref name="which"/> names.</summary>
    /// <returns>How many.</returns>
    int Requeue_NeedsLock(Func<PendingCall, bool> which)
    {
        _scratch.Clear();
        _scratch.AddRange(_sent.Values.Where(which));
        foreach (var call in _scratch)
        {
            if (call.Attempts >= MaxAttempts)
                throw new ProtocolViolationException(Violation.Refused, $"a call was sent {call.Attempts} times");
            _sent.Remove(call.MessageId);
            call.State = CallState.Queued;
            _queue.Enqueue(call);
        }
        if (_scratch.Count > 0)
        {
            _pinged = _options.ServerCloses is null;
            Signal();
        }
        return _scratch.Count;
    }

    int RequeueMessage_NeedsLock(long messageId) => Requeue_NeedsLock(c => IsIn(c, messageId));

    static bool IsIn(PendingCall call, long messageId) => call.MessageId == messageId || call.ContainerId == messageId;
}
