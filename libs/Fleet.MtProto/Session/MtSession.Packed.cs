namespace Fleet.MtProto.Session;

sealed partial class MtSession
{
    void OnPacked(long messageId, ReadOnlySpan<byte> body, Nesting nesting)
    {
        if (nesting == Nesting.Unpacked)
            throw new ProtocolViolationException(Violation.Packed, "packed twice");
        using var unpacked = Unpacked.From(body, _options.MaxUnpackedBytes);
        if (unpacked.Bytes.Length < 4)
            throw new ProtocolViolationException(Violation.Packed, "an object of less than 4 bytes");
        Dispatch(messageId, unpacked.Bytes, Nesting.Unpacked);
    }
}
