using System.Buffers;
using System.IO.Compression;
using Fleet.Tl;

namespace Fleet.MtProto.Session;

/// <summary>The contents of a gzip_packed object in a pooled buffer.</summary>
ref struct Unpacked
{
    const int FirstBytes = 16_384;
    const int GzipMagic = 0x1f;

    byte[] _buffer;
    int _length;

    public readonly ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

    /// <summary>Unpacks <c>gzip_packed packed_data:bytes</c>; takes a gzip header and a zlib one.</summary>
    /// <exception cref="ProtocolViolationException">Broken, or more than <paramref name="limit"/> bytes.</exception>
    public static Unpacked From(ReadOnlySpan<byte> gzipPacked, int limit)
    {
        var reader = new TlReader(gzipPacked);
        reader.ReadUInt32();
        var packed = reader.ReadBytes();
        using var source = new MemoryStream(packed, writable: false);
        using Stream inflater =
            packed.Length > 0 && packed[0] == GzipMagic
                ? new GZipStream(source, CompressionMode.Decompress)
                : new ZLibStream(source, CompressionMode.Decompress);
        var unpacked = new Unpacked { _buffer = ArrayPool<byte>.Shared.Rent(FirstBytes) };
        try
        {
            unpacked.Fill(inflater, limit);
            return unpacked;
        }
        catch (InvalidDataException e)
        {
            unpacked.Dispose();
            throw new ProtocolViolationException(Violation.Packed, "broken", e);
        }
        catch
        {
            unpacked.Dispose();
            throw;
        }
    }

    public readonly void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    void Fill(Stream inflater, int limit)
    {
        while (true)
        {
            if (_length == _buffer.Length)
                Grow(limit);
            var read = inflater.Read(_buffer.AsSpan(_length));
            if (read == 0)
                return;
            _length += read;
            if (_length > limit)
                throw new ProtocolViolationException(Violation.Packed, $"more than {limit} bytes");
        }
    }

    void Grow(int limit)
    {
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(limit + 1L, _buffer.Length * 2L));
        Bytes.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
