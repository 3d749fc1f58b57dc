using Fleet.MtProto.Crypto;
using Fleet.MtProto.Session;
using Fleet.MtProto.Transport;
using Fleet.Tl;

namespace Fleet.MtProto.Exchange;

/// <summary>Messages in clear, as the key exchange uses them: question and answer.</summary>
/// <remarks>auth_key_id = 0 (8), msg_id (8), length (4), body.</remarks>
sealed class HandshakeChannel(FrameChannel channel, MessageIds ids) : IDisposable
{
    const int HeaderBytes = 20;

    readonly TlWriter _writer = new(1024);

    /// <summary>Sends a question and reads the answer.</summary>
    public async Task<TlObject> AskAsync(TlObject question)
    {
        await channel.SendAsync(Seal(question));
        var frame = await channel.ReadAsync();
        if (frame.IsEnd)
            throw new ConnectionLostException("The server closed the connection during the key exchange");
        try
        {
            return Read(frame.Payload);
        }
        finally
        {
            frame.Release();
        }
    }

    public void Dispose() => _writer.Dispose();

    Memory<byte> Seal(TlObject question)
    {
        _writer.Reset();
        _writer.WriteRaw(stackalloc byte[MessageCrypto.Headroom]);
        _writer.WriteInt64(0);
        _writer.WriteInt64(ids.Next());
        _writer.WriteInt32(0);
        var start = _writer.Length;
        question.Write(_writer);
        var length = _writer.Length - start;
        BinaryPrimitives.WriteInt32LittleEndian(_writer.WrittenSpan[(start - 4)..], length);
        _writer.WriteRaw(stackalloc byte[FrameCodec.TailRoom]);
        var frame = _writer.WrittenMemory;
        return frame[channel.Codec.Seal(frame.Span, HeaderBytes + length)];
    }

    TlObject Read(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < HeaderBytes)
            throw TransportError.Read(payload, channel.Codec.AllowsPadding);
        var reader = new TlReader(payload);
        if (reader.ReadInt64() != 0)
            throw new ProtocolViolationException(Violation.AuthKeyId, "an encrypted message during the key exchange");
        reader.ReadInt64(); // msg_id: the nonces bind the answer, and the clock is not set yet
        var length = reader.ReadInt32();
        if (length < 4 || length > reader.Remaining)
            throw new ProtocolViolationException(Violation.MessageLength, $"{length} of {reader.Remaining} bytes");
        var body = new TlReader(reader.ReadRaw(length));
        return body.ReadObject();
    }
}
