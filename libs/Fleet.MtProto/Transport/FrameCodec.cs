using Fleet.MtProto.Crypto;

namespace Fleet.MtProto.Transport;

/// <summary>What stands at the start of received bytes.</summary>
enum FrameStart
{
    /// <summary>Not enough bytes to tell.</summary>
    Incomplete,

    /// <summary>The header of a frame.</summary>
    Frame,

    /// <summary>A quick acknowledgment: four bytes without a frame. We never ask for one.</summary>
    QuickAck,
}

/// <summary>How one message becomes bytes of the stream, and how its length is read back. One per connection.</summary>
abstract class FrameCodec
{
    /// <summary>Room that <see cref="Seal"/> needs behind the payload.</summary>
    public const int TailRoom = 16;

    /// <summary>Sent once, before the first frame; tells the server which transport this is. Repeated to four bytes it is
    /// the tag within an obfuscated stream.</summary>
    public abstract ReadOnlyMemory<byte> Hello { get; }

    /// <summary>True when up to 15 bytes behind an encrypted message do not belong to it.</summary>
    public virtual bool AllowsPadding => false;

    public static FrameCodec Create(TransportKind kind, RandomFill random) =>
        kind switch
        {
            TransportKind.Intermediate or TransportKind.ObfuscatedIntermediate => new IntermediateCodec(),
            TransportKind.PaddedIntermediate or TransportKind.ObfuscatedPadded => new PaddedIntermediateCodec(random),
            TransportKind.Abridged or TransportKind.ObfuscatedAbridged => new AbridgedCodec(),
            TransportKind.Full => new FullCodec(),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such transport"),
        };

    /// <summary>Reads the header at the start of <paramref name="received"/>, of at most
    /// <see cref="MessageCrypto.Headroom"/> bytes.</summary>
    /// <param name="received">Bytes of the stream from where a frame starts.</param>
    /// <param name="headerBytes">Length of the header.</param>
    /// <param name="bodyBytes">Length of what belongs to the frame behind it; 0 for one that no frame has.</param>
    public abstract FrameStart ReadHeader(ReadOnlySpan<byte> received, out int headerBytes, out uint bodyBytes);

    /// <summary>Checks a frame that was received whole.</summary>
    /// <param name="frame"><see cref="MessageCrypto.Headroom"/> that ends with the header, then the body.</param>
    /// <returns>Length of the payload, with which the body begins.</returns>
    /// <exception cref="ProtocolViolationException">It is not the frame that was sent, or not the next one.</exception>
    public virtual int Open(ReadOnlySpan<byte> frame) => frame.Length - MessageCrypto.Headroom;

    /// <summary>Puts the header into the headroom before the payload, and what follows behind it.</summary>
    /// <param name="frame"><see cref="MessageCrypto.Headroom"/>, the payload, <see cref="TailRoom"/>.</param>
    /// <param name="payloadBytes">Length of the payload, a multiple of 4.</param>
    /// <returns>The part of <paramref name="frame"/> that goes on the stream.</returns>
    public abstract Range Seal(Span<byte> frame, int payloadBytes);
}
