using Fleet.MtProto.Crypto;
using Fleet.MtProto.Transport;

namespace Fleet.Fuzz;

/// <summary>
/// The framing of every transport: a header is known once all of it is there and not before, it says the same however
/// much follows, and what we seal we read. The first byte of the input names the transport.
/// </summary>
sealed class FrameTarget : FuzzTarget
{
    const int MaxFrameBytes = 1 << 21;

    static readonly FrameCodec[] Codecs =
    [
        .. Enum.GetValues<TransportKind>().Select(kind => FrameCodec.Create(kind, new FuzzRandom().Fill)),
    ];

    public override string Name => "frames";

    public override int Share => 2500;

    public override int MaxInputBytes => 256;

    public override IReadOnlyList<byte[]> Seeds { get; } = [.. Corpus.Hex("frames.hex")];

    public override FuzzOutcome Run(byte[] input)
    {
        if (input.Length == 0)
            return new FuzzOutcome("empty");
        var codec = Codecs[input[0] % Codecs.Length];
        Reseal(codec, input.AsSpan(1));
        var rest = input.AsSpan(1);
        var frames = 0;
        while (true)
        {
            var start = codec.ReadHeader(rest, out var headerBytes, out var payloadBytes);
            if (start == FrameStart.Incomplete)
                return new FuzzOutcome("incomplete", frames);
            CheckHeader(codec, rest, start, headerBytes, payloadBytes);
            if (start == FrameStart.Frame && payloadBytes > MaxFrameBytes)
                return new FuzzOutcome("too large", frames);
            rest = rest[headerBytes..];
            if (start == FrameStart.Frame && payloadBytes > rest.Length)
                return new FuzzOutcome("truncated", frames);
            rest = rest[(start == FrameStart.Frame ? (int)payloadBytes : 0)..];
            frames++;
        }
    }

    static void CheckHeader(FrameCodec codec, Span<byte> rest, FrameStart start, int headerBytes, uint payloadBytes)
    {
        if (headerBytes is < 1 || headerBytes > rest.Length)
            throw new FuzzException($"a header of {headerBytes} bytes in {rest.Length}");
        for (var length = 0; length <= headerBytes; length++)
        {
            var partial = codec.ReadHeader(rest[..length], out var sameHeader, out var samePayload);
            var expected = length < headerBytes ? FrameStart.Incomplete : start;
            if (partial != expected)
                throw new FuzzException($"{length} of {headerBytes} header bytes are {partial}");
            if (length == headerBytes && (sameHeader, samePayload) != (headerBytes, payloadBytes))
                throw new FuzzException("what follows a header changes it");
        }
    }

    static void Reseal(FrameCodec codec, ReadOnlySpan<byte> input)
    {
        var payload = input[..(input.Length & ~3)];
        if (payload.IsEmpty)
            return;
        var frame = new byte[MessageCrypto.Headroom + payload.Length + FrameCodec.TailRoom];
        payload.CopyTo(frame.AsSpan(MessageCrypto.Headroom));
        var stream = frame.AsSpan(codec.Seal(frame, payload.Length));
        var start = codec.ReadHeader(stream, out var headerBytes, out var payloadBytes);
        if (start != FrameStart.Frame || headerBytes + payloadBytes != stream.Length)
            throw new FuzzException("what was sealed does not read as one frame");
        if (!stream.Slice(headerBytes, payload.Length).SequenceEqual(payload))
            throw new FuzzException("sealing changed the payload");
    }
}
