using System.Buffers.Binary;

namespace Fleet.Media;

/// <summary>Recognises containers by their first bytes, without running anything.</summary>
public static class ContainerSniffer
{
    const uint EbmlMagic = 0x1A45DFA3;
    const int EbmlHeaderBytes = 64;

    static ReadOnlySpan<byte> DocTypeWebm => [0x42, 0x82, 0x84, (byte)'w', (byte)'e', (byte)'b', (byte)'m'];

    /// <summary>mp4, mov, mkv or webm; null for everything else.</summary>
    public static string? SniffOrNull(ReadOnlySpan<byte> head)
    {
        if (head.Length < 12)
            return null;
        if (BinaryPrimitives.ReadUInt32BigEndian(head) == EbmlMagic)
            return head[..Math.Min(head.Length, EbmlHeaderBytes)].IndexOf(DocTypeWebm) >= 0 ? "webm" : "mkv";
        var type = head[4..8];
        if (type.SequenceEqual("ftyp"u8))
            return head[8..12].SequenceEqual("qt  "u8) ? "mov" : "mp4";
        var isOldQuickTime =
            type.SequenceEqual("moov"u8) || type.SequenceEqual("mdat"u8) || type.SequenceEqual("wide"u8);
        return isOldQuickTime ? "mov" : null;
    }

    /// <summary>Our name for FFmpeg's, when the first bytes did not tell.</summary>
    internal static string NameOf(string ffmpegFormat) =>
        ffmpegFormat switch
        {
            "matroska,webm" => "mkv",
            "mov,mp4,m4a,3gp,3g2,mj2" => "mp4",
            _ => ffmpegFormat,
        };
}
