using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Fleet.Emulator.Crypto;

/// <summary>
/// AES-256-CTR as a stream with memory, for obfuscated transports: 128-bit big-endian counter, any chunk lengths.
/// The key stream is made 4 KiB at a time, because one call per 16-byte block costs 20 times as much.
/// </summary>
sealed class CounterCipher : IDisposable
{
    const int StreamBytes = 4096;
    readonly Aes _aes = Aes.Create();
    readonly byte[] _stream = new byte[StreamBytes];
    UInt128 _counter;
    int _used = StreamBytes;

    public CounterCipher(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv)
    {
        _aes.SetKey(key);
        _counter = BinaryPrimitives.ReadUInt128BigEndian(iv);
    }

    /// <summary>Encrypts or decrypts in place, going on where the last call ended.</summary>
    public void Apply(Span<byte> data)
    {
        while (!data.IsEmpty)
        {
            if (_used == StreamBytes)
                Refill();
            var count = Math.Min(data.Length, StreamBytes - _used);
            Xor(data[..count], _stream.AsSpan(_used, count));
            _used += count;
            data = data[count..];
        }
    }

    public void Dispose() => _aes.Dispose();

    void Refill()
    {
        for (var at = 0; at < StreamBytes; at += 16)
            BinaryPrimitives.WriteUInt128BigEndian(_stream.AsSpan(at), _counter++);
        _aes.EncryptEcb(_stream, _stream, PaddingMode.None);
        _used = 0;
    }

    static void Xor(Span<byte> data, ReadOnlySpan<byte> stream)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(data);
        var keys = MemoryMarshal.Cast<byte, ulong>(stream);
        for (var i = 0; i < words.Length; i++)
            words[i] ^= keys[i];
        for (var i = words.Length * sizeof(ulong); i < data.Length; i++)
            data[i] ^= stream[i];
    }
}
