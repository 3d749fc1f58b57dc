using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Fleet.MtProto.Crypto;

namespace Fleet.MtProto.Transport;

/// <summary>A stream of which every byte is encrypted by keys that stand at its start, so that nothing in it can be
/// recognised; a MTProxy mixes its secret into the keys. What is received is decrypted where it lies.</summary>
/// <remarks>
/// <code>
///  0        8      40    56    60   62    64
///  | random | key  | iv  | tag | dc | any |   the last 8 bytes are encrypted; bytes 8 to 56 reversed are the key and
///                                             iv of what comes back
/// </code>
/// https://core.telegram.org/mtproto/mtproto-transports#transport-obfuscation
/// </remarks>
sealed class ObfuscatedWire : Wire
{
    const int HeadBytes = 64;
    const int KeyOffset = 8;
    const int TagOffset = 56;
    const int TagBytes = 4;
    const int DcOffset = 60;

    // Starts by which other protocols are known: HEAD, POST, GET, OPTIONS, TLS, and the tags of plain transports.
    static readonly uint[] ForbiddenStarts =
    [
        0x4441_4548,
        0x5453_4f50,
        0x2054_4547,
        0x4954_504f,
        0x0201_0316,
        0xdddd_dddd,
        0xeeee_eeee,
    ];

    readonly Wire _inner;
    readonly AesCtr _send;
    readonly AesCtr _receive;
    readonly bool _toProxy;
    bool _heard;

    ObfuscatedWire(Wire inner, ReadOnlySpan<byte> head, MtProxy? proxy)
    {
        Span<byte> keys = stackalloc byte[AesCtr.KeyBytes + AesCtr.IvBytes];
        head[KeyOffset..TagOffset].CopyTo(keys);
        (_inner, _toProxy) = (inner, proxy is not null);
        _send = Cipher(keys, proxy);
        keys.Reverse();
        _receive = Cipher(keys, proxy);
    }

    /// <summary>Sends the head of the stream.</summary>
    /// <param name="inner">A stream that carried nothing yet.</param>
    /// <param name="hello">The hello of the transport within.</param>
    /// <param name="dc">Number of the data centre, by which a proxy finds it.</param>
    /// <param name="proxy">The proxy at the other end; null when it is the data centre itself.</param>
    /// <param name="random">Source of the keys.</param>
    public static async Task<ObfuscatedWire> StartAsync(
        Wire inner,
        ReadOnlyMemory<byte> hello,
        int dc,
        MtProxy? proxy,
        RandomFill random
    )
    {
        var head = new byte[HeadBytes];
        do random(head);
        while (!IsUnlikeOthers(head));
        for (var i = 0; i < TagBytes; i++)
            head[TagOffset + i] = hello.Span[i % hello.Length];
        BinaryPrimitives.WriteInt16LittleEndian(head.AsSpan(DcOffset), (short)dc);

        var wire = new ObfuscatedWire(inner, head, proxy);
        var encrypted = head.AsSpan().ToArray();
        wire._send.Apply(encrypted);
        encrypted.AsSpan(TagOffset).CopyTo(head.AsSpan(TagOffset));
        await inner.SendAsync(head);
        return wire;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReceiveAsync(Memory<byte> into)
    {
        int received;
        try
        {
            received = await _inner.ReceiveAsync(into);
        }
        catch (SocketException) when (IsUnheardProxy)
        {
            throw HungUp();
        }
        if (received == 0 && IsUnheardProxy)
            throw HungUp();
        _heard = true;
        _receive.Apply(into.Span[..received]);
        return received;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask SendAsync(Memory<byte> bytes)
    {
        _send.Apply(bytes.Span);
        try
        {
            await _inner.SendAsync(bytes);
        }
        catch (SocketException) when (IsUnheardProxy)
        {
            throw HungUp();
        }
    }

    /// <summary>Closes the stream. The ciphers are left to the collector: a read may be at work with one.</summary>
    public override void Dispose() => _inner.Dispose();

    // A proxy tells nobody that the secret is wrong; it hangs up.
    bool IsUnheardProxy => _toProxy && !_heard;

    static ProxyException HungUp() =>
        new(ProxyFault.Ended, "it closed the connection without a word; its secret may be another");

    static bool IsUnlikeOthers(ReadOnlySpan<byte> head) =>
        head[0] != 0xef
        && !ForbiddenStarts.Contains(BinaryPrimitives.ReadUInt32LittleEndian(head))
        && BinaryPrimitives.ReadUInt32LittleEndian(head[4..]) != 0; // else it would be the full transport

    static AesCtr Cipher(ReadOnlySpan<byte> keys, MtProxy? proxy)
    {
        var key = keys[..AesCtr.KeyBytes];
        var iv = keys[AesCtr.KeyBytes..];
        return proxy is null ? new AesCtr(key, iv) : new AesCtr(SHA256.HashData([.. key, .. proxy.Key()]), iv);
    }
}
