using Fleet.Tl;
using Fleet.Tl.Mtp;

namespace Fleet.MtProto.Session;

sealed partial class MtSession
{
    // rpc_result 4, req_msg_id 8
    const int ResultOffset = 12;

    void OnRpcResult(ReadOnlySpan<byte> body)
    {
        var reader = new TlReader(body);
        reader.ReadUInt32();
        var callId = reader.ReadInt64();
        if (reader.PeekUInt32() != GzipPacked.TlId)
        {
            Answer(callId, body[ResultOffset..]);
            return;
        }
        using var unpacked = Unpack(body[ResultOffset..]);
        Answer(callId, unpacked.Bytes);
    }

    void Answer(long callId, ReadOnlySpan<byte> result)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(result) == RpcError.TlId)
            AnswerError(callId, Read<RpcError>(result));
        else if (TakeSentOrNull(callId) is { } call)
            AnswerResult(call, result);
    }

    void AnswerError(long callId, RpcError answer)
    {
        var error = RpcException.Parse(answer.ErrorCode, answer.ErrorMessage);
        if (error.Code == 400 && (error.Is("CONNECTION_NOT_INITED") || error.Is("CONNECTION_LAYER_INVALID")))
        {
            lock (_gate)
            {
                _introduced = false;
                RequeueMessage_NeedsLock(callId);
            }
            return;
        }
        TakeSentOrNull(callId)?.Fail(error);
    }

    void AnswerResult(PendingCall call, ReadOnlySpan<byte> result)
    {
        if (call.Introduces)
            _introduced = true;
        int taken;
        try
        {
            taken = call.Sink!.OnReply(result);
        }
#pragma warning disable CA1031 // the sink is the caller's code: whatever it throws belongs to its call, not to the connection
        catch (Exception e)
#pragma warning restore CA1031
        {
            call.Fail(e);
            return;
        }
        call.Complete(taken);
    }
}
