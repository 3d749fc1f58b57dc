using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Fleet.Telegram;

/// <summary>What the server asks of somebody who knows the two-step password.</summary>
/// <param name="Salt1">Salt of the inner hash.</param>
/// <param name="Salt2">Salt of the outer hash.</param>
/// <param name="G">Generator, 2 to 7.</param>
/// <param name="P">Safe prime, 256 bytes, big-endian.</param>
/// <param name="B">The server's public value, up to 256 bytes, big-endian.</param>
public sealed record SrpChallenge(byte[] Salt1, byte[] Salt2, int G, byte[] P, byte[] B);

/// <summary>The answer: proves the password without telling it. Both are safe to send once, to the server that asked.</summary>
/// <param name="A">The client's public value, 256 bytes.</param>
/// <param name="M1">The proof, 32 bytes.</param>
public sealed record SrpAnswer(byte[] A, byte[] M1);

/// <summary>Two-step verification: SRP 6a with SHA-256 and PBKDF2-HMAC-SHA512, 100,000 rounds.</summary>
/// <remarks>https://core.telegram.org/api/srp</remarks>
public static class SrpPassword
{
    const int Width = 256;
    const int Rounds = 100_000;

    /// <summary>Answers a challenge. Takes about 0.1 CPU-seconds, by design of the hash.</summary>
    /// <param name="challenge">From account.getPassword.</param>
    /// <param name="password">The password, hashed as UTF-8.</param>
    /// <param name="random">256 random bytes, never used before.</param>
    /// <exception cref="LoginException">srp_unsafe: the group or the server's value would give the password away.</exception>
    public static SrpAnswer Answer(SrpChallenge challenge, string password, ReadOnlySpan<byte> random)
    {
        SrpGroup.Check(challenge.P, challenge.G);
        var p = Number(challenge.P);
        var b = Number(challenge.B);
        SrpGroup.CheckPublic(b, p);

        var g = new BigInteger(challenge.G);
        var k = Number(Hash(challenge.P, Padded(g)));
        var a = Number(random);
        var publicA = BigInteger.ModPow(g, a, p);
        SrpGroup.CheckPublic(publicA, p);
        var paddedA = Padded(publicA);
        var paddedB = Padded(b);
        var u = Number(Hash(paddedA, paddedB));
        if (u.IsZero)
            throw SrpGroup.Unsafe();

        var x = Number(PasswordHash(password, challenge.Salt1, challenge.Salt2));
        var t = (b - (k * BigInteger.ModPow(g, x, p) % p)) % p;
        if (t.Sign < 0)
            t += p;
        var secret = Hash(Padded(BigInteger.ModPow(t, a + (u * x), p)));

        var groupHash = Hash(challenge.P);
        var generatorHash = Hash(Padded(g));
        for (var i = 0; i < groupHash.Length; i++)
            groupHash[i] ^= generatorHash[i];
        var proof = Hash(groupHash, Hash(challenge.Salt1), Hash(challenge.Salt2), paddedA, paddedB, secret);
        return new SrpAnswer(paddedA, proof);
    }

    /// <summary>x of the protocol, 32 bytes: what the password is turned into before the exchange.</summary>
    internal static byte[] PasswordHash(string password, byte[] salt1, byte[] salt2)
    {
        var inner = Salted(Salted(Encoding.UTF8.GetBytes(password), salt1), salt2);
        var stretched = Rfc2898DeriveBytes.Pbkdf2(inner, salt1, Rounds, HashAlgorithmName.SHA512, 64);
        return Salted(stretched, salt2);
    }

    static byte[] Salted(byte[] data, byte[] salt) => Hash(salt, data, salt);

    static byte[] Hash(params ReadOnlySpan<byte[]> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in parts)
            hash.AppendData(part);
        return hash.GetHashAndReset();
    }

    static BigInteger Number(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    static byte[] Padded(BigInteger value)
    {
        var bytes = new byte[Width];
        var length = value.GetByteCount(isUnsigned: true);
        value.TryWriteBytes(bytes.AsSpan(Width - length), out _, isUnsigned: true, isBigEndian: true);
        return bytes;
    }
}
