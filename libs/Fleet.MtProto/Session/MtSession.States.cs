using Fleet.Tl.Mtp;

namespace Fleet.MtProto.Session;

sealed partial class MtSession
{
    // https://core.telegram.org/mtproto/service_messages_about_messages#request-for-message-status-information
    const byte StateForgotten = 1;
    const byte StateNotReceived = 2;
    const byte StateReceived = 4;

    // No message of this kind may name more; without a bound, each id would cost a look at every call under way.
    const int MostIds = 8192;

    /// <summary>The server asks which of its messages have come.</summary>
    void OnStateRequest(long messageId, MsgsStateReq request)
    {
        RequireFew(request.MsgIds);
        lock (_gate)
        {
            var states = Array.ConvertAll(request.MsgIds, StateOf_NeedsLock);
            SendService_NeedsLock(new MsgsStateInfo { ReqMsgId = messageId, Info = states });
        }
        Signal();
    }

    /// <summary>The server misses messages of ours; those still wanted are sent again.</summary>
    void OnResendRequest(MsgResendReq request)
    {
        RequireFew(request.MsgIds);
        var missing = request.MsgIds.ToHashSet();
        lock (_gate)
            Requeue_NeedsLock(c => missing.Contains(c.MessageId) || missing.Contains(c.ContainerId));
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
        : StateNotReceived;
}
