namespace Fleet.Tl.Mtp;

/// <summary>
/// <c>rpc_result#f35c6d01 req_msg_id:long result:Object = RpcResult</c>. By hand: the result runs to the end of the
/// message and only the caller knows its type (it may be a vector), so it is kept as bytes.
/// </summary>
public sealed class RpcResult : TlObject
{
    public const uint TlId = 0xf35c6d01;

    public required long ReqMsgId { get; init; }

    /// <summary>The boxed result, rpc_error or gzip_packed.</summary>
    public required byte[] Result { get; init; }

    public override uint ConstructorId => TlId;

    public override void Write(TlWriter w)
    {
        w.WriteUInt32(TlId);
        w.WriteInt64(ReqMsgId);
        w.WriteRaw(Result);
    }

    internal static RpcResult ReadBare(ref TlReader r) =>
        new() { ReqMsgId = r.ReadInt64(), Result = r.ReadRaw(r.Remaining).ToArray() };
}
