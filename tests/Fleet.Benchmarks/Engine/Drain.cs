using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Fleet.MtProto;
using Fleet.MtProto.Crypto;
using Fleet.Telegram;
using Fleet.Tl;
using Fleet.Tl.Api;
using Fleet.Tl.Methods;

namespace Fleet.Benchmarks;

/// <summary>Reads a document and looks at nothing but the lengths of the frames: a reader that costs next to nothing, so that
/// the server is what limits it.</summary>
sealed class Drain(DcAddress address, DcKey key, ClientInfo client, FileLocation location)
{
    const int PartBytes = 1 << 20;
    const int InFlight = 4;
    const int MessageHeaderBytes = 32;
    const int LeastPadding = 12;
    const int BlockBytes = 16;
    const int FrameHeaderBytes = 4;
    const uint Intermediate = 0xeeeeeeee;

    static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    readonly long _session = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));
    readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    long _messageId = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() << 32;
    int _contentMessages;

    /// <summary>Asks for every part that <paramref name="nextPart"/> names, a few at a time, and drops them.</summary>
    /// <param name="nextPart">Index of the next part of 1 MiB; null when there is none.</param>
    /// <exception cref="IOException">The server closed the connection.</exception>
    /// <exception cref="OperationCanceledException">The server took longer than a minute.</exception>
    public async Task RunAsync(Func<int?> nextPart)
    {
        using var _ = _socket;
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        await _socket.ConnectAsync(IPAddress.Parse(address.Host), address.Port, limit.Token);
        await _socket.SendAsync(BitConverter.GetBytes(Intermediate), limit.Token);
        var expected = 0;
        while (expected < InFlight && await AskAsync(nextPart(), limit.Token))
            expected++;
        var buffer = new byte[PartBytes];
        while (expected > 0)
        {
            if (await SkipFrameAsync(buffer, limit.Token) <= PartBytes)
                continue; // a service message
            if (!await AskAsync(nextPart(), limit.Token))
                expected--;
        }
    }

    async Task<bool> AskAsync(int? part, CancellationToken ct)
    {
        if (part is not { } index)
            return false;
        await _socket.SendAsync(FrameOf(index), ct);
        return true;
    }

    async Task<int> SkipFrameAsync(byte[] buffer, CancellationToken ct)
    {
        await ReadAsync(buffer.AsMemory(0, FrameHeaderBytes), ct);
        var length = BinaryPrimitives.ReadInt32LittleEndian(buffer);
        for (var left = length; left > 0; )
        {
            var take = Math.Min(left, buffer.Length);
            await ReadAsync(buffer.AsMemory(0, take), ct);
            left -= take;
        }
        return length;
    }

    async Task ReadAsync(Memory<byte> target, CancellationToken ct)
    {
        while (target.Length > 0)
        {
            var read = await _socket.ReceiveAsync(target, ct);
            target = read > 0 ? target[read..] : throw new IOException("The emulator closed the connection.");
        }
    }

    byte[] FrameOf(int part)
    {
        using var body = new TlWriter();
        CallOf(part).Write(body);
        var padding = LeastPadding + (-(MessageHeaderBytes + body.Length + LeastPadding) & (BlockBytes - 1));
        var frame = new byte[MessageCrypto.PlaintextOffset + MessageHeaderBytes + body.Length + padding];
        var plain = frame.AsSpan(MessageCrypto.PlaintextOffset);
        BinaryPrimitives.WriteInt64LittleEndian(plain, key.ServerSalt);
        BinaryPrimitives.WriteInt64LittleEndian(plain[8..], _session);
        BinaryPrimitives.WriteInt64LittleEndian(plain[16..], _messageId += 4);
        BinaryPrimitives.WriteInt32LittleEndian(plain[24..], (2 * _contentMessages++) + 1);
        BinaryPrimitives.WriteInt32LittleEndian(plain[28..], body.Length);
        body.WrittenSpan.CopyTo(plain[MessageHeaderBytes..]);
        MessageCrypto.Encrypt(frame, key.AuthKey, MessageDirection.ToServer);
        var header = MessageCrypto.Headroom - FrameHeaderBytes;
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(header), frame.Length - MessageCrypto.Headroom);
        return frame[header..];
    }

    InvokeWithLayer CallOf(int part) =>
        new()
        {
            Layer = TlSchema.Layer,
            Query = new InitConnection
            {
                ApiId = client.ApiId,
                DeviceModel = client.DeviceModel,
                SystemVersion = client.SystemVersion,
                AppVersion = client.AppVersion,
                SystemLangCode = client.LangCode,
                LangPack = "",
                LangCode = client.LangCode,
                Query = new UploadGetFile
                {
                    Precise = true,
                    Location = new InputDocumentFileLocation
                    {
                        Id = location.DocumentId,
                        AccessHash = location.AccessHash,
                        FileReference = location.FileReference,
                        ThumbSize = "",
                    },
                    Offset = (long)part * PartBytes,
                    Limit = PartBytes,
                },
            },
        };
}
