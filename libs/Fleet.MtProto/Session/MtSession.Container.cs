using Fleet.Tl;
using Fleet.Tl.Mtp;

namespace Fleet.MtProto.Session;

sealed partial class MtSession
{
    // constructor 4, count 4; per message: msg_id 8, seqno 4, length 4
    void OnContainer(ReadOnlySpan<byte> body, Nesting nesting)
    {
        if (nesting is not (Nesting.Outermost or Nesting.Untimely))
            throw new ProtocolViolationException(Violation.Container, "a container in a container");
        var reader = new TlReader(body);
        reader.ReadUInt32();
        var count = reader.ReadInt32();
        if (count is < 0 or > MsgContainer.MaxMessages)
            throw new ProtocolViolationException(Violation.Container, $"{count} messages");
        var inner = nesting == Nesting.Outermost ? Nesting.InContainer : Nesting.InUntimely;
        for (var i = 0; i < count; i++)
        {
            var messageId = reader.ReadInt64();
            var seqNo = reader.ReadInt32();
            var length = reader.ReadInt32();
            if (length < 4 || length % 4 != 0 || length > reader.Remaining)
                throw new ProtocolViolationException(Violation.Container, $"a message of {length} bytes");
            OnMessage(messageId, seqNo, reader.ReadRaw(length), inner);
        }
    }
}
