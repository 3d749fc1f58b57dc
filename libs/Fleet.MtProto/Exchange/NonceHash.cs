using System.Security.Cryptography;

namespace Fleet.MtProto.Exchange;

/// <summary>The hashes of the key exchange that bind its answers to new_nonce, which only the server could read.</summary>
static class NonceHash
{
    public const int Bytes = 16;

    /// <summary>new_nonce_hash of server_DH_params_fail: the lower 128 bits of SHA1(new_nonce).</summary>
    public static byte[] Of(ReadOnlySpan<byte> newNonce) => SHA1.HashData(newNonce)[4..];

    /// <summary>new_nonce_hash1, 2 or 3: the lower 128 bits of SHA1(new_nonce + number + auth_key_aux_hash).</summary>
    public static byte[] Of(ReadOnlySpan<byte> newNonce, byte number, long auxiliaryHash)
    {
        Span<byte> input = stackalloc byte[32 + 1 + 8];
        newNonce.CopyTo(input);
        input[32] = number;
        BinaryPrimitives.WriteInt64LittleEndian(input[33..], auxiliaryHash);
        return SHA1.HashData(input)[4..];
    }

    /// <summary>The AES key and IV that protect the Diffie-Hellman parameters.</summary>
    /// <remarks>https://core.telegram.org/mtproto/auth_key#6-server-responds-with</remarks>
    public static (byte[] Key, byte[] Iv) DeriveKey(ReadOnlySpan<byte> newNonce, ReadOnlySpan<byte> serverNonce)
    {
        var newServer = SHA1.HashData([.. newNonce, .. serverNonce]);
        var serverNew = SHA1.HashData([.. serverNonce, .. newNonce]);
        var newNew = SHA1.HashData([.. newNonce, .. newNonce]);
        return ([.. newServer, .. serverNew[..12]], [.. serverNew[12..], .. newNew, .. newNonce[..4]]);
    }
}
