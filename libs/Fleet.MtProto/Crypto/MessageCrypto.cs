using System.Security.Cryptography;

namespace Fleet.MtProto.Crypto;

/// <summary>Which way a message goes; the two directions use different parts of the auth key (x of the specification).</summary>
public enum MessageDirection
{
    ToServer = 0,
    ToClient = 8,
}

/// <summary>The encryption of MTProto 2.0 messages, in place, without allocating.</summary>
/// <remarks>
/// <code>
///  0          8            16         32                                              n
///  | headroom | auth_key_id | msg_key | salt, session, msg_id, seqno, length, body, padding |
///  |  scratch for the transport's header  | plaintext / ciphertext, whole AES blocks         |
/// </code>
/// msg_key is the hash of 32 bytes of the auth key followed by the plaintext. The headroom is there so that those 32
/// bytes can stand directly before the plaintext while it is hashed, in one call and without a copy.
/// https://core.telegram.org/mtproto/description#defining-aes-key-and-initialization-vector
/// </remarks>
public static class MessageCrypto
{
    /// <summary>Bytes before auth_key_id that belong to the frame's buffer; a transport header fits in.</summary>
    public const int Headroom = 8;

    /// <summary>Where the plaintext starts in a frame's buffer: after headroom, auth_key_id and msg_key.</summary>
    public const int PlaintextOffset = 32;

    /// <summary>Length of msg_key.</summary>
    internal const int MessageKeyBytes = 16;

    const int AuthKeyIdOffset = Headroom;
    const int MessageKeyOffset = 16;

    /// <summary>Encrypts the plaintext of <paramref name="frame"/> and writes auth_key_id and msg_key before it.</summary>
    /// <param name="frame">Headroom, 24 bytes to fill, then the padded plaintext: a multiple of 16 bytes.</param>
    /// <param name="key">The data centre's key.</param>
    /// <param name="direction">Which way the message goes.</param>
    public static void Encrypt(Span<byte> frame, AuthKey key, MessageDirection direction)
    {
        Span<byte> messageKey = stackalloc byte[MessageKeyBytes];
        Span<byte> aesKey = stackalloc byte[AesIge.KeyBytes];
        Span<byte> aesIv = stackalloc byte[AesIge.IvBytes];
        HashPlaintext(frame, key, direction, messageKey);
        DeriveKey(key, messageKey, direction, aesKey, aesIv);
        AesIge.Encrypt(frame[PlaintextOffset..], aesKey, aesIv);
        BinaryPrimitives.WriteInt64LittleEndian(frame[AuthKeyIdOffset..], key.Id);
        messageKey.CopyTo(frame[MessageKeyOffset..]);
        CryptographicOperations.ZeroMemory(aesKey);
    }

    /// <summary>Decrypts <paramref name="frame"/> and checks its msg_key. The first 32 bytes are overwritten.</summary>
    /// <param name="frame">Headroom, auth_key_id, msg_key, ciphertext: at least 48 bytes, whole AES blocks.</param>
    /// <param name="key">The data centre's key.</param>
    /// <param name="direction">Which way the message goes.</param>
    /// <returns>The plaintext, within <paramref name="frame"/>.</returns>
    /// <exception cref="ProtocolViolationException">Length, auth_key_id or msg_key is wrong.</exception>
    public static Span<byte> Decrypt(Span<byte> frame, AuthKey key, MessageDirection direction)
    {
        Span<byte> messageKey = stackalloc byte[MessageKeyBytes];
        Span<byte> aesKey = stackalloc byte[AesIge.KeyBytes];
        Span<byte> aesIv = stackalloc byte[AesIge.IvBytes];
        Open(frame, key, direction, messageKey, aesKey, aesIv);
        var plaintext = frame[PlaintextOffset..];
        AesIge.Decrypt(plaintext, aesKey, aesIv);
        CryptographicOperations.ZeroMemory(aesKey);
        Verify(frame, key, direction, messageKey);
        return plaintext;
    }

    /// <summary>The first third of <see cref="Decrypt"/>: checks length and auth_key_id, and derives what decrypts it.</summary>
    internal static void Open(
        ReadOnlySpan<byte> frame,
        AuthKey key,
        MessageDirection direction,
        Span<byte> messageKey,
        Span<byte> aesKey,
        Span<byte> aesIv
    )
    {
        var length = frame.Length - PlaintextOffset;
        if (length < AesIge.BlockBytes || length % AesIge.BlockBytes != 0)
            throw new ProtocolViolationException(Violation.FrameLength, $"{length} encrypted bytes");
        var keyId = BinaryPrimitives.ReadInt64LittleEndian(frame[AuthKeyIdOffset..]);
        if (keyId != key.Id)
            throw new ProtocolViolationException(Violation.AuthKeyId, $"{keyId:x16} instead of {key.Id:x16}");
        frame.Slice(MessageKeyOffset, MessageKeyBytes).CopyTo(messageKey);
        DeriveKey(key, messageKey, direction, aesKey, aesIv);
    }

    /// <summary>The last third of <see cref="Decrypt"/>: checks that the plaintext is the message that msg_key names.
    /// Nothing of it may be used before.</summary>
    internal static void Verify(
        Span<byte> frame,
        AuthKey key,
        MessageDirection direction,
        ReadOnlySpan<byte> messageKey
    )
    {
        Span<byte> computed = stackalloc byte[MessageKeyBytes];
        HashPlaintext(frame, key, direction, computed);
        if (!CryptographicOperations.FixedTimeEquals(messageKey, computed))
            throw new ProtocolViolationException(Violation.MessageKey, "not the hash of the message");
    }

    /// <summary>msg_key: the middle 128 bits of SHA-256(auth_key[88+x .. 120+x] + plaintext).</summary>
    static void HashPlaintext(Span<byte> frame, AuthKey key, MessageDirection direction, Span<byte> messageKey)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        key.Bytes.Slice(88 + (int)direction, PlaintextOffset).CopyTo(frame);
        SHA256.HashData(frame, hash);
        hash.Slice(8, MessageKeyBytes).CopyTo(messageKey);
        frame[..PlaintextOffset].Clear();
    }

    internal static void DeriveKey(
        AuthKey key,
        ReadOnlySpan<byte> messageKey,
        MessageDirection direction,
        Span<byte> aesKey,
        Span<byte> aesIv
    )
    {
        const int Part = 36;
        Span<byte> input = stackalloc byte[MessageKeyBytes + Part];
        Span<byte> a = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> b = stackalloc byte[SHA256.HashSizeInBytes];
        messageKey.CopyTo(input);
        key.Bytes.Slice((int)direction, Part).CopyTo(input[MessageKeyBytes..]);
        SHA256.HashData(input, a);
        key.Bytes.Slice(40 + (int)direction, Part).CopyTo(input);
        messageKey.CopyTo(input[Part..]);
        SHA256.HashData(input, b);

        a[..8].CopyTo(aesKey);
        b[8..24].CopyTo(aesKey[8..]);
        a[24..].CopyTo(aesKey[24..]);
        b[..8].CopyTo(aesIv);
        a[8..24].CopyTo(aesIv[8..]);
        b[24..].CopyTo(aesIv[24..]);
    }
}
