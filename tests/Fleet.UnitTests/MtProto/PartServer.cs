using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Fleet.MtProto.Crypto;
using Fleet.Tl.Api;
using Fleet.Tl.Mtp;

namespace Fleet.UnitTests.MtProto;

/// <summary>Answers every call with an upload.file of one size, on a thread of its own, without allocating.</summary>
sealed class PartServer : IDisposable
{
    // rpc_result 4, req_msg_id 8, upload.file 4, storage.fileUnknown 4, mtime 4, length 4
    const int ReplyHeaderBytes = 28;
    const int OuterHeaderBytes = MessageCrypto.PlaintextOffset + 32;
    const int LongForm = 254;

    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly byte[] _question = new byte[65_536];
    readonly byte[] _reply;
    readonly int _partBytes;
    readonly Thread _thread;
    long _messageId;

    /// <param name="partBytes">Content of each answer: a multiple of 4, above 253.</param>
    public PartServer(int partBytes)
    {
        _partBytes = partBytes;
        var body = ReplyHeaderBytes + partBytes;
        _reply = new byte[OuterHeaderBytes + body + 12 + (-(32 + body + 12) & 15)];
        _listener.Start();
        _thread = new Thread(Serve) { IsBackground = true };
        _thread.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose() => _listener.Dispose();

    void Serve()
    {
        using var socket = _listener.AcceptSocket();
        _messageId = (TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() << 32) + 1;
        try
        {
            Receive(socket, _question.AsSpan(0, 4)); // the transport's tag
            while (true)
            {
                Receive(socket, _question.AsSpan(4, 4));
                var length = BinaryPrimitives.ReadInt32LittleEndian(_question.AsSpan(4));
                var frame = _question.AsSpan(0, MessageCrypto.Headroom + length);
                Receive(socket, frame[MessageCrypto.Headroom..]);
                Answer(socket, MessageCrypto.Decrypt(frame, Peer.Key, MessageDirection.ToServer));
            }
        }
        catch (SocketException)
        {
            // the client has gone
        }
    }

    void Answer(Socket socket, ReadOnlySpan<byte> plaintext)
    {
        var session = BinaryPrimitives.ReadInt64LittleEndian(plaintext[8..]);
        var body = plaintext[32..];
        if (BinaryPrimitives.ReadUInt32LittleEndian(body) != MsgContainer.TlId)
        {
            AnswerMessage(socket, session, plaintext[16..]);
            return;
        }
        var count = BinaryPrimitives.ReadInt32LittleEndian(body[4..]);
        body = body[8..];
        for (var i = 0; i < count; i++)
        {
            AnswerMessage(socket, session, body);
            body = body[(16 + BinaryPrimitives.ReadInt32LittleEndian(body[12..]))..];
        }
    }

    // Only calls have odd numbers.
    void AnswerMessage(Socket socket, long session, ReadOnlySpan<byte> message)
    {
        if ((message[8] & 1) == 0)
            return;
        _messageId += 4;
        var plaintext = _reply.AsSpan(MessageCrypto.PlaintextOffset);
        BinaryPrimitives.WriteInt64LittleEndian(plaintext[8..], session);
        BinaryPrimitives.WriteInt64LittleEndian(plaintext[16..], _messageId);
        BinaryPrimitives.WriteInt32LittleEndian(plaintext[24..], 1);
        BinaryPrimitives.WriteInt32LittleEndian(plaintext[28..], ReplyHeaderBytes + _partBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(plaintext[32..], RpcResult.TlId);
        message[..8].CopyTo(plaintext[36..]);
        BinaryPrimitives.WriteUInt32LittleEndian(plaintext[44..], UploadFile.TlId);
        BinaryPrimitives.WriteUInt32LittleEndian(plaintext[48..], StorageFileUnknown.TlId);
        BinaryPrimitives.WriteInt32LittleEndian(plaintext[56..], (_partBytes << 8) | LongForm);
        MessageCrypto.Encrypt(_reply, Peer.Key, MessageDirection.ToClient);
        BinaryPrimitives.WriteInt32LittleEndian(_reply.AsSpan(4), _reply.Length - MessageCrypto.Headroom);
        for (var sent = 4; sent < _reply.Length; )
            sent += socket.Send(_reply.AsSpan(sent));
    }

    static void Receive(Socket socket, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            var received = socket.Receive(destination);
            if (received == 0)
                throw new SocketException((int)SocketError.ConnectionReset);
            destination = destination[received..];
        }
    }
}
