using System.Numerics;
using System.Security.Cryptography;
using Fleet.MtProto.Crypto;

namespace Fleet.UnitTests.MtProto;

[Category("engine")]
sealed class NumberTests
{
    // pq of https://core.telegram.org/mtproto/samples-auth_key, then squares, small and large ones
    [TestCase(0x17ED48941A08F981UL, 0x494C553BU, 0x53911073U)]
    [TestCase(9UL, 3U, 3U)]
    [TestCase(15UL, 3U, 5U)]
    [TestCase(6UL, 2U, 3U)]
    [TestCase(18446743979220271189UL, 4294967279U, 4294967291U)]
    [TestCase(18446744030759878681UL, 4294967291U, 4294967291U)]
    public void A_product_of_two_primes_is_split(ulong pq, uint p, uint q)
    {
        Assert.That((PrimeFactors.TrySplit(pq, out var small, out var large), small, large), Is.EqualTo((true, p, q)));
    }

    [TestCase(0UL)]
    [TestCase(1UL)]
    [TestCase(2UL)]
    [TestCase(4294967291UL)]
    [TestCase(105UL)]
    [TestCase(18446744073709551557UL)]
    [TestCase(18446744073709551615UL)]
    [TestCase(3UL * 4294967311UL)]
    public void Anything_else_is_refused(ulong pq)
    {
        Assert.That(PrimeFactors.TrySplit(pq, out _, out _), Is.False);
    }

    [Test]
    public void Every_random_product_of_31_bit_primes_is_split()
    {
        var random = new Random(7);
        for (var i = 0; i < 200; i++)
        {
            var (a, b) = (RandomPrime(random), RandomPrime(random));
            var found = PrimeFactors.TrySplit((ulong)a * b, out var p, out var q);
            Assert.That((found, p, q), Is.EqualTo((true, Math.Min(a, b), Math.Max(a, b))));
        }
    }

    [Test]
    public void Big_numbers_keep_their_leading_zeros()
    {
        Assert.That(BigEndian.Write(new BigInteger(0x0102), 4), Is.EqualTo(new byte[] { 0, 0, 1, 2 }));
    }

    [TestCase(0UL, 1)]
    [TestCase(255UL, 1)]
    [TestCase(256UL, 2)]
    [TestCase(0x494C553BUL, 4)]
    [TestCase(ulong.MaxValue, 8)]
    public void The_shortest_form_has_no_leading_zero(ulong value, int length)
    {
        Assert.That(BigEndian.WriteShortest(value), Has.Length.EqualTo(length));
    }

    [Test]
    public void The_prime_we_know_is_the_one_of_the_specification_s_sample()
    {
        byte[] answer = [.. Vectors.SampleEncryptedAnswer];
        AesIge.Decrypt(answer, Vectors.SampleKey, Vectors.SampleIv);

        // hash 20, constructor 4, nonces 32, g 4, length 4
        Assert.That(BigEndian.Read(answer.AsSpan(64, 256)), Is.EqualTo(DiffieHellman.KnownPrime));
    }

    [TestCase(3, true)]
    [TestCase(4, true)]
    [TestCase(2, false)]
    [TestCase(1, false)]
    [TestCase(8, false)]
    public void A_generator_must_be_a_quadratic_residue(int g, bool good)
    {
        Assert.That(DiffieHellman.IsGoodGroup(DiffieHellman.KnownPrime, g, Seeded(1)), Is.EqualTo(good));
    }

    [Test]
    public void A_composite_of_the_right_size_is_no_group()
    {
        var composite = DiffieHellman.KnownPrime - (2 * 12 * 35);

        Assert.That(DiffieHellman.IsGoodGroup(composite, 4, Seeded(2)), Is.False);
    }

    // RFC 3526, group 14: 2^2048 - 2^1984 - 1 + 2^64 * (floor(2^1918 * pi) + 124476)
    [Test]
    public void Another_safe_prime_is_a_group()
    {
        var prime = BigEndian.Read(
            Convert.FromHexString(
                "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
                    + "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
                    + "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"
                    + "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
                    + "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
                    + "15728E5A8AACAA68FFFFFFFFFFFFFFFF"
            )
        );

        Assert.That(DiffieHellman.IsGoodGroup(prime, 2, Seeded(3)), Is.True);
    }

    [Test]
    public void A_public_value_near_either_end_is_refused()
    {
        var p = DiffieHellman.KnownPrime;
        var margin = BigInteger.One << (2048 - 64);
        BigInteger[] values = [0, 1, margin - 1, margin, p - margin, p - margin + 1, p - 1, p];

        Assert.That(
            values.Select(v => DiffieHellman.IsGoodValue(v, p)),
            Is.EqualTo(new[] { false, false, false, true, true, false, false, false })
        );
    }

    [Test]
    public void Telegram_s_production_key_has_its_published_fingerprint()
    {
        Assert.That(RsaKeySet.Production.Fingerprints, Is.EqualTo(new[] { unchecked((long)0xd09d1d85de64fd85) }));
    }

    // Telegram's test key: TDLib td/telegram/net/PublicRsaKeySharedMain.cpp
    [Test]
    public void Telegram_s_test_key_has_its_published_fingerprint()
    {
        const string Pem = """
            -----BEGIN RSA PUBLIC KEY-----
            MIIBCgKCAQEAyMEdY1aR+sCR3ZSJrtztKTKqigvO/vBfqACJLZtS7QMgCGXJ6XIR
            yy7mx66W0/sOFa7/1mAZtEoIokDP3ShoqF4fVNb6XeqgQfaUHd8wJpDWHcR2OFwv
            plUUI1PLTktZ9uW2WE23b+ixNwJjJGwBDJPQEQFBE+vfmH0JP503wr5INS1poWg/
            j25sIWeYPHYeOrFp/eXaqhISP6G+q2IeTaWTXpwZj4LzXq5YOpk4bYEQ6mvRq7D1
            aHWfYmlEGepfaYR8Q0YqvvhYtMte3ITnuSJs171+GDqpdKcSwHnd6FudwGO4pcCO
            j4WcDuXc2CTHgH8gFTNhp/Y8/SpDOhvn9QIDAQAB
            -----END RSA PUBLIC KEY-----
            """;

        Assert.That(RsaPublicKey.FromPem(Pem).Fingerprint, Is.EqualTo(unchecked((long)0xb25898df208d2603)));
    }

    [TestCase("")]
    [TestCase("-----BEGIN RSA PUBLIC KEY-----\nAAAA\n-----END RSA PUBLIC KEY-----")]
    public void Text_that_is_no_key_is_refused(string pem)
    {
        Assert.That(() => RsaPublicKey.FromPem(pem), Throws.InstanceOf<FormatException>());
    }

    [Test]
    public void Only_the_owner_of_the_key_reads_RSA_PAD()
    {
        using var owner = RSA.Create(2048);
        var secret = owner.ExportParameters(includePrivateParameters: true);
        var message = RandomNumberGenerator.GetBytes(RsaPublicKey.MaxMessageBytes);

        var encrypted = RsaPublicKey
            .FromPem(owner.ExportRSAPublicKeyPem())
            .EncryptPadded(message, RandomNumberGenerator.Fill);

        Assert.That(OpenPadded(encrypted, secret)[..message.Length], Is.EqualTo(message));
    }

    // The steps of https://core.telegram.org/mtproto/auth_key#41-rsa-paddata-server-public-key, backwards.
    public static byte[] OpenPadded(byte[] encrypted, RSAParameters secret)
    {
        var number = BigInteger.ModPow(
            BigEndian.Read(encrypted),
            BigEndian.Read(secret.D),
            BigEndian.Read(secret.Modulus)
        );
        var block = BigEndian.Write(number, 256);
        var temporaryKey = SHA256.HashData(block.AsSpan(32)).Zip(block, (a, b) => (byte)(a ^ b)).ToArray();
        var inner = block[32..];
        AesIge.Decrypt(inner, temporaryKey, new byte[32]);
        var padded = inner[..192].Reverse().ToArray();
        Assert.That(inner[192..], Is.EqualTo(SHA256.HashData([.. temporaryKey, .. padded])));
        return padded;
    }

    static uint RandomPrime(Random random)
    {
        while (true)
        {
            var candidate = (uint)random.Next(1 << 30, int.MaxValue) | 1;
            if (PrimeFactors.IsPrime(candidate))
                return candidate;
        }
    }

    static Fleet.MtProto.RandomFill Seeded(int seed) => new Random(seed).NextBytes;
}
