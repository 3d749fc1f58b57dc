using System.Buffers.Binary;
using System.Security.Cryptography;
using Fleet.Emulator.Crypto;

namespace Fleet.Emulator.Wire;

/// <summary>
/// Lays encrypted messages out in frame buffers:
/// <code>
/// head room 8 | auth_key_id 8 | msg_key 16 | salt 8 | session 8 | msg_id 8 | seqno 4 | length 4 | body | padding 12-27
///             '-- 32 bytes of the auth key while the message key is hashed, so that one call hashes it all
/// </code>
/// </summary>
static class MessageEncoder
{
    /// <summary>Where the encrypted payload starts in its buffer.</summary>
    public const int Start = Transport.HeadRoom;

    const int PlainStart = Start + 24;
    const int BodyStart = PlainStart + 32;
    const int MinPadding = 12;

    /// <summary>Longest body that fits <see cref="FrameBuffers"/>.</summary>
    public const int MaxBody = FrameBuffers.Bytes - BodyStart - Transport.TailRoom - 32;

    /// <summary>Where the result stands in an rpc_result.</summary>
    public const int ResultStart = 12;

    public static Span<byte> BodyOf(byte[] buffer) => buffer.AsSpan(BodyStart);

    /// <summary>Writes an upload.file or upload.cdnFile with its content; returns the body's length.</summary>
    public static int WritePart(byte[] buffer, PartMessage part)
    {
        var body = BodyOf(buffer);
        BinaryPrimitives.WriteUInt32LittleEndian(body, Mtp.RpcResult);
        BinaryPrimitives.WriteInt64LittleEndian(body[4..], part.RequestId);
        var at = WriteUploadHead(body, part.IsCdn);
        body[at] = (byte)Math.Min(part.Length, 254);
        if (part.Length >= 254)
            BinaryPrimitives.WriteInt32LittleEndian(body[at..], (part.Length << 8) | 254);
        at += part.Length >= 254 ? 4 : 1;
        part.Content.Read(part.Offset, body.Slice(at, part.Length));
        if (part.FlipBit && part.Length > 0)
            body[at + (part.Length / 2)] ^= 0x10;
        at += part.Length;
        while (at % 4 != 0)
            body[at++] = 0;
        return at;
    }

    /// <summary>Everything before the content; returns where that begins.</summary>
    static int WriteUploadHead(Span<byte> body, bool isCdn)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(body[12..], isCdn ? Mtp.UploadCdnFile : Mtp.UploadFile);
        if (isCdn)
            return 16;
        BinaryPrimitives.WriteUInt32LittleEndian(body[16..], Mtp.StorageFilePartial);
        BinaryPrimitives.WriteInt32LittleEndian(body[20..], 0);
        return 24;
    }

    /// <summary>Completes header, padding and message key; what is left to do is the encryption that it returns.</summary>
    public static (IgeJob Job, int PayloadLength) Seal(
        byte[] buffer,
        int bodyLength,
        Session session,
        (long MessageId, int SeqNo) number,
        long salt
    )
    {
        var plain = buffer.AsSpan(PlainStart);
        BinaryPrimitives.WriteInt64LittleEndian(plain, salt);
        BinaryPrimitives.WriteInt64LittleEndian(plain[8..], session.Id);
        BinaryPrimitives.WriteInt64LittleEndian(plain[16..], number.MessageId);
        BinaryPrimitives.WriteInt32LittleEndian(plain[24..], number.SeqNo);
        BinaryPrimitives.WriteInt32LittleEndian(plain[28..], bodyLength);
        var length = 32 + bodyLength;
        var padding = MinPadding + (-(length + MinPadding) & 15);
        RandomNumberGenerator.Fill(plain.Slice(length, padding));
        length += padding;

        var key = session.AuthKey.Key;
        Span<byte> digest = stackalloc byte[32];
        MessageCipher.ServerKeyPart(key).CopyTo(buffer.AsSpan(PlainStart - 32));
        SHA256.HashData(buffer.AsSpan(PlainStart - 32, length + 32), digest);
        var keyAndIv = new byte[64];
        var messageKey = digest.Slice(8, MessageCipher.KeyBytes);
        MessageCipher.DeriveForServerMessage(key, messageKey, keyAndIv);
        BinaryPrimitives.WriteInt64LittleEndian(buffer.AsSpan(Start), session.AuthKey.Id);
        messageKey.CopyTo(buffer.AsSpan(Start + 8));
        var job = new IgeJob(keyAndIv.AsMemory(0, 32), keyAndIv.AsMemory(32), buffer.AsMemory(PlainStart, length));
        return (job, 24 + length);
    }
}
