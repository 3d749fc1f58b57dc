using Fleet.MtProto;
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

    static readonly TransportKind[] Framings =
    [
        TransportKind.Intermediate,
        TransportKind.PaddedIntermediate,
        TransportKind.Abridged,
        TransportKind.Full,
    ];

    public override string Name => "frames";

    public override int Share => 1500;

    public override int MaxInputBytes => 256;

    public override IReadOnlyList<byte[]> Seeds { get; } = [.. Corpus.Hex("frames.hex")];

    public override FuzzOutcome Run(byte[] input)
    {
        if (input.Length == 0)
            return new FuzzOutcome("empty");
        var codec = FrameCodec.Create(Framings[input[0] % Framings.Length], new FuzzRandom().Fill);
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
            if (start == FrameStart.Frame && payloadBytes > rest.Length - headerBytes)
                return new FuzzOutcome("truncated", frames);
            if (start == FrameStart.Frame && payloadBytes > 0 && !IsTaken(codec, rest, headerBytes, (int)payloadBytes))
                return new FuzzOutcome("refused", frames);
            rest = rest[headerBytes..];
            rest = rest[(start == FrameStart.Frame ? (int)payloadBytes : 0)..];
            frames++;
        }
    }

    static bool IsTaken(FrameCodec codec, ReadOnlySpan<byte> stream, int headerBytes, int bodyBytes)
    {
        var frame = new byte[MessageCrypto.Headroom + bodyBytes];
        stream[..(headerBytes + bodyBytes)].CopyTo(frame.AsSpan(MessageCrypto.Headroom - headerBytes));
        try
        {
            var payloadBytes = codec.Open(frame);
            return payloadBytes >= 0 && payloadBytes <= bodyBytes
                ? true
                : throw new FuzzException($"a payload of {payloadBytes} bytes in {bodyBytes}");
        }
        catch (ProtocolViolationException)
        {
            return false;
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
        if (!IsTaken(codec, stream, headerBytes, (int)payloadBytes))
            throw new FuzzException("what was sealed is refused");
    }
}
