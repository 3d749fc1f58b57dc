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
            _ => FrameFault.None,
        };
        var notBefore = NotBefore(latency + (fault?.Delay ?? TimeSpan.Zero));
        if (answer is PartAnswer part)
        {
            var length = fault?.Kind == FaultKind.ShortPart ? part.Length / 2 : part.Length;
            return new PartMessage(session, part.Content, part.Offset, length)
            {
                RequestId = requestId,
                NotBefore = notBefore,
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

    /// <summary>bad_server_salt names the message but not its sequence number here; clients go by the id.</summary>
    public Outbound WrongSalt(long salt)
    {
        using var writer = new TlWriter();
        writer.WriteUInt32(Mtp.BadServerSalt);
        writer.WriteInt64(requestId);
        writer.WriteInt32(0);
        writer.WriteInt32(48);
        writer.WriteInt64(salt);
        return new SmallMessage(session, writer.WrittenSpan.ToArray()) { ContentRelated = false };
    }

    byte[] Serialize(Action<TlWriter> writeResult)
    {
        using var result = new TlWriter();
        writeResult(result);
        using var message = new TlWriter(result.Length + 64);
        message.WriteUInt32(Mtp.RpcResult);
        message.WriteInt64(requestId);
        if (
            result.Length >= GzipFrom
            && Compression.Pack(result.WrittenSpan) is { } packed
            && packed.Length < result.Length
        )
        {
            message.WriteUInt32(Mtp.GzipPacked);
            message.WriteBytes(packed);
        }
        else
        {
            message.WriteRaw(result.WrittenSpan);
        }
        if (message.Length > MaxOrdinary)
            throw new InvalidOperationException($"An answer of {message.Length} bytes; a list has no limit somewhere.");
        return message.WrittenSpan.ToArray();
    }

    static void Write(TlWriter writer, Answer answer)
    {
        switch (answer)
        {
            case ObjectAnswer { Value: var value }:
                writer.WriteObject(value);
                break;
            case BoolAnswer { Value: var value }:
                writer.WriteBool(value);
                break;
            case VectorAnswer { Items: var items }:
                writer.BeginVector(items.Count);
                foreach (var item in items)
                    writer.WriteObject(item);
                break;
        }
    }

    long NotBefore(TimeSpan delay) =>
        delay == TimeSpan.Zero ? 0 : time.GetTimestamp() + (long)(delay.TotalSeconds * time.TimestampFrequency);
}
