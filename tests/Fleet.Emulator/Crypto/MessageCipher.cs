using System.Security.Cryptography;

namespace Fleet.Emulator.Crypto;

/// <summary>MTProto 2.0 message keys as the server needs them: x = 0 for what clients send, x = 8 for what it sends.</summary>
/// <remarks>https://core.telegram.org/mtproto/description#defining-aes-key-and-initialization-vector</remarks>
static class MessageCipher
{
    public const int KeyBytes = 16;
    const int ClientToServer = 0;
    const int ServerToClient = 8;

    /// <summary>The 32 bytes of the auth key that go before the plaintext of a server message when its key is hashed.</summary>
    public static ReadOnlySpan<byte> ServerKeyPart(ReadOnlySpan<byte> authKey) =>
        authKey.Slice(88 + ServerToClient, 32);

    /// <summary>Decrypts a client message in place and says whether its message key fits its content.</summary>
    public static bool TryDecrypt(ReadOnlySpan<byte> authKey, ReadOnlySpan<byte> messageKey, Span<byte> data)
    {
        Span<byte> keys = stackalloc byte[64];
        Derive(authKey, messageKey, ClientToServer, keys);
        Ige.Decrypt(keys[..32], keys[32..], data);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(authKey.Slice(88 + ClientToServer, 32));
        hash.AppendData(data);
        Span<byte> digest = stackalloc byte[32];
        hash.GetHashAndReset(digest);
        return CryptographicOperations.FixedTimeEquals(digest.Slice(8, KeyBytes), messageKey);
    }

    /// <summary>Writes the AES key (32 bytes) and the IV (32 bytes) of a server message.</summary>
    public static void DeriveForServerMessage(
        ReadOnlySpan<byte> authKey,
        ReadOnlySpan<byte> messageKey,
        Span<byte> keyAndIv
    ) => Derive(authKey, messageKey, ServerToClient, keyAndIv);

    static void Derive(ReadOnlySpan<byte> authKey, ReadOnlySpan<byte> messageKey, int x, Span<byte> keyAndIv)
    {
        Span<byte> input = stackalloc byte[KeyBytes + 36];
        Span<byte> a = stackalloc byte[32];
        Span<byte> b = stackalloc byte[32];
        messageKey.CopyTo(input);
        authKey.Slice(x, 36).CopyTo(input[KeyBytes..]);
        SHA256.HashData(input, a);
        authKey.Slice(40 + x, 36).CopyTo(input);
        messageKey.CopyTo(input[36..]);
        SHA256.HashData(input, b);

        a[..8].CopyTo(keyAndIv);
        b.Slice(8, 16).CopyTo(keyAndIv[8..]);
        a.Slice(24, 8).CopyTo(keyAndIv[24..]);
        b[..8].CopyTo(keyAndIv[32..]);
        a.Slice(8, 16).CopyTo(keyAndIv[40..]);
        b.Slice(24, 8).CopyTo(keyAndIv[56..]);
    }
}
