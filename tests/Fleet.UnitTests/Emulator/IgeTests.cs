using System.Security.Cryptography;
using Fleet.Emulator.Crypto;

namespace Fleet.UnitTests.Emulator;

/// <summary>The server's own IGE. That its chaining is right too, mtcute's downloads prove.</summary>
[Category("engine")]
sealed class IgeTests
{
    /// <summary>With a zero IV the first block of IGE is plain AES: FIPS 197, appendix C.3.</summary>
    [Test]
    public void One_block_with_a_zero_IV_is_the_published_AES_256_vector()
    {
        var key = Enumerable.Range(0, 32).Select(i => (byte)i).ToArray();
        var block = Convert.FromHexString("00112233445566778899aabbccddeeff");

        Ige.Encrypt(key, new byte[32], block);

        Assert.That(Convert.ToHexStringLower(block), Is.EqualTo("8ea2b7ca516745bfeafc49904b496089"));
    }

    [TestCase(16)]
    [TestCase(48)]
    [TestCase(4096)]
    public void The_fast_way_and_the_portable_way_agree(int length)
    {
        var (key, iv, plain) = Sample(length);
        var fast = plain.ToArray();
        var portable = plain.ToArray();

        Ige.Encrypt(key, iv, fast);
        Ige.EncryptPortable(key, iv, portable);

        Assert.That(fast, Is.EqualTo(portable));
    }

    [TestCase(16)]
    [TestCase(4096)]
    public void Decryption_undoes_encryption_in_both_ways(int length)
    {
        var (key, iv, plain) = Sample(length);
        var fast = plain.ToArray();
        Ige.Encrypt(key, iv, fast);
        var portable = fast.ToArray();

        Ige.Decrypt(key, iv, fast);
        Ige.DecryptPortable(key, iv, portable);

        Assert.That(
            (fast.AsSpan().SequenceEqual(plain), portable.AsSpan().SequenceEqual(plain)),
            Is.EqualTo((true, true))
        );
    }

    [Test]
    public void Messages_encrypted_together_equal_messages_encrypted_alone([Values(0, 1, 2, 3, 4)] int count)
    {
        var samples = new[] { Sample(64), Sample(1600), Sample(16), Sample(4000) }[..count];
        var jobs = samples.Select(s => new IgeJob(s.Key, s.Iv, s.Plain.ToArray())).ToArray();

        Ige.EncryptTogether(jobs);

        foreach (var (key, iv, plain) in samples)
            Ige.Encrypt(key, iv, plain);
        Assert.That(jobs.Select(j => j.Data.ToArray()), Is.EqualTo(samples.Select(s => s.Plain)));
    }

    static (byte[] Key, byte[] Iv, byte[] Plain) Sample(int length)
    {
        var bytes = new byte[64 + length];
        var seed = SHA256.HashData(BitConverter.GetBytes(length));
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] = (byte)(seed[i % 32] + (i / 32));
        return (bytes[..32], bytes[32..64], bytes[64..]);
    }
}
