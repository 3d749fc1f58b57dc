using Fleet.Tl.Mtp;

namespace Fleet.MtProto.Session;

sealed partial class MtSession
{
    /// <summary>The server began to keep this session; it never saw what we sent before first_msg_id.</summary>
    /// <remarks>first_msg_id may be that of a container, so a call counts by the container it was in.</remarks>
    void OnNewSession(NewSessionCreated notice)
    {
        lock (_gate)
        {
            _salts.Correct(notice.ServerSalt);
            Requeue_NeedsLock(c => c.ContainerId < notice.FirstMsgId);
        }
    }

    void OnFutureSalts(FutureSalts answer)
    {
        lock (_gate)
        {
            _salts.Learn(answer.Salts);
            OnProbeAnswered_NeedsLock(answer.ReqMsgId);
        }
    }
}
