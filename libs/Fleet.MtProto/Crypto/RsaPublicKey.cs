using System.Numerics;
using System.Security.Cryptography;
using Fleet.Tl;

namespace Fleet.MtProto.Crypto;

/// <summary>A server's RSA key of 2048 bits. It is what makes the key exchange trustworthy.</summary>
public sealed class RsaPublicKey
{
    const int ModulusBytes = 256;

    /// <summary>Longest message that <see cref="EncryptPadded"/> takes.</summary>
    public const int MaxMessageBytes = 144;

    const int PaddedBytes = 192;
    const int TemporaryKeyBytes = 32;

    readonly BigInteger _modulus;
    readonly BigInteger _exponent;

    RsaPublicKey(RSAParameters parameters)
    {
        _modulus = BigEndian.Read(parameters.Modulus);
        _exponent = BigEndian.Read(parameters.Exponent);
        Fingerprint = ComputeFingerprint(parameters);
    }

    /// <summary>Lower 64 bits of the SHA-1 of the key's TL form, as resPQ lists it.</summary>
    public long Fingerprint { get; }

    /// <summary>Reads <c>RSA PUBLIC KEY</c> (PKCS#1) or <c>PUBLIC KEY</c> (X.509).</summary>
    /// <exception cref="FormatException">Not such a key, or not of 2048 bits.</exception>
    public static RsaPublicKey FromPem(string pem)
    {
        using var rsa = RSA.Create();
        try
        {
            rsa.ImportFromPem(pem);
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            throw new FormatException("Not the PEM text of an RSA public key", e);
        }
        if (rsa.KeySize != ModulusBytes * 8)
            throw new FormatException($"The RSA key has {rsa.KeySize} bits, not {ModulusBytes * 8}");
        return new RsaPublicKey(rsa.ExportParameters(includePrivateParameters: false));
    }

    /// <summary>RSA_PAD: 256 bytes that only the key's owner can read.</summary>
    /// <remarks>https://core.telegram.org/mtproto/auth_key#41-rsa-paddata-server-public-key</remarks>
    internal byte[] EncryptPadded(ReadOnlySpan<byte> message, RandomFill random)
    {
        if (message.Length > MaxMessageBytes)
            throw new ArgumentException($"{message.Length} bytes are more than {MaxMessageBytes}", nameof(message));
        Span<byte> padded = stackalloc byte[PaddedBytes];
        message.CopyTo(padded);
        random(padded[message.Length..]);
        while (true)
        {
            var block = Wrap(padded, random);
            var number = BigEndian.Read(block);
            if (number < _modulus)
                return BigEndian.Write(BigInteger.ModPow(number, _exponent, _modulus), ModulusBytes);
        }
    }

    // temp_key_xor (32) + AES-IGE(reverse(padded) + SHA256(temp_key + padded)) (224)
    static byte[] Wrap(ReadOnlySpan<byte> padded, RandomFill random)
    {
        Span<byte> keyed = stackalloc byte[TemporaryKeyBytes + PaddedBytes];
        Span<byte> zeroIv = stackalloc byte[AesIge.IvBytes];
        var temporaryKey = keyed[..TemporaryKeyBytes];
        random(temporaryKey);
        padded.CopyTo(keyed[TemporaryKeyBytes..]);
        zeroIv.Clear();

        var block = new byte[ModulusBytes];
        var encrypted = block.AsSpan(TemporaryKeyBytes);
        padded.CopyTo(encrypted);
        encrypted[..PaddedBytes].Reverse();
        SHA256.HashData(keyed, encrypted[PaddedBytes..]);
        AesIge.Encrypt(encrypted, temporaryKey, zeroIv);
        SHA256.HashData(encrypted, block);
        for (var i = 0; i < TemporaryKeyBytes; i++)
            block[i] ^= temporaryKey[i];
        return block;
    }

    static long ComputeFingerprint(RSAParameters parameters)
    {
        using var writer = new TlWriter();
        writer.WriteBytes(parameters.Modulus.AsSpan().TrimStart((byte)0));
        writer.WriteBytes(parameters.Exponent.AsSpan().TrimStart((byte)0));
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
        SHA1.HashData(writer.WrittenSpan, hash);
        return BinaryPrimitives.ReadInt64LittleEndian(hash[12..]);
    }
}
