using Fleet.MtProto.Crypto;

namespace Fleet.MtProto.Transport;

/// <summary>Length in four bytes, little-endian; its top bit set means that the four bytes are a quick acknowledgment.</summary>
/// <remarks>https://core.telegram.org/mtproto/mtproto-transports#intermediate</remarks>
class IntermediateCodec : FrameCodec
{
    protected const int LengthBytes = 4;
    const uint QuickAckBit = 0x8000_0000;

    static readonly byte[] HelloBytes = [0xee, 0xee, 0xee, 0xee];

    public override ReadOnlyMemory<byte> Hello => HelloBytes;

    public override FrameStart ReadHeader(ReadOnlySpan<byte> received, out int headerBytes, out uint bodyBytes)
    {
        (headerBytes, bodyBytes) = (LengthBytes, 0);
        if (received.Length < LengthBytes)
            return FrameStart.Incomplete;
        bodyBytes = BinaryPrimitives.ReadUInt32LittleEndian(received);
        return (bodyBytes & QuickAckBit) == 0 ? FrameStart.Frame : FrameStart.QuickAck;
    }

    public override Range Seal(Span<byte> frame, int payloadBytes)
    {
        const int Start = MessageCrypto.Headroom - LengthBytes;
        BinaryPrimitives.WriteInt32LittleEndian(frame[Start..], payloadBytes);
        return Start..(MessageCrypto.Headroom + payloadBytes);
    }
}
