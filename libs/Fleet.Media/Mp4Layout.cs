using System.Buffers.Binary;

namespace Fleet.Media;

/// <summary>Walks the top-level boxes of an MP4 file: 4 bytes of size, 4 of type, 8 more of size when the size is 1.</summary>
static class Mp4Layout
{
    const int MaxBoxes = 4_096;

    /// <summary>Where the index is, in a whole file or in the first bytes of one.</summary>
    /// <param name="file">Seekable; left anywhere.</param>
    public static async Task<IndexPlace> ReadAsync(Stream file, CancellationToken ct)
    {
        var header = new byte[16];
        var dataSeen = false;
        var at = 0L;
        for (var boxes = 0; boxes < MaxBoxes && at + 8 <= file.Length; boxes++)
        {
            file.Position = at;
            var read = await file.ReadAtLeastAsync(header, 8, throwOnEndOfStream: false, ct);
            if (read < 8)
                break;
            var type = header.AsSpan(4, 4);
            if (type.SequenceEqual("moov"u8))
                return dataSeen ? IndexPlace.Last : IndexPlace.First;
            dataSeen |= type.SequenceEqual("mdat"u8);
            var size = SizeOf(header.AsSpan(0, read));
            if (size < 8 || at > long.MaxValue - size)
                break; // to the end of the file, or nonsense
            at += size;
        }
        return IndexPlace.NotSeen;
    }

    static long SizeOf(ReadOnlySpan<byte> header)
    {
        var size = BinaryPrimitives.ReadUInt32BigEndian(header);
        if (size != 1)
            return size;
        return header.Length >= 16 ? BinaryPrimitives.ReadInt64BigEndian(header[8..]) : 0;
    }
}
