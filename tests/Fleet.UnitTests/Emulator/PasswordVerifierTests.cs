using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Fleet.Emulator.Crypto;

namespace Fleet.UnitTests.Emulator;

/// <summary>The server's half of SRP. The client's half below follows https://core.telegram.org/api/srp line by line.</summary>
[Category("engine")]
sealed class PasswordVerifierTests
{
    static readonly byte[] Salt1 = [.. Enumerable.Range(1, 40).Select(i => (byte)i)];
    static readonly byte[] Salt2 = [.. Enumerable.Range(101, 16).Select(i => (byte)i)];

    [TestCase("fleet password", true)]
    [TestCase("fleet Password", false)]
    [TestCase("", false)]
    public void Only_the_right_password_is_proved(string typed, bool accepted)
    {
        var verifier = new PasswordVerifier("fleet password", Salt1, Salt2);
        var challenge = verifier.Challenge();

        var (share, proof) = ClientProof(typed, challenge.ServerShare);

        Assert.That(verifier.Check(challenge, share, proof), Is.EqualTo(accepted));
    }

    [Test]
    public void A_proof_is_worthless_for_another_challenge()
    {
        var verifier = new PasswordVerifier("fleet password", Salt1, Salt2);
        var (share, proof) = ClientProof("fleet password", verifier.Challenge().ServerShare);

        Assert.That(verifier.Check(verifier.Challenge(), share, proof), Is.False);
    }

    [Test]
    public void A_share_outside_the_group_is_refused()
    {
        var verifier = new PasswordVerifier("fleet password", Salt1, Salt2);

        var shares = new[] { BigInteger.Zero, BigInteger.One, BigNumbers.Prime - 1, BigNumbers.Prime };

        Assert.That(
            shares.Select(a => verifier.Check(verifier.Challenge(), BigNumbers.ToBytes(a), new byte[32])),
            Is.All.False
        );
    }

    static (byte[] Share, byte[] Proof) ClientProof(string password, byte[] serverShare)
    {
        var p = BigNumbers.Prime;
        BigInteger g = BigNumbers.Generator;
        var a = BigNumbers.Random(256);
        var share = Padded(BigInteger.ModPow(g, a, p));
        var u = Number(H(share, serverShare));
        var x = Number(PasswordHash(password));
        var v = BigInteger.ModPow(g, x, p);
        var k = Number(H(Padded(p), Padded(g)));
        var t = (Number(serverShare) - (k * v % p) + p) % p;
        var key = H(Padded(BigInteger.ModPow(t, a + (u * x), p)));
        var mixed = H(Padded(p)).Zip(H(Padded(g)), (left, right) => (byte)(left ^ right)).ToArray();
        return (share, H(mixed, H(Salt1), H(Salt2), share, serverShare, key));
    }

    static byte[] PasswordHash(string password)
    {
        var first = SH(SH(Encoding.UTF8.GetBytes(password), Salt1), Salt2);
        return SH(Rfc2898DeriveBytes.Pbkdf2(first, Salt1, 100_000, HashAlgorithmName.SHA512, 64), Salt2);
    }

    static byte[] SH(byte[] data, byte[] salt) => H(salt, data, salt);

    static byte[] H(params IEnumerable<byte[]> parts) => SHA256.HashData([.. parts.SelectMany(part => part)]);

    static byte[] Padded(BigInteger value) => BigNumbers.ToBytes(value);

    static BigInteger Number(byte[] bytes) => BigNumbers.FromBytes(bytes);
}
