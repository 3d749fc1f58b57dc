using Fleet.Tl.Mtp;

namespace Fleet.MtProto.Session;

sealed partial class MtSession
{
    /// <summary>The server refused a message of ours, or the container it was in.</summary>
    /// <remarks>https://core.telegram.org/mtproto/service_messages_about_messages#notice-of-ignored-error-message</remarks>
    void OnBadMessage(long messageId, BadMsgNotification notice)
    {
        Log.BadMessage(_log, notice.ErrorCode);
        lock (_gate)
        {
            switch (notice.ErrorCode)
            {
                case 16: // msg_id too low: our clock is behind
                    _ids.Synchronize(messageId);
                    RequeueMessage_NeedsLock(notice.BadMsgId);
                    break;
                case 17: // too high: ids of this session may not go back, so a new one
                    _ids.Synchronize(messageId);
                    RestartSession_NeedsLock(notice.BadMsgId);
                    break;
                case 32: // seqno too low
                case 33: // too high
                case 34: // even expected
                case 35: // odd expected
                    RestartSession_NeedsLock(notice.BadMsgId);
                    break;
                case 64: // bad container
                    foreach (var call in _sent.Values.Where(c => IsIn(c, notice.BadMsgId)))
                        call.Alone = true;
                    RequeueMessage_NeedsLock(notice.BadMsgId);
                    break;
                case 18: // msg_id not a multiple of 4
                case 19: // a container with the same id came before
                case 20: // too old to tell whether it came before
                case 48: // wrong salt; the right one comes in bad_server_salt
                    RequeueMessage_NeedsLock(notice.BadMsgId);
                    break;
                default:
                    throw new ProtocolViolationException(Violation.Refused, $"bad_msg_notification {notice.ErrorCode}");
            }
        }
    }

    // Several messages of one session may be refused together; the first notice ended that session.
    void RestartSession_NeedsLock(long badMessageId)
    {
        if (_ids.IsOfSession(badMessageId))
            StartNewSession_NeedsLock();
    }

    /// <summary>True for a notice that says our clock is wrong, which may come in a message that looks untimely for
    /// that very reason; and for a container, which may hold one.</summary>
    // bad_msg_notification 4, bad_msg_id 8, bad_msg_seqno 4, error_code 4
    static bool MayCorrectClock(ReadOnlySpan<byte> body) =>
        BinaryPrimitives.ReadUInt32LittleEndian(body) switch
        {
            MsgContainer.TlId => true,
            BadMsgNotification.TlId when body.Length >= 20 => BinaryPrimitives.ReadInt32LittleEndian(body[16..])
                is 16
                    or 17,
            _ => false,
        };

    /// <summary>Code 48: the message was not taken because of its salt; here is the right one.</summary>
    void OnBadServerSalt(BadServerSalt notice)
    {
        lock (_gate)
        {
            _salts.Correct(notice.NewServerSalt);
            RequeueMessage_NeedsLock(notice.BadMsgId);
        }
    }
}
