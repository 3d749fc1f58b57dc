using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Fleet.Emulator.Crypto;
using Fleet.Emulator.Handlers;
using Fleet.Tl;

namespace Fleet.Emulator.Wire;

/// <summary>
/// Opens encrypted messages, checks what a server must check, answers MTProto's own messages and hands calls to the
/// dispatcher. The bytes given to it are borrowed: nothing of them is kept.
/// </summary>
/// <remarks>https://core.telegram.org/mtproto/description, https://core.telegram.org/mtproto/service_messages</remarks>
sealed class MessageProcessor(Connection connection)
{
    const int MaxContainerMessages = 1024;
    const int MaxUnpackedBytes = 4 << 20;
    const int HeaderBytes = 32;

    readonly Server _server = connection.Server;
    readonly CallDispatcher _calls = new(connection);
    readonly List<Outbound> _outbox = [];

    /// <summary>False when the message proves that the peer does not have the key, or is no MTProto: end the connection.</summary>
    public async ValueTask<bool> HandleAsync(AuthKeyState key, Memory<byte> frame, CancellationToken ct)
    {
        if (!Open(key, frame, out var keep))
            return keep;
        foreach (var message in _outbox)
            await connection.SendAsync(message, ct);
        _outbox.Clear();
        return true;
    }

    // msg_key 16 | encrypted: salt 8, session 8, msg_id 8, seqno 4, length 4, body, padding 12-1024
    bool Open(AuthKeyState key, Memory<byte> frame, out bool keep)
    {
        keep = false;
        if (frame.Length < MessageCipher.KeyBytes + HeaderBytes + 16)
            return false;
        var encrypted = frame.Span[MessageCipher.KeyBytes..];
        // A padded transport adds up to 15 bytes that are not part of the ciphertext.
        encrypted = encrypted[..(encrypted.Length / Ige.BlockBytes * Ige.BlockBytes)];
        if (!MessageCipher.TryDecrypt(key.Key, frame.Span[..MessageCipher.KeyBytes], encrypted))
            return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(encrypted[28..]);
        var padding = encrypted.Length - HeaderBytes - length;
        if (length < 4 || length % 4 != 0 || padding is < 12 or > 1024)
            return false;

        var now = _server.Time.GetUtcNow();
        var salt = BinaryPrimitives.ReadInt64LittleEndian(encrypted);
        var session = key.SessionOf(BinaryPrimitives.ReadInt64LittleEndian(encrypted[8..]), out var isNew);
        session.LastUsed = now.UtcTicks;
        var header = new MessageHeader(
            BinaryPrimitives.ReadInt64LittleEndian(encrypted[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(encrypted[24..])
        );
        keep = true;
        if (!key.AcceptsSalt(salt, now))
        {
            Refuse(session, header, 48);
            return true;
        }
        if (isNew)
            Announce(session, header.MessageId, now);
        HandleMessage(session, header, encrypted.Slice(HeaderBytes, length), insideContainer: false);
        return true;
    }

    void HandleMessage(Session session, MessageHeader header, ReadOnlySpan<byte> body, bool insideContainer)
    {
        var id = BinaryPrimitives.ReadUInt32LittleEndian(body);
        var verdict = session.Receive(
            header.MessageId,
            header.SeqNo,
            IsContentRelated(id),
            connection,
            _server.Time.GetUtcNow()
        );
        if (verdict.Code != 0)
        {
            EmulatorLog.MessageRefused(_server.Log, connection.Endpoint.Dc.Id, header.MessageId, verdict.Code);
            Refuse(session, header, verdict.Code);
            return;
        }
        if (verdict.IsDuplicate)
            return;
        if (id == Mtp.MsgContainer)
        {
            if (insideContainer)
                Refuse(session, header, 64);
            else
                HandleContainer(session, header, body[4..]);
            return;
        }
        if (id == Mtp.GzipPacked)
        {
            var reader = new TlReader(body[4..]);
            body = Compression.Unpack(reader.ReadBytesSpan(), MaxUnpackedBytes);
        }
        HandleContent(session, header, body);
    }

    void HandleContainer(Session session, MessageHeader outer, ReadOnlySpan<byte> body)
    {
        var reader = new TlReader(body);
        var count = reader.ReadInt32();
        if (count is < 1 or > MaxContainerMessages)
        {
            Refuse(session, outer, 64);
            return;
        }
        for (var i = 0; i < count; i++)
        {
            var header = new MessageHeader(reader.ReadInt64(), reader.ReadInt32());
            var length = reader.ReadInt32();
            if (length < 4 || length % 4 != 0 || header.MessageId >= outer.MessageId)
            {
                Refuse(session, outer, 64);
                return;
            }
            HandleMessage(session, header, reader.ReadRaw(length), insideContainer: true);
        }
    }

    void HandleContent(Session session, MessageHeader header, ReadOnlySpan<byte> body)
    {
        var reader = new TlReader(body);
        var id = reader.ReadUInt32();
        switch (id)
        {
            case Mtp.MsgsAck or Mtp.HttpWait or Mtp.MsgsStateInfo or Mtp.MsgsAllInfo:
            case Mtp.MsgDetailedInfo or Mtp.MsgNewDetailedInfo:
                return;
            case Mtp.Ping or Mtp.PingDelayDisconnect:
                var ping = reader.ReadInt64();
                if (id == Mtp.PingDelayDisconnect)
                    connection.DisconnectAfter(TimeSpan.FromSeconds(Math.Clamp(reader.ReadInt32(), 1, 600)));
                Answer(session, header, Mtp.Pong, ping);
                return;
            case Mtp.GetFutureSalts:
                AnswerFutureSalts(session, header, reader.ReadInt32());
                return;
            case Mtp.MsgResendAnsReq:
                ResendAnswers(session, header, reader.ReadInt64Vector());
                return;
            case Mtp.MsgsStateReq or Mtp.MsgResendReq:
                AnswerStates(session, header, reader.ReadInt64Vector());
                return;
            case Mtp.DestroySession:
                AnswerDestroySession(session, reader.ReadInt64());
                return;
            case Mtp.DestroyAuthKey:
                connection.Endpoint.Dc.Remove(session.AuthKey);
                Send(session, w => w.WriteUInt32(Mtp.DestroyAuthKeyOk));
                return;
            default:
                if (_calls.Handle(session, header.MessageId, body) is { } answer)
                    _outbox.Add(answer);
                return;
        }
    }

    void Refuse(Session session, MessageHeader header, int code)
    {
        var key = session.AuthKey;
        Send(
            session,
            writer =>
            {
                writer.WriteUInt32(code == 48 ? Mtp.BadServerSalt : Mtp.BadMsgNotification);
                writer.WriteInt64(header.MessageId);
                writer.WriteInt32(header.SeqNo);
                writer.WriteInt32(code);
                if (code == 48)
                    writer.WriteInt64(key.CurrentSalt(_server.Time.GetUtcNow()));
            }
        );
    }

    void Announce(Session session, long firstMessageId, DateTimeOffset now) =>
        Send(
            session,
            writer =>
            {
                writer.WriteUInt32(Mtp.NewSessionCreated);
                writer.WriteInt64(firstMessageId);
                writer.WriteInt64(session.UniqueId);
                writer.WriteInt64(session.AuthKey.CurrentSalt(now));
            },
            isAnswer: false,
            contentRelated: true
        );

    void Answer(Session session, MessageHeader header, uint constructor, long argument) =>
        Send(
            session,
            writer =>
            {
                writer.WriteUInt32(constructor);
                writer.WriteInt64(header.MessageId);
                writer.WriteInt64(argument);
            }
        );

    void AnswerFutureSalts(Session session, MessageHeader header, int count)
    {
        var now = _server.Time.GetUtcNow();
        var salts = session.AuthKey.FutureSalts(now, Math.Clamp(count, 1, 64)).ToArray();
        Send(
            session,
            writer =>
            {
                writer.WriteUInt32(Mtp.FutureSalts);
                writer.WriteInt64(header.MessageId);
                writer.WriteInt32((int)now.ToUnixTimeSeconds());
                writer.WriteInt32(salts.Length);
                foreach (var (since, until, salt) in salts)
                {
                    writer.WriteInt32((int)since.ToUnixTimeSeconds());
                    writer.WriteInt32((int)until.ToUnixTimeSeconds());
                    writer.WriteInt64(salt);
                }
            }
        );
    }

    void ResendAnswers(Session session, MessageHeader header, long[] ids)
    {
        foreach (var id in ids)
        {
            if (session.TakeWithheldOrNull(id) is { } answer)
                _outbox.Add(answer);
        }
        AnswerStates(session, header, ids);
    }

    void AnswerStates(Session session, MessageHeader header, long[] ids)
    {
        var states = Array.ConvertAll(ids, session.StateOf);
        Send(
            session,
            writer =>
            {
                writer.WriteUInt32(Mtp.MsgsStateInfo);
                writer.WriteInt64(header.MessageId);
                writer.WriteBytes(states);
            }
        );
    }

    void AnswerDestroySession(Session session, long id)
    {
        var destroyed = id != session.Id && session.AuthKey.DestroySession(id);
        Send(
            session,
            writer =>
            {
                writer.WriteUInt32(destroyed ? Mtp.DestroySessionOk : Mtp.DestroySessionNone);
                writer.WriteInt64(id);
            }
        );
    }

    void Send(Session session, Action<TlWriter> write, bool isAnswer = true, bool contentRelated = false)
    {
        using var writer = new TlWriter();
        write(writer);
        _outbox.Add(
            new SmallMessage(session, writer.WrittenSpan.ToArray())
            {
                IsAnswer = isAnswer,
                ContentRelated = contentRelated,
            }
        );
    }

    /// <summary>Null where clients differ and servers look away: acks with odd numbers, pings with even ones.</summary>
    static bool? IsContentRelated(uint id) =>
        id switch
        {
            Mtp.MsgContainer => false,
            Mtp.MsgsAck or Mtp.Ping or Mtp.PingDelayDisconnect or Mtp.GetFutureSalts or Mtp.MsgsStateReq => null,
            Mtp.MsgResendReq or Mtp.DestroySession or Mtp.HttpWait or Mtp.RpcDropAnswer or Mtp.DestroyAuthKey => null,
            Mtp.MsgsStateInfo or Mtp.MsgsAllInfo or Mtp.MsgDetailedInfo or Mtp.MsgNewDetailedInfo => null,
            Mtp.GzipPacked or Mtp.MsgResendAnsReq => null,
            _ => true,
        };
}

/// <summary>Id and sequence number that a client gave a message.</summary>
[StructLayout(LayoutKind.Auto)]
readonly record struct MessageHeader(long MessageId, int SeqNo);
