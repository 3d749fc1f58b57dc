using System.Runtime.InteropServices;
using Fleet.Tl.Mtp;

namespace Fleet.MtProto.Session;

/// <remarks>https://core.telegram.org/mtproto/service_messages_about_messages</remarks>
sealed partial class MtSession
{
    // msgs_state_info: three bits say what became of a message, the others what else is known.
    const int StateBits = 7;
    const byte StateForgotten = 1;
    const byte StateNotReceived = 2;
    const byte StateNotYetReceived = 3;
    const byte StateReceived = 4;
    const byte StateAnswerMade = 64;

    // No message of this kind may name more; without a bound, each id would cost a look at every call under way.
    const int MostIds = 8192;

    // What we asked about last, and the id of the request once it was sent.
    readonly List<long> _asked = [];
    bool _asks;
    long _stateRequestId;
    long _lastAsked;

    /// <summary>The server asks which of its messages have come.</summary>
    void OnStateRequest(long messageId, MsgsStateReq request)
    {
        RequireFew(request.MsgIds);
        lock (_gate)
            SendStates_NeedsLock(messageId, request.MsgIds);
        Signal();
    }

    /// <summary>The server misses messages of ours; those still wanted are sent again.</summary>
    void OnResendRequest(long messageId, MsgResendReq request)
    {
        RequireFew(request.MsgIds);
        var missing = request.MsgIds.ToHashSet();
        var gone = request.MsgIds.ToHashSet();
        lock (_gate)
        {
            foreach (var call in _sent.Values)
            {
                gone.Remove(call.MessageId);
                gone.Remove(call.ContainerId);
            }
            Requeue_NeedsLock(c => missing.Contains(c.MessageId) || missing.Contains(c.ContainerId));
            if (gone.Count > 0)
                SendStates_NeedsLock(messageId, request.MsgIds);
        }
        Signal();
    }

    /// <summary>What became of the calls we asked about: lost ones are sent again, an answer that exists and still does
    /// not come by the next time is asked for.</summary>
    void OnStateInfo(MsgsStateInfo told)
    {
        lock (_gate)
        {
            if (told.ReqMsgId != _stateRequestId)
                return;
            if (told.Info.Length != _asked.Count)
                throw new ProtocolViolationException(Violation.Content, $"{told.Info.Length} of {_asked.Count} states");
            var lost = new HashSet<long>();
            var unheard = new List<long>();
            foreach (var (id, state) in _asked.Zip(told.Info))
            {
                if (!_sent.TryGetValue(id, out var call))
                    continue;
                if ((state & StateBits) is StateForgotten or StateNotReceived or StateNotYetReceived)
                    lost.Add(id);
                else if ((state & StateAnswerMade) != 0 && call.IsAnswered)
                    unheard.Add(id);
                call.IsAnswered = (state & StateAnswerMade) != 0;
            }
            ForgetQuestions_NeedsLock();
            if (lost.Count + unheard.Count > 0)
                Log.StatesTold(_log, lost.Count, unheard.Count);
            Requeue_NeedsLock(c => lost.Contains(c.MessageId));
            if (unheard.Count > 0)
                SendService_NeedsLock(new MsgResendAnsReq { MsgIds = [.. unheard] });
        }
        Signal();
    }

    void AskForStates_NeedsLock(long now)
    {
        if (_asks || _time.GetElapsedTime(_lastAsked, now) < _options.AnswerPatience)
            return;
        ForgetQuestions_NeedsLock();
        foreach (var call in _sent.Values)
        {
            if (_asked.Count < MaxIdsAtOnce && _time.GetElapsedTime(call.SentAt, now) >= _options.AnswerPatience)
                _asked.Add(call.MessageId);
        }
        if (_asked.Count == 0)
            return;
        _asks = true;
        _lastAsked = now;
    }

    void WriteStateRequest_NeedsLock(long messageId)
    {
        _frame.WriteUInt32(MsgsStateReq.TlId);
        _frame.WriteVector(CollectionsMarshal.AsSpan(_asked));
        _stateRequestId = messageId;
    }

    void ForgetQuestions_NeedsLock()
    {
        _asked.Clear();
        (_asks, _stateRequestId) = (false, 0);
    }

    void SendStates_NeedsLock(long requestId, long[] ids)
    {
        var states = Array.ConvertAll(ids, StateOf_NeedsLock);
        SendService_NeedsLock(new MsgsStateInfo { ReqMsgId = requestId, Info = states });
    }

    static void RequireFew(long[] ids)
    {
        if (ids.Length > MostIds)
            throw new ProtocolViolationException(Violation.Content, $"{ids.Length} message ids at once");
    }

    void OnDetailedInfo(MsgDetailedInfo info) => OnAnswerExists(info.AnswerMsgId, _sent.ContainsKey, info.MsgId);

    void OnDetailedInfo(MsgNewDetailedInfo info) => OnAnswerExists(info.AnswerMsgId, static _ => true, 0);

    // The server holds a message back because it is large or because it was sent before: ask for it if it is news.
    void OnAnswerExists(long answerId, Func<long, bool> isWanted, long callId)
    {
        lock (_gate)
        {
            if (_received.Contains(answerId) || !isWanted(callId))
                Acknowledge_NeedsLock(answerId);
            else
                SendService_NeedsLock(new MsgResendReq { MsgIds = [answerId] });
        }
        Signal();
    }

    byte StateOf_NeedsLock(long id) =>
        _received.Contains(id) ? StateReceived
        : _received.IsForgotten(id) ? StateForgotten
        : id > _received.Newest ? StateNotYetReceived
        : StateNotReceived;
}
