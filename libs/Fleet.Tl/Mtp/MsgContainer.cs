namespace Fleet.Tl.Mtp;

/// <summary><c>message msg_id:long seqno:int bytes:int body:Object</c>, only ever bare and inside a container.</summary>
/// <param name="Body">The boxed object; at most 2^24 bytes, a multiple of four.</param>
public readonly record struct ContainedMessage(long MsgId, int SeqNo, byte[] Body);

/// <summary>
/// <c>msg_container#73f1f8dc messages:vector&lt;%Message&gt; = MessageContainer</c>. By hand: the bodies are kept as
/// bytes, so that one of an unknown type does not lose the others.
/// </summary>
public sealed class MsgContainer : TlObject
{
    public const uint TlId = 0x73f1f8dc;

    /// <summary>The specification allows 1020 messages in one container.</summary>
    public const int MaxMessages = 1020;

    const int MaxBody = 1 << 24;

    public required ContainedMessage[] Messages { get; init; }

    public override uint ConstructorId => TlId;

    public override void Write(TlWriter w)
    {
        w.WriteUInt32(TlId);
        w.WriteInt32(Messages.Length);
        foreach (var (msgId, seqNo, body) in Messages)
        {
            w.WriteInt64(msgId);
            w.WriteInt32(seqNo);
            w.WriteInt32(body.Length);
            w.WriteRaw(body);
        }
    }

    internal static MsgContainer ReadBare(ref TlReader r)
    {
        var start = r.Position;
        var messages = r.ReadBareVector(ReadMessage);
        return messages.Length <= MaxMessages
            ? new() { Messages = messages }
            : throw new TlException(TlFault.TooLarge, $"a container of {messages.Length} messages at {start}");
    }

    static ContainedMessage ReadMessage(ref TlReader r)
    {
        var (msgId, seqNo, length) = (r.ReadInt64(), r.ReadInt32(), r.ReadInt32());
        return length is >= 0 and <= MaxBody && length % 4 == 0
            ? new(msgId, seqNo, r.ReadRaw(length).ToArray())
            : throw new TlException(TlFault.BadLength, $"a message of {length} bytes at {r.Position - 4}");
    }
}
