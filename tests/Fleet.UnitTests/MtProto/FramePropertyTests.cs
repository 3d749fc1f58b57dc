using Fleet.MtProto.Crypto;
using Fleet.MtProto.Transport;
using FsCheck;
using FsCheck.Fluent;

namespace Fleet.UnitTests.MtProto;

/// <summary>What holds for frames of every length and for any bytes where a frame should be.</summary>
[Category("engine")]
public sealed class FramePropertyTests
{
    [Test]
    public void A_sealed_payload_of_any_length_reads_as_one_frame_that_starts_with_it([Values] TransportKind kind)
    {
        Prop.ForAll(
                Gen.Choose(1, 40_000).ToArbitrary(),
                words =>
                {
                    var payload = Content(4 * words);
                    var stream = Seal(kind, payload);
                    var start = Codec(kind).ReadHeader(stream, out var header, out var body);
                    return start == FrameStart.Frame
                        && header + body == stream.Length
                        && stream.AsSpan(header, payload.Length).SequenceEqual(payload);
                }
            )
            .QuickCheckThrowOnFailure();
    }

    [Test]
    public void What_follows_a_header_changes_nothing_and_less_than_a_header_is_incomplete([Values] TransportKind kind)
    {
        Prop.ForAll(
                ArbMap.Default.ArbFor<byte[]>(),
                bytes =>
                {
                    var start = Codec(kind).ReadHeader(bytes, out var header, out var body);
                    if (start == FrameStart.Incomplete)
                        return bytes.Length < MessageCrypto.Headroom;
                    for (var length = 0; length < header; length++)
                    {
                        if (Codec(kind).ReadHeader(bytes.AsSpan(0, length), out _, out _) != FrameStart.Incomplete)
                            return false;
                    }
                    return Codec(kind).ReadHeader(bytes.AsSpan(0, header), out var same, out var sameBody) == start
                        && (same, sameBody) == (header, body);
                }
            )
            .QuickCheckThrowOnFailure();
    }

    static FrameCodec Codec(TransportKind kind) => FrameCodec.Create(kind, destination => destination.Fill(7));

    static byte[] Seal(TransportKind kind, byte[] payload)
    {
        var frame = new byte[MessageCrypto.Headroom + payload.Length + FrameCodec.TailRoom];
        payload.CopyTo(frame, MessageCrypto.Headroom);
        return frame[Codec(kind).Seal(frame, payload.Length)];
    }

    static byte[] Content(int length)
    {
        var content = new byte[length];
        new Random(length).NextBytes(content);
        return content;
    }
}
