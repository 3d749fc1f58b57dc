using Fleet.MtProto.Crypto;

namespace Fleet.MtProto.Transport;

/// <summary>Intermediate with 0 to 15 random bytes behind each message, which the length counts.</summary>
/// <remarks>https://core.telegram.org/mtproto/mtproto-transports#padded-intermediate</remarks>
sealed class PaddedIntermediateCodec(RandomFill random) : IntermediateCodec
{
    const int MaxPadding = 15;

    static readonly byte[] HelloBytes = [0xdd, 0xdd, 0xdd, 0xdd];

    public override ReadOnlyMemory<byte> Hello => HelloBytes;

    public override bool AllowsPadding => true;

    public override Range Seal(Span<byte> frame, int payloadBytes)
    {
        Span<byte> choice = stackalloc byte[1];
        random(choice);
        var padding = choice[0] & MaxPadding;
        random(frame.Slice(MessageCrypto.Headroom + payloadBytes, padding));
        return base.Seal(frame, payloadBytes + padding);
    }
}
