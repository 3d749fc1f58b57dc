using Fleet.MtProto.Crypto;

namespace Fleet.MtProto.Transport;

/// <summary>Length in words of four bytes: one byte below 127, else 127 and three bytes.</summary>
/// <remarks>https://core.telegram.org/mtproto/mtproto-transports#abridged</remarks>
sealed class AbridgedCodec : FrameCodec
{
    const int LongForm = 127;
    const int QuickAckBit = 128;
    const int WordBytes = 4;

    static readonly byte[] HelloBytes = [0xef];

    public override ReadOnlyMemory<byte> Hello => HelloBytes;

    public override FrameStart ReadHeader(ReadOnlySpan<byte> received, out int headerBytes, out uint bodyBytes)
    {
        (headerBytes, bodyBytes) = (1, 0);
        if (received.IsEmpty)
            return FrameStart.Incomplete;
        if (received[0] < LongForm)
        {
            bodyBytes = received[0] * (uint)WordBytes;
            return FrameStart.Frame;
        }
        headerBytes = 4;
        if (received.Length < headerBytes)
            return FrameStart.Incomplete;
        if (received[0] >= QuickAckBit)
            return FrameStart.QuickAck;
        bodyBytes = (BinaryPrimitives.ReadUInt32LittleEndian(received) >> 8) * WordBytes;
        return FrameStart.Frame;
    }

    public override Range Seal(Span<byte> frame, int payloadBytes)
    {
        var words = payloadBytes / WordBytes;
        var start = MessageCrypto.Headroom - (words < LongForm ? 1 : 4);
        if (words < LongForm)
            frame[start] = (byte)words;
        else
            BinaryPrimitives.WriteInt32LittleEndian(frame[start..], (words << 8) | LongForm);
        return start..(MessageCrypto.Headroom + payloadBytes);
    }
}
