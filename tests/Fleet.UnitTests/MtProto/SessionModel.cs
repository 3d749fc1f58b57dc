using Fleet.MtProto;
using Fleet.MtProto.Session;
using Fleet.Tl;
using Fleet.Tl.Mtp;
using Fleet.UnitTests.Tl;
using ProtocolViolationException = Fleet.MtProto.ProtocolViolationException;
using RpcException = Fleet.MtProto.RpcException;

namespace Fleet.UnitTests.MtProto;

/// <summary>A session and a server that does anything a server may do, driven by numbers; and what must hold of it:
/// every call completes once, with its own answer or with an error that it can have.</summary>
sealed class SessionModel
{
    const int Kinds = 16;
    const int MostOpenCalls = 24;
    const int RoundsToHeal = 40;
    static readonly int[] Codes = [16, 17, 18, 19, 20, 32, 33, 34, 35, 48, 64];

    readonly Bench _bench;
    readonly List<OpenCall> _open = [];
    readonly SortedDictionary<long, Received> _seen = []; // calls that the server has and did not answer
    readonly Dictionary<long, (Received Call, TlObject Answer)> _withheld = [];
    readonly List<(byte[] Body, long Id)> _history = [];
    readonly Queue<(byte[] Body, long Id)> _held = [];
    readonly HashSet<int> _refused = [];
    long _session; // the one that the server knows
    bool _holds;
    int _made;
    ConnectionLostException? _end;

    public SessionModel()
    {
        _bench = Bench.Introduced();
        _session = _bench.SessionId;
    }

    public string? Run(IEnumerable<int> steps)
    {
        foreach (var step in steps)
        {
            if (_end is null)
                Try(() => Step(step % Kinds, step / Kinds));
            if (Harvest() is { } wrong)
                return $"{wrong} at {step % Kinds}";
        }
        return Heal() ?? Leftovers();
    }

    void Step(int kind, int argument)
    {
        switch (kind)
        {
            case 0 or 1 when _open.Count < MostOpenCalls:
                _open.Add(new OpenCall(_bench, ++_made));
                break;
            case 2:
                Serve(_bench.Flush());
                break;
            case 3 when Take(argument) is { } call:
                Send(Bench.Result(call));
                break;
            case 4 when Take(argument) is { } call:
                _refused.Add(Bench.NumberOf(call));
                Send(Error(call));
                break;
            case 5 when Take(argument) is { } call:
                Send(
                    RecoveryTests.Bad(argument % 2 == 0 ? call.MsgId : call.ContainerId, Codes[argument % Codes.Length])
                );
                break;
            case 6 when Take(argument) is { } call:
                Send(RecoveryTests.BadSalt(call.MsgId, argument));
                break;
            case 7:
                ForgetSession();
                break;
            case 8 when _history.Count > 0:
                var (body, id) = _history[argument % _history.Count];
                _bench.Send(body, id, sessionId: _session);
                break;
            case 9:
                _holds = true;
                break;
            case 10:
                Release();
                break;
            case 11 when _open.Count > 0:
                _open[argument % _open.Count].Cancel();
                break;
            case 12:
                _bench.Pass(1 + (argument % 5));
                break;
            case 13:
                _bench.Flush(); // the server loses what came, and what it knew of it
                break;
            case 14 when Take(argument) is { } call:
                _withheld[call.MsgId] = (call, Bench.Result(call));
                break;
            case 15 when _seen.Count > 1:
                Send(_bench.Container(_seen.Values.Take(3).Select(Bench.Result)));
                foreach (var answered in _seen.Keys.Take(3).ToArray())
                    _seen.Remove(answered);
                break;
        }
    }

    void Serve(List<Received> messages)
    {
        foreach (var message in messages)
        {
            if (message.SessionId != _session)
                BeginSession(message.SessionId);
            if (message.IsCall)
                _seen[message.MsgId] = message;
            else if (message.Body is MsgsStateReq request)
                Send(new MsgsStateInfo { ReqMsgId = message.MsgId, Info = [.. request.MsgIds.Select(StateOf)] });
            else if (message.Body is MsgResendAnsReq wanted)
                Array.ForEach(wanted.MsgIds, Resend);
        }
    }

    byte StateOf(long id) =>
        _withheld.ContainsKey(id) ? (byte)68
        : _seen.ContainsKey(id) ? (byte)4
        : (byte)1;

    void Resend(long id)
    {
        if (_withheld.Remove(id, out var kept))
            Send(kept.Answer);
    }

    // What is under way belongs to the session before; the client knows that one only.
    void BeginSession(long id)
    {
        _session = id;
        _history.Clear();
        _held.Clear();
        _seen.Clear();
        _withheld.Clear();
    }

    void ForgetSession()
    {
        var first = _seen.Count == 0 ? _bench.NextId() - 1 : _seen.Values.Max(m => m.ContainerId) + 4;
        _seen.Clear();
        _withheld.Clear();
        Send(
            new NewSessionCreated
            {
                FirstMsgId = first,
                UniqueId = first,
                ServerSalt = first,
            }
        );
    }

    Received? Take(int which)
    {
        if (_seen.Count == 0)
            return null;
        var call = _seen.Values.ElementAt(which % _seen.Count);
        _seen.Remove(call.MsgId);
        return call;
    }

    void Send(TlObject body)
    {
        var message = (TlBytes.Of(body), _bench.NextId());
        if (_holds)
        {
            _held.Enqueue(message);
            _holds = false;
            return;
        }
        Deliver(message);
        Release();
    }

    void Release()
    {
        while (_held.TryDequeue(out var late))
            Deliver(late);
    }

    void Deliver((byte[] Body, long Id) message)
    {
        _history.Add(message);
        if (_history.Count > 20)
            _history.RemoveAt(0);
        _bench.Send(message.Body, message.Id, sessionId: _session);
    }

    static RpcResult Error(Received call) =>
        new() { ReqMsgId = call.MsgId, Result = TlBytes.Of(new RpcError { ErrorCode = 400, ErrorMessage = "WRONG" }) };

    void Try(Action step)
    {
        try
        {
            step();
        }
        catch (ConnectionLostException e) when (e is ProtocolViolationException { Violation: Violation.Refused })
        {
            _end = e;
            _bench.Session.End(e);
        }
    }

    string? Harvest()
    {
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            if (!_open[i].IsCompleted)
                continue;
            if (_open[i].Judge(_refused, _end) is { } wrong)
                return wrong;
            _open.RemoveAt(i);
        }
        return null;
    }

    /// <summary>An honest server for a while: everything must come to its end.</summary>
    string? Heal()
    {
        for (var round = 0; round < RoundsToHeal && _open.Count > 0 && _end is null; round++)
        {
            Try(() =>
            {
                Release();
                Serve(_bench.Flush());
                while (Take(0) is { } call)
                    Send(Bench.Result(call));
                Send(new Pong { MsgId = 1, PingId = 1 });
                _bench.Pass(1);
            });
            if (Harvest() is { } wrong)
                return wrong;
        }
        return _open.Count == 0 ? null : $"{_open.Count} calls are left";
    }

    string? Leftovers()
    {
        _bench.Flush();
        var load = _bench.Session.Load;
        return
            load is { Pending: 0, Sent: 0, Queued: 0, Remembered: <= MtSession.ReplayWindowSize }
            && (_end is not null || load is { Service: 0, Acks: <= AckQueue.Batch })
            ? null
            : $"left over: {load}";
    }

    sealed class OpenCall
    {
        readonly CancellationTokenSource _cancel = new();
        readonly int _number;
        readonly ValueTask<int> _call;

        public OpenCall(Bench bench, int number)
        {
            _number = number;
#pragma warning disable CA2012 // looked at when it is complete, and once
            _call = bench.Call(number, _cancel.Token);
#pragma warning restore CA2012
        }

        public bool IsCompleted => _call.IsCompleted;

        public void Cancel() => _cancel.Cancel();

        /// <summary>What is wrong with the outcome; null if nothing.</summary>
        public string? Judge(HashSet<int> refused, ConnectionLostException? end)
        {
            using var owned = _cancel;
            try
            {
#pragma warning disable VSTHRD002 // it is complete
                var answer = _call.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
                return answer == _number ? null : $"call {_number} got the answer of {answer}";
            }
            catch (OperationCanceledException)
            {
                return _cancel.IsCancellationRequested ? null : $"call {_number} was not cancelled";
            }
            catch (RpcException)
            {
                return refused.Contains(_number) ? null : $"call {_number} got an error that was not its own";
            }
            catch (CallTimeoutException)
            {
                return null;
            }
            catch (ConnectionLostException e)
            {
                return ReferenceEquals(e, end) ? null : $"call {_number}: {e.Message}";
            }
        }
    }
}
