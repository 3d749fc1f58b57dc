using System.Buffers.Binary;
using System.IO.Compression;
using Fleet.MtProto.Crypto;
using Fleet.Tl;
using Fleet.Tl.Mtp;
using Fleet.UnitTests.Tl;

namespace Fleet.UnitTests.MtProto;

/// <summary>One message that the client sent.</summary>
/// <param name="Frame">Number of the frame it came in, from 1.</param>
/// <param name="ContainerId">The container's id, or the message's own.</param>
sealed record Received(int Frame, long ContainerId, long MsgId, int SeqNo, TlObject Body, long Salt, long SessionId)
{
    public bool IsCall => (SeqNo & 1) != 0;

    /// <summary>The call inside all wrappers, unpacked.</summary>
    public TlObject Call
    {
        get
        {
            var body = Body is GzipPacked packed ? TlBytes.Read(Wire.Unpack(packed.PackedData)) : Body;
            while (body is TlWrapper wrapper)
                body = wrapper.Query;
            return body;
        }
    }
}

/// <summary>Encrypted frames, as the server's end reads and writes them.</summary>
static class Wire
{
    const int HeaderBytes = 32;

    /// <summary>Opens a frame of the client that has the headroom before it.</summary>
    public static List<Received> Open(byte[] frame, int number)
    {
        var plaintext = MessageCrypto.Decrypt(frame, Peer.Key, MessageDirection.ToServer).ToArray();
        var header = new TlReader(plaintext);
        var (salt, session, id) = (header.ReadInt64(), header.ReadInt64(), header.ReadInt64());
        var (seqNo, length) = (header.ReadInt32(), header.ReadInt32());
        Assert.That(header.Remaining - length, Is.InRange(12, 1024), "padding");
        var body = TlBytes.Read(plaintext.AsSpan(HeaderBytes, length));
        if (body is not MsgContainer container)
            return [new Received(number, id, id, seqNo, body, salt, session)];
        Assert.That(container.Messages.Select(m => m.MsgId).Append(id), Is.Ordered.And.Unique);
        return
        [
            .. container.Messages.Select(m => new Received(
                number,
                id,
                m.MsgId,
                m.SeqNo,
                TlBytes.Read(m.Body),
                salt,
                session
            )),
        ];
    }

    /// <summary>Makes a frame of the server, with the headroom before it.</summary>
    public static byte[] Seal(byte[] body, long sessionId, long msgId, int seqNo = 1, int? padding = null)
    {
        var fill = padding ?? 12 + (-(HeaderBytes + body.Length + 12) & 15);
        var frame = new byte[MessageCrypto.PlaintextOffset + HeaderBytes + body.Length + fill];
        var plaintext = frame.AsSpan(MessageCrypto.PlaintextOffset);
        BinaryPrimitives.WriteInt64LittleEndian(plaintext[8..], sessionId);
        BinaryPrimitives.WriteInt64LittleEndian(plaintext[16..], msgId);
        BinaryPrimitives.WriteInt32LittleEndian(plaintext[24..], seqNo);
        BinaryPrimitives.WriteInt32LittleEndian(plaintext[28..], body.Length);
        body.CopyTo(plaintext[HeaderBytes..]);
        MessageCrypto.Encrypt(frame, Peer.Key, MessageDirection.ToClient);
        return frame;
    }

    public static GzipPacked Pack(byte[] content, bool zlib = false)
    {
        using var packed = new MemoryStream();
        using (
            Stream packer = zlib
                ? new ZLibStream(packed, CompressionLevel.Fastest)
                : new GZipStream(packed, CompressionLevel.Fastest)
        )
            packer.Write(content);
        return new GzipPacked { PackedData = packed.ToArray() };
    }

    public static byte[] Unpack(byte[] packed)
    {
        using var source = new MemoryStream(packed);
        using var gzip = new GZipStream(source, CompressionMode.Decompress);
        using var plain = new MemoryStream();
        gzip.CopyTo(plain);
        return plain.ToArray();
    }
}
