using Fleet.Tl;
using Fleet.Tl.Mtp;

namespace Fleet.MtProto.Session;

sealed partial class MtSession
{
    // A server that refuses the same message so often will not take it at all.
    const int MaxAttempts = 6;

    readonly Queue<PendingCall> _queue = new();
    readonly Dictionary<long, PendingCall> _sent = [];
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
            if (call.IsReusable && _spare.Count < _options.MaxPendingCalls)
                _spare.Push(call);
        }
    }

    // False when somebody else has it already. A call still queued stays there, passed over, so it cannot be reused.
    bool TryAbandon_NeedsLock(PendingCall call)
    {
        switch (call.State)
        {
            case CallState.Taken:
                return false;
            case CallState.Sent:
                _sent.Remove(call.MessageId);
                SendService_NeedsLock(new RpcDropAnswer { ReqMsgId = call.MessageId });
                break;
            default:
                call.IsReusable = false;
                break;
        }
        Take_NeedsLock(call);
        return true;
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
        calls.AddRange(_queue.Where(c => c.State == CallState.Queued));
        foreach (var call in calls)
        {
            call.IsReusable = false;
            Take_NeedsLock(call);
        }
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
            Signal();
        return _scratch.Count;
    }

    int RequeueMessage_NeedsLock(long messageId) =>
        Requeue_NeedsLock(c => c.MessageId == messageId || c.ContainerId == messageId);
}
