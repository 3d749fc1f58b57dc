using System.IO.Compression;

namespace Fleet.Emulator.Wire;

/// <summary>gzip_packed both ways. Clients send gzip or, as mtcute does, a zlib header; answers are always gzip.</summary>
static class Compression
{
    const byte GzipMagic = 0x1f;

    /// <exception cref="InvalidDataException">Neither form, or more than <paramref name="limit"/> bytes unpacked.</exception>
    public static byte[] Unpack(ReadOnlySpan<byte> packed, int limit)
    {
        if (packed.Length < 2)
            throw new InvalidDataException("gzip_packed without content.");
        using var input = new MemoryStream(packed.ToArray());
        using Stream unpacker =
            packed[0] == GzipMagic
                ? new GZipStream(input, CompressionMode.Decompress)
                : new ZLibStream(input, CompressionMode.Decompress);
        using var output = new MemoryStream();
        var chunk = new byte[8192];
        int read;
        while ((read = unpacker.Read(chunk)) > 0)
        {
            if (output.Length + read > limit)
                throw new InvalidDataException($"gzip_packed holds more than {limit} bytes.");
            output.Write(chunk, 0, read);
        }
        if (output.Length < 4)
            throw new InvalidDataException("gzip_packed holds no object.");
        return output.ToArray();
    }

    public static byte[] Pack(ReadOnlySpan<byte> plain)
    {
        using var output = new MemoryStream();
        using (var packer = new GZipStream(output, CompressionLevel.Fastest))
            packer.Write(plain);
        return output.ToArray();
    }
}
