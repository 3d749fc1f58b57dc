using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Fleet.Emulator.Crypto;

/// <summary>
/// The server's half of Telegram's two-step password (SRP with a 2048-bit group): keeps only the verifier, proves
/// knowledge of it, and checks the client's proof. One challenge is good for one attempt.
/// </summary>
/// <remarks>https://core.telegram.org/api/srp</remarks>
sealed class PasswordVerifier
{
    const int Rounds = 100_000;
    readonly BigInteger _verifier;

    public PasswordVerifier(string password, byte[] clientSalt, byte[] serverSalt)
    {
        ClientSalt = clientSalt;
        ServerSalt = serverSalt;
        _verifier = BigInteger.ModPow(BigNumbers.Generator, PrivateValue(password), BigNumbers.Prime);
    }

    public static PasswordVerifier Create(string password) =>
        new(password, RandomNumberGenerator.GetBytes(40), RandomNumberGenerator.GetBytes(16));

    /// <summary>salt1 of passwordKdfAlgo.</summary>
    public byte[] ClientSalt { get; }

    /// <summary>salt2 of passwordKdfAlgo.</summary>
    public byte[] ServerSalt { get; }

    /// <summary>Opens an attempt: a random id, b, and B = k·v + g^b.</summary>
    public PasswordChallenge Challenge() => Challenge(BigNumbers.Random(BigNumbers.GroupBytes));

    internal PasswordChallenge Challenge(BigInteger secret)
    {
        var k = BigNumbers.FromBytes(Hash(Padded(BigNumbers.Prime), Padded(BigNumbers.Generator)));
        var share =
            ((k * _verifier) + BigInteger.ModPow(BigNumbers.Generator, secret, BigNumbers.Prime)) % BigNumbers.Prime;
        var id = BinaryPrimitives.ReadInt64LittleEndian(RandomNumberGenerator.GetBytes(8));
        return new PasswordChallenge(id, secret, Padded(share));
    }

    /// <summary>True when M1 proves that the client knows the password; A must lie inside the group.</summary>
    public bool Check(PasswordChallenge challenge, ReadOnlySpan<byte> clientShare, ReadOnlySpan<byte> proof)
    {
        var a = BigNumbers.FromBytes(clientShare);
        if (a <= BigInteger.One || a >= BigNumbers.Prime - 1)
            return false;
        var expected = Proof(challenge, a);
        return CryptographicOperations.FixedTimeEquals(expected, proof);
    }

    byte[] Proof(PasswordChallenge challenge, BigInteger a)
    {
        var paddedA = Padded(a);
        var u = BigNumbers.FromBytes(Hash(paddedA, challenge.ServerShare));
        var common = BigInteger.ModPow(
            a * BigInteger.ModPow(_verifier, u, BigNumbers.Prime) % BigNumbers.Prime,
            challenge.Secret,
            BigNumbers.Prime
        );
        var key = SHA256.HashData(Padded(common));
        var group = SHA256.HashData(Padded(BigNumbers.Prime));
        var generator = SHA256.HashData(Padded(BigNumbers.Generator));
        for (var i = 0; i < group.Length; i++)
            group[i] ^= generator[i];
        return Hash(
            group,
            SHA256.HashData(ClientSalt),
            SHA256.HashData(ServerSalt),
            paddedA,
            challenge.ServerShare,
            key
        );
    }

    // x = PH2(password): SH(PBKDF2(PH1(password), salt1), salt2), PH1 = SH(SH(password, salt1), salt2)
    BigInteger PrivateValue(string password)
    {
        var inner = Salted(Salted(Encoding.UTF8.GetBytes(password), ClientSalt), ServerSalt);
        var stretched = Rfc2898DeriveBytes.Pbkdf2(inner, ClientSalt, Rounds, HashAlgorithmName.SHA512, 64);
        return BigNumbers.FromBytes(Salted(stretched, ServerSalt));
    }

    static byte[] Salted(byte[] data, byte[] salt) => Hash(salt, data, salt);

    static byte[] Padded(BigInteger value) => BigNumbers.ToBytes(value);

    static byte[] Hash(params ReadOnlySpan<byte[]> pieces)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var piece in pieces)
            hash.AppendData(piece);
        return hash.GetHashAndReset();
    }
}

/// <summary>One open password attempt: srp_id, b (secret) and srp_B (256 bytes).</summary>
sealed record PasswordChallenge(long Id, BigInteger Secret, byte[] ServerShare);
