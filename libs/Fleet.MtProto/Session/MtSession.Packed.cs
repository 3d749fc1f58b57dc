namespace Fleet.MtProto.Session;

sealed partial class MtSession
{
    // As many as a container has messages.
    const int MostPackedPerFrame = 1020;

    // What the frame at hand may still unpack. Of the receive loop alone.
    int _packedLeft;
    int _unpackedBytesLeft;

    void AllowUnpacking() => (_packedLeft, _unpackedBytesLeft) = (MostPackedPerFrame, _options.MaxUnpackedBytes);

    void OnPacked(long messageId, ReadOnlySpan<byte> body, Nesting nesting)
    {
        if (nesting == Nesting.Unpacked)
            throw new ProtocolViolationException(Violation.Packed, "packed twice");
        using var unpacked = Unpack(body);
        Dispatch(messageId, unpacked.Bytes, Nesting.Unpacked);
    }

    /// <summary>Unpacks within what is left to the frame, so that many small bombs cost no more than one.</summary>
    Unpacked Unpack(ReadOnlySpan<byte> gzipPacked)
    {
        if (--_packedLeft < 0)
            throw new ProtocolViolationException(Violation.Packed, $"more than {MostPackedPerFrame} objects");
        var unpacked = Unpacked.From(gzipPacked, _unpackedBytesLeft);
        _unpackedBytesLeft -= unpacked.Bytes.Length;
        if (unpacked.Bytes.Length >= 4)
            return unpacked;
        unpacked.Dispose();
        throw new ProtocolViolationException(Violation.Packed, "an object of less than 4 bytes");
    }
}
