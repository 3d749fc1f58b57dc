using System.Buffers.Binary;
using System.Security.Cryptography;
using Fleet.Emulator.Crypto;

namespace Fleet.Emulator.Proxies;

/// <summary>A client of a proxy after its first 64 bytes: the data centre that it wants and the keys of both directions.</summary>
/// <remarks>https://core.telegram.org/mtproto/mtproto-transports#transport-obfuscation</remarks>
sealed class ObfuscatedClient : IDisposable
{
    const int HeadBytes = 64;
    const int PieceBytes = 32 * 1024;
    const uint PaddedTag = 0xdddd_dddd;

    readonly Stream _stream;
    readonly CounterCipher _fromClient;
    readonly CounterCipher _toClient;

    ObfuscatedClient(Stream stream, byte[] head, byte[] secret)
    {
        _stream = stream;
        _fromClient = Cipher(head.AsSpan(8, 48), secret);
        var reversed = head[8..56];
        Array.Reverse(reversed);
        _toClient = Cipher(reversed, secret);
        _fromClient.Apply(head);
        Tag = BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(56));
        Dc = BinaryPrimitives.ReadInt16LittleEndian(head.AsSpan(60));
    }

    /// <summary>The data centre; negative for its media-only address.</summary>
    public int Dc { get; }

    /// <summary>What a client of the plain transport would have sent first.</summary>
    public byte[] Hello => Tag == 0xefef_efef ? [0xef] : BitConverter.GetBytes(Tag);

    uint Tag { get; }

    /// <summary>Null when the head is not one that was made with the secret.</summary>
    public static async Task<ObfuscatedClient?> AcceptAsync(
        Stream stream,
        EmulatedMtProxyOptions options,
        CancellationToken ct
    )
    {
        var head = new byte[HeadBytes];
        await stream.ReadExactlyAsync(head, ct);
        var client = new ObfuscatedClient(stream, head, options.Secret);
        if (
            options.Kind == MtProxyKind.Plain
                ? Wire.Transport.FromTagOrNull(client.Tag) is not null
                : client.Tag == PaddedTag
        )
            return client;
        client.Dispose();
        return null;
    }

    public async Task CopyToAsync(Stream server, CancellationToken ct) =>
        await CopyAsync(_stream, server, _fromClient, ct);

    public async Task CopyFromAsync(Stream server, CancellationToken ct) =>
        await CopyAsync(server, _stream, _toClient, ct);

    public void Dispose()
    {
        _fromClient.Dispose();
        _toClient.Dispose();
    }

    static async Task CopyAsync(Stream from, Stream to, CounterCipher cipher, CancellationToken ct)
    {
        var piece = new byte[PieceBytes];
        try
        {
            while (await from.ReadAsync(piece, ct) is var read and > 0)
            {
                cipher.Apply(piece.AsSpan(0, read));
                await to.WriteAsync(piece.AsMemory(0, read), ct);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidDataException)
        {
            // One end left: the other direction is stopped too.
        }
    }

    static CounterCipher Cipher(ReadOnlySpan<byte> keys, byte[] secret) =>
        new(SHA256.HashData([.. keys[..32], .. secret]), keys[32..]);
}
