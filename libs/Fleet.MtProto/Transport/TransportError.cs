namespace Fleet.MtProto.Transport;

/// <summary>A frame too short for a message: four bytes that say why the server will not talk.</summary>
static class TransportError
{
    const int Bytes = 4;
    const int MostPadding = 15;

    public static ConnectionLostException Read(ReadOnlySpan<byte> payload, bool mayBePadded)
    {
        if (payload.Length >= Bytes && payload.Length <= Bytes + (mayBePadded ? MostPadding : 0))
        {
            var code = BinaryPrimitives.ReadInt32LittleEndian(payload);
            if (code < 0)
                return new TransportErrorException(code);
        }
        return new ProtocolViolationException(Violation.FrameLength, $"{payload.Length} bytes are no message");
    }
}
