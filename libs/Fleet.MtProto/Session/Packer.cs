using System.IO.Compression;
using Fleet.Tl;
using Fleet.Tl.Mtp;

namespace Fleet.MtProto.Session;

/// <summary>gzip_packed, the way out. <see cref="Unpacked"/> is the way in.</summary>
static class Packer
{
    /// <summary>Replaces what was written from <paramref name="start"/> on by gzip_packed of it, if that is shorter.</summary>
    public static void PackFrom(TlWriter writer, int start)
    {
        var plain = writer.WrittenSpan[start..];
        using var packed = new MemoryStream(plain.Length);
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(plain);
        var bytes = packed.GetBuffer().AsSpan(0, (int)packed.Length);
        // constructor 4, length 4, padding at most 3
        if (bytes.Length + 11 >= plain.Length)
            return;
        writer.Truncate(start);
        writer.WriteUInt32(GzipPacked.TlId);
        writer.WriteBytes(bytes);
    }
}
