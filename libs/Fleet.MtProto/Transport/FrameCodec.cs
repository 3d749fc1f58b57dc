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

/// <summary>How one message becomes bytes of the stream, and how its length is read back.</summary>
abstract class FrameCodec
{
    /// <summary>Room that <see cref="Seal"/> needs behind the payload.</summary>
    public const int TailRoom = 16;

    /// <summary>Sent once, before the first frame; tells the server which transport this is.</summary>
    public abstract ReadOnlyMemory<byte> Hello { get; }

    /// <summary>True when up to 15 bytes behind an encrypted message do not belong to it.</summary>
    public virtual bool AllowsPadding => false;

    public static FrameCodec Create(TransportKind kind, RandomFill random) =>
        kind switch
        {
            TransportKind.Intermediate => new IntermediateCodec(),
            TransportKind.PaddedIntermediate => new PaddedIntermediateCodec(random),
            TransportKind.Abridged => new AbridgedCodec(),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such transport"),
        };

    /// <summary>Reads the header at the start of <paramref name="received"/>.</summary>
    public abstract FrameStart ReadHeader(ReadOnlySpan<byte> received, out int headerBytes, out uint payloadBytes);

    /// <summary>Puts the header into the headroom before the payload, and what follows behind it.</summary>
    /// <param name="frame"><see cref="MessageCrypto.Headroom"/>, the payload, <see cref="TailRoom"/>.</param>
    /// <param name="payloadBytes">Length of the payload, a multiple of 4.</param>
    /// <returns>The part of <paramref name="frame"/> that goes on the stream.</returns>
    public abstract Range Seal(Span<byte> frame, int payloadBytes);
}
