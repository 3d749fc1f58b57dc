using Fleet.MtProto.Crypto;

namespace Fleet.MtProto.Transport;

/// <summary>Length of the whole frame, number of the frame from 0 in each direction, payload, CRC-32 of all before it.</summary>
/// <remarks>https://core.telegram.org/mtproto/mtproto-transports#full</remarks>
sealed class FullCodec : FrameCodec
{
    const int HeaderBytes = 8;
    const int SumBytes = 4;
    const int LeastBytes = HeaderBytes + 4 + SumBytes;

    int _sent;
    int _received;

    /// <summary>None: the server knows this transport by its first frame.</summary>
    public override ReadOnlyMemory<byte> Hello => default;

    public override FrameStart ReadHeader(ReadOnlySpan<byte> received, out int headerBytes, out uint bodyBytes)
    {
        (headerBytes, bodyBytes) = (HeaderBytes, 0);
        if (received.Length < HeaderBytes)
            return FrameStart.Incomplete;
        var frameBytes = BinaryPrimitives.ReadUInt32LittleEndian(received);
        bodyBytes = frameBytes >= LeastBytes ? frameBytes - HeaderBytes : 0;
        return FrameStart.Frame;
    }

    public override int Open(ReadOnlySpan<byte> frame)
    {
        var number = BinaryPrimitives.ReadInt32LittleEndian(frame[4..]);
        if (number != _received)
            throw new ProtocolViolationException(Violation.FrameNumber, $"frame {number} in place of {_received}");
        if (BinaryPrimitives.ReadUInt32LittleEndian(frame[^SumBytes..]) != Crc32.Of(frame[..^SumBytes]))
            throw new ProtocolViolationException(Violation.Checksum, $"of frame {number}");
        _received++;
        return frame.Length - HeaderBytes - SumBytes;
    }

    public override Range Seal(Span<byte> frame, int payloadBytes)
    {
        var end = MessageCrypto.Headroom + payloadBytes;
        BinaryPrimitives.WriteInt32LittleEndian(frame, HeaderBytes + payloadBytes + SumBytes);
        BinaryPrimitives.WriteInt32LittleEndian(frame[4..], _sent++);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[end..], Crc32.Of(frame[..end]));
        return ..(end + SumBytes);
    }
}
