using Fleet.Emulator.Layers;
using Fleet.Emulator.Wire;
using Fleet.Tl;

namespace Fleet.Emulator.Handlers;

/// <summary>Builds the one answer to one request.</summary>
sealed class Reply(Session session, long requestId, TimeSpan latency, TimeProvider time)
{
    /// <summary>Longer results are sent as gzip_packed when that makes them shorter.</summary>
    const int GzipFrom = 2048;
    const int MaxOrdinary = 900 * 1024;

    public Outbound Build(Answer answer, Fault? fault = null)
    {
        var damage = fault?.Kind switch
        {
            FaultKind.Garbage => FrameFault.Garbage,
            FaultKind.Cut => FrameFault.CutOff,
            FaultKind.Duplicate => FrameFault.Twice,
            FaultKind.Reorder => FrameFault.Overtaken,
            _ => FrameFault.None,
        };
        var notBefore = NotBefore(latency + (fault?.Delay ?? TimeSpan.Zero));
        if (fault?.Kind == FaultKind.Packed)
            return new SmallMessage(session, Packed(answer)) { RequestId = requestId, NotBefore = notBefore };
        if (answer is PartAnswer part)
        {
            var length = fault?.Kind == FaultKind.ShortPart ? part.Length / 2 : part.Length;
            return new PartMessage(session, part.Content, part.Offset, length)
            {
                RequestId = requestId,
                NotBefore = notBefore,
                IsCdn = part.IsCdn,
                FlipBit = fault?.Kind == FaultKind.BitFlip,
                Fault = damage,
            };
        }
        return new SmallMessage(session, Serialize(writer => Write(writer, answer)))
        {
            RequestId = requestId,
            NotBefore = notBefore,
            Fault = damage,
        };
    }

    public Outbound Build(Action<TlWriter> writeResult) =>
        new SmallMessage(session, Serialize(writeResult)) { RequestId = requestId, NotBefore = NotBefore(latency) };

    public Outbound Error(RpcError error) =>
        Build(writer =>
        {
            writer.WriteUInt32(Mtp.RpcError);
            writer.WriteInt32(error.Code);
            writer.WriteString(error.Message);
        });

    /// <summary>bad_msg_notification, or bad_server_salt for code 48. It does not name the message's sequence number
    /// here; clients go by the id.</summary>
    public Outbound Refused(int code, long salt) =>
        Notice(
            isAnswer: true,
            contentRelated: false,
            writer =>
            {
                writer.WriteUInt32(code == 48 ? Mtp.BadServerSalt : Mtp.BadMsgNotification);
                writer.WriteInt64(requestId);
                writer.WriteInt32(0);
                writer.WriteInt32(code);
                if (code == 48)
                    writer.WriteInt64(salt);
            }
        );

    /// <summary>new_session_created: nothing sent before <paramref name="firstMessageId"/> is known.</summary>
    public Outbound NewSession(long firstMessageId, long salt) =>
        Notice(
            isAnswer: false,
            contentRelated: true,
            writer =>
            {
                writer.WriteUInt32(Mtp.NewSessionCreated);
                writer.WriteInt64(firstMessageId);
                writer.WriteInt64(session.UniqueId);
                writer.WriteInt64(salt);
            }
        );

    SmallMessage Notice(bool isAnswer, bool contentRelated, Action<TlWriter> write)
    {
        using var writer = new TlWriter();
        write(writer);
        var body = writer.WrittenSpan.ToArray();
        return new SmallMessage(session, body) { IsAnswer = isAnswer, ContentRelated = contentRelated };
    }

    byte[] Packed(Answer answer)
    {
        if (answer is not PartAnswer part)
            return Serialize(writer => Write(writer, answer), alwaysPack: true);
        var buffer = FrameBuffers.Rent();
        try
        {
            var whole = new PartMessage(session, part.Content, part.Offset, part.Length) { RequestId = requestId };
            var length = MessageEncoder.WritePart(buffer, whole);
            var file = MessageEncoder.BodyOf(buffer)[MessageEncoder.ResultStart..length].ToArray();
            return Serialize(writer => writer.WriteRaw(file), alwaysPack: true);
        }
        finally
        {
            FrameBuffers.Return(buffer);
        }
    }

    byte[] Serialize(Action<TlWriter> writeResult, bool alwaysPack = false)
    {
        using var result = new TlWriter();
        writeResult(result);
        using var message = new TlWriter(result.Length + 64);
        message.WriteUInt32(Mtp.RpcResult);
        message.WriteInt64(requestId);
        if (
            (alwaysPack || result.Length >= GzipFrom)
            && Compression.Pack(result.WrittenSpan) is { } packed
            && (alwaysPack || packed.Length < result.Length)
        )
        {
            message.WriteUInt32(Mtp.GzipPacked);
            message.WriteBytes(packed);
        }
        else
        {
            message.WriteRaw(result.WrittenSpan);
        }
        if (message.Length > (alwaysPack ? MessageEncoder.MaxBody : MaxOrdinary))
            throw new InvalidOperationException($"An answer of {message.Length} bytes; a list has no limit somewhere.");
        return message.WrittenSpan.ToArray();
    }

    void Write(TlWriter writer, Answer answer)
    {
        switch (answer)
        {
            case ObjectAnswer { Value: var value }:
                LayerMapping.Write(writer, value, session.AuthKey.Layer);
                break;
            case BoolAnswer { Value: var value }:
                writer.WriteBool(value);
                break;
            case VectorAnswer { Items: var items }:
                writer.BeginVector(items.Count);
                foreach (var item in items)
                    LayerMapping.Write(writer, item, session.AuthKey.Layer);
                break;
        }
    }

    long NotBefore(TimeSpan delay) =>
        delay == TimeSpan.Zero ? 0 : time.GetTimestamp() + (long)(delay.TotalSeconds * time.TimestampFrequency);
}
