using System.Buffers.Binary;
using Fleet.MtProto.Crypto;

namespace Fleet.Telegram;

/// <summary>AES-256-CTR of one file on a CDN, in place, at any offset. Allocates nothing per call. Safe for use by several threads,
/// one after the other.</summary>
/// <remarks>The counter block of a byte is the IV with its last 4 bytes replaced by offset / 16, big-endian:
/// https://core.telegram.org/cdn#decrypting-files</remarks>
sealed class CdnCipher : IDisposable
{
    const int BlockBytes = 16;

    readonly Lock _lock = new();
    readonly AesCtr _aes;
    readonly UInt128 _iv;

    public CdnCipher(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv)
    {
        if (!Fits(key, iv))
            throw new ArgumentException($"{key.Length} and {iv.Length} bytes are no key and IV", nameof(key));
        _aes = new AesCtr(key, iv);
        _iv = BinaryPrimitives.ReadUInt128BigEndian(iv) & ~(UInt128)uint.MaxValue;
    }

    /// <summary>Whether these are as long as a key and an IV.</summary>
    public static bool Fits(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv) =>
        key.Length == AesCtr.KeyBytes && iv.Length == AesCtr.IvBytes;

    /// <summary>Decrypts, or encrypts, the bytes of the file that begin at <paramref name="offset"/>.</summary>
    /// <param name="offset">A multiple of 16, below 64 GiB.</param>
    /// <param name="bytes">Replaced.</param>
    public void Apply(long offset, Span<byte> bytes)
    {
        if (offset % BlockBytes != 0)
            throw new ArgumentOutOfRangeException(nameof(offset), offset, "not at a block of AES");
        lock (_lock)
        {
            _aes.Seek(_iv + (uint)(offset / BlockBytes));
            _aes.Apply(bytes);
        }
    }

    public void Dispose() => _aes.Dispose();
}
