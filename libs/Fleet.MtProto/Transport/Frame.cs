using System.Buffers;
using System.Runtime.InteropServices;
using Fleet.MtProto.Crypto;

namespace Fleet.MtProto.Transport;

/// <summary>One received message in a pooled buffer, with headroom before it. <see cref="Release"/> it once.</summary>
[StructLayout(LayoutKind.Auto)]
readonly struct Frame(ArrayPool<byte> pool, byte[] buffer, int payloadBytes)
{
    /// <summary>The stream ended between two frames.</summary>
    public bool IsEnd => buffer is null;

    /// <summary>Headroom and payload, writable.</summary>
    public Memory<byte> Memory => buffer.AsMemory(0, MessageCrypto.Headroom + payloadBytes);

    public Span<byte> Bytes => Memory.Span;

    public Span<byte> Payload => Bytes[MessageCrypto.Headroom..];

    public static Frame Rent(ArrayPool<byte> pool, int payloadBytes) =>
        new(pool, pool.Rent(MessageCrypto.Headroom + payloadBytes), payloadBytes);

    /// <summary>The same buffer with a shorter payload.</summary>
    public Frame Cut(int shorter) => new(pool, buffer, shorter);

    /// <summary>The payload, for reading into it.</summary>
    public Memory<byte> PayloadMemory => buffer.AsMemory(MessageCrypto.Headroom, payloadBytes);

    public void Release() => pool.Return(buffer);
}
