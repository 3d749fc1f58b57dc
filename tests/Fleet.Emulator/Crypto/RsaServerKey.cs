using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using Fleet.Tl;

namespace Fleet.Emulator.Crypto;

/// <summary>
/// The server's RSA key (2048 bits). Decrypts both forms that clients send: RSA_PAD, and the older SHA-1 form.
/// </summary>
/// <remarks>https://core.telegram.org/mtproto/auth_key#41-rsa-paddata-server-public-key-mentioned-above-is-implemented-as-follows</remarks>
sealed class RsaServerKey
{
    const int ModulusBytes = 256;
    readonly BigInteger _p;
    readonly BigInteger _q;
    readonly BigInteger _dp;
    readonly BigInteger _dq;
    readonly BigInteger _inverseQ;
    readonly BigInteger _modulus;

    RsaServerKey(RSA rsa)
    {
        var parameters = rsa.ExportParameters(includePrivateParameters: true);
        _p = BigNumbers.FromBytes(parameters.P);
        _q = BigNumbers.FromBytes(parameters.Q);
        _dp = BigNumbers.FromBytes(parameters.DP);
        _dq = BigNumbers.FromBytes(parameters.DQ);
        _inverseQ = BigNumbers.FromBytes(parameters.InverseQ);
        _modulus = BigNumbers.FromBytes(parameters.Modulus);
        Fingerprint = FingerprintOf(parameters.Modulus!, parameters.Exponent!);
        PublicPem = rsa.ExportRSAPublicKeyPem() + "\n";
    }

    /// <summary>Low 64 bits of SHA-1 over the TL strings modulus and exponent.</summary>
    public long Fingerprint { get; }

    /// <summary>PKCS#1 public key, the form in which Telegram publishes its own.</summary>
    public string PublicPem { get; }

    /// <summary>A new key whose fingerprint does not start with a zero nibble: mtcute never finds one that does.</summary>
    public static RsaServerKey Create(string? privateKeyFile)
    {
        while (true)
        {
            using var rsa = RSA.Create(ModulusBytes * 8);
            var key = new RsaServerKey(rsa);
            if ((ulong)key.Fingerprint >> 60 == 0)
                continue;
            if (privateKeyFile is not null)
                PrivateFile.Write(privateKeyFile, rsa.ExportRSAPrivateKeyPem());
            return key;
        }
    }

    /// <summary>Reads the key of an earlier run, or makes one and keeps it.</summary>
    public static RsaServerKey LoadOrCreate(string privateKeyFile)
    {
        if (!File.Exists(privateKeyFile))
            return Create(privateKeyFile);
        using var rsa = RSA.Create();
        rsa.ImportFromPem(File.ReadAllText(privateKeyFile));
        return new RsaServerKey(rsa);
    }

    /// <summary>The inner data of req_DH_params, followed by its padding in the newer form; null when neither form fits.</summary>
    public byte[]? DecryptOrNull(ReadOnlySpan<byte> encrypted)
    {
        if (encrypted.Length != ModulusBytes)
            return null;
        var value = BigNumbers.FromBytes(encrypted);
        if (value >= _modulus)
            return null;
        var block = BigNumbers.ToBytes(PrivateOperation(value), ModulusBytes);
        return UnpadOrNull(block) ?? UnwrapSha1OrNull(block);
    }

    BigInteger PrivateOperation(BigInteger value)
    {
        var m1 = BigInteger.ModPow(value % _p, _dp, _p);
        var m2 = BigInteger.ModPow(value % _q, _dq, _q);
        var difference = (m1 - m2) % _p;
        if (difference.Sign < 0)
            difference += _p;
        return m2 + (_inverseQ * difference % _p * _q);
    }

    // temp_key_xor 32 | IGE(temp_key, 0, reversed(data 192) 192 | SHA256(temp_key + data) 32)
    static byte[]? UnpadOrNull(byte[] block)
    {
        var encrypted = block.AsSpan(32).ToArray();
        var key = block.AsSpan(0, 32).ToArray();
        var mask = SHA256.HashData(encrypted);
        for (var i = 0; i < key.Length; i++)
            key[i] ^= mask[i];
        Ige.Decrypt(key, new byte[32], encrypted);
        var data = encrypted.AsSpan(0, 192);
        data.Reverse();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(key);
        hash.AppendData(data);
        return hash.GetHashAndReset().AsSpan().SequenceEqual(encrypted.AsSpan(192)) ? data.ToArray() : null;
    }

    // 0 | SHA1(data) 20 | data | random, 256 bytes together; where data ends only its own TL says
    static byte[]? UnwrapSha1OrNull(byte[] block)
    {
        if (block[0] != 0)
            return null;
        var digest = block.AsSpan(1, 20);
        for (var length = 4; length <= ModulusBytes - 21; length += 4)
        {
            var data = block.AsSpan(21, length);
            if (SHA1.HashData(data).AsSpan().SequenceEqual(digest))
                return data.ToArray();
        }
        return null;
    }

    static long FingerprintOf(byte[] modulus, byte[] exponent)
    {
        using var writer = new TlWriter();
        writer.WriteBytes(modulus);
        writer.WriteBytes(exponent);
        return BinaryPrimitives.ReadInt64LittleEndian(SHA1.HashData(writer.WrittenSpan).AsSpan(12));
    }
}
