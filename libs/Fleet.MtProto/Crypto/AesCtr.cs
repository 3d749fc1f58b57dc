using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Fleet.MtProto.Crypto;

/// <summary>AES-256-CTR as a stream that goes on where the last call ended: 128-bit big-endian counter, pieces of any
/// length, in place, nothing allocated per call.</summary>
/// <remarks>The key stream is made 4 KiB at a time by the platform's AES, which then works on many blocks at once; asked
/// for one block after another it is forty times slower.</remarks>
public sealed class AesCtr : IDisposable
{
    /// <summary>Bytes of a key.</summary>
    public const int KeyBytes = 32;

    /// <summary>Bytes of a counter, and of what it encrypts at once.</summary>
    public const int IvBytes = 16;

    const int ChunkBytes = 4096;

    readonly ICryptoTransform _encryptor;
    readonly byte[] _counters = new byte[ChunkBytes];
    readonly byte[] _stream = new byte[ChunkBytes];
    UInt128 _counter;
    int _used = ChunkBytes;

    /// <summary>Begins at the counter <paramref name="iv"/>.</summary>
    public AesCtr(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv)
    {
        using var aes = Aes.Create();
        aes.SetKey(key);
#pragma warning disable CA5358 // counters never repeat, so the blocks may be encrypted each for itself
        aes.Mode = CipherMode.ECB;
#pragma warning restore CA5358
        aes.Padding = PaddingMode.None;
        _encryptor = aes.CreateEncryptor();
        _counter = BinaryPrimitives.ReadUInt128BigEndian(iv);
    }

    /// <summary>Goes on from another counter.</summary>
    public void Seek(UInt128 counter) => (_counter, _used) = (counter, ChunkBytes);

    /// <summary>Encrypts or decrypts, which is the same.</summary>
    public void Apply(Span<byte> data)
    {
        while (!data.IsEmpty)
        {
            if (_used == ChunkBytes)
                Refill();
            var count = Math.Min(data.Length, ChunkBytes - _used);
            Xor(data[..count], _stream.AsSpan(_used, count));
            _used += count;
            data = data[count..];
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _encryptor.Dispose();

    void Refill()
    {
        for (var at = 0; at < ChunkBytes; at += IvBytes)
            BinaryPrimitives.WriteUInt128BigEndian(_counters.AsSpan(at), _counter++);
        _encryptor.TransformBlock(_counters, 0, ChunkBytes, _stream, 0);
        _used = 0;
    }

    static void Xor(Span<byte> data, ReadOnlySpan<byte> stream)
    {
        var vectors = MemoryMarshal.Cast<byte, Vector<byte>>(data);
        var keys = MemoryMarshal.Cast<byte, Vector<byte>>(stream);
        for (var i = 0; i < vectors.Length; i++)
            vectors[i] ^= keys[i];
        for (var i = vectors.Length * Vector<byte>.Count; i < data.Length; i++)
            data[i] ^= stream[i];
    }
}
