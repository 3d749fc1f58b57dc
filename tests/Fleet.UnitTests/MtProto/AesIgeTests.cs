using System.Security.Cryptography;
using Fleet.MtProto.Crypto;
using Fleet.MtProto.Exchange;
using FsCheck;
using FsCheck.Fluent;

namespace Fleet.UnitTests.MtProto;

[Category("engine")]
sealed class AesIgeTests
{
    [Test]
    public void The_sample_answer_of_the_specification_decrypts_to_what_its_own_hash_says([Values] bool hardware)
    {
        byte[] answer = [.. Vectors.SampleEncryptedAnswer];

        AesIge.Decrypt(answer, Vectors.SampleKey, Vectors.SampleIv, hardware);

        // SHA1(answer) + answer (564 bytes) + padding
        Assert.That(answer[..20], Is.EqualTo(SHA1.HashData(answer.AsSpan(20, 564))));
    }

    [Test]
    public void Encrypting_the_sample_answer_gives_the_sample_again([Values] bool hardware)
    {
        byte[] answer = [.. Vectors.SampleEncryptedAnswer];
        AesIge.Decrypt(answer, Vectors.SampleKey, Vectors.SampleIv, hardware);

        AesIge.Encrypt(answer, Vectors.SampleKey, Vectors.SampleIv, hardware);

        Assert.That(answer, Is.EqualTo(Vectors.SampleEncryptedAnswer));
    }

    [Test]
    public void The_sample_key_follows_from_the_sample_nonces()
    {
        var (key, iv) = NonceHash.DeriveKey(Vectors.SampleNewNonce, Vectors.SampleServerNonce);

        Assert.That((byte[])[.. key, .. iv], Is.EqualTo((byte[])[.. Vectors.SampleKey, .. Vectors.SampleIv]));
    }

    // With a zero IV the first block is plain AES: FIPS 197, appendix C.3.
    [Test]
    public void One_block_with_a_zero_IV_is_the_AES_256_of_the_standard([Values] bool hardware)
    {
        var key = Convert.FromHexString("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
        var block = Convert.FromHexString("00112233445566778899aabbccddeeff");

        AesIge.Encrypt(block, key, new byte[32], hardware);

        Assert.That(Convert.ToHexStringLower(block), Is.EqualTo("8ea2b7ca516745bfeafc49904b496089"));
    }

    [Test]
    public void Instructions_and_plain_code_agree_on_every_length()
    {
        Assume.That(AesIge.IsHardwareAccelerated);
        var random = new Random(1);
        for (var blocks = 0; blocks <= 130; blocks++)
        {
            var (data, key, iv) = (Bytes(random, 16 * blocks), Bytes(random, 32), Bytes(random, 32));
            byte[] byHardware = [.. data];
            byte[] byCode = [.. data];

            AesIge.Encrypt(byHardware, key, iv, hardware: true);
            AesIge.Encrypt(byCode, key, iv, hardware: false);
            Assert.That(byHardware, Is.EqualTo(byCode), $"encrypting {blocks} blocks");

            AesIge.Decrypt(byHardware, key, iv, hardware: true);
            AesIge.Decrypt(byCode, key, iv, hardware: false);
            Assert.That(byHardware, Is.EqualTo(data), $"decrypting {blocks} blocks");
            Assert.That(byCode, Is.EqualTo(data), $"decrypting {blocks} blocks in plain code");
        }
    }

    [Test]
    public void The_sample_answer_decrypts_the_same_in_company([Values] bool hardware, [Values(1, 2, 3, 4)] int count)
    {
        var answers = Enumerable.Range(0, count).Select(_ => Vectors.SampleEncryptedAnswer.ToArray()).ToArray();
        byte[] keys = [.. answers.SelectMany(_ => Vectors.SampleKey)];
        byte[] ivs = [.. answers.SelectMany(_ => Vectors.SampleIv)];

        AesIge.Decrypt([.. answers.Select(a => a.AsMemory())], keys, ivs, hardware);

        Assert.That(
            answers.Select(a => a[..20]),
            Is.All.EqualTo(SHA1.HashData(answers[0].AsSpan(20, 564))).And.Exactly(count).Items
        );
    }

    [Test]
    public void Messages_decrypted_together_come_out_as_each_does_alone([Values] bool hardware)
    {
        Assume.That(!hardware || AesIge.IsHardwareAccelerated);
        Prop.ForAll(
                ArbMap.Default.ArbFor<NonEmptyArray<byte>>(),
                lengths =>
                {
                    var random = new Random(lengths.Get.Length);
                    byte[][] alone = [.. lengths.Get.Take(4).Select(blocks => Bytes(random, 16 * blocks))];
                    Memory<byte>[] together = [.. alone.Select(data => data.ToArray())];
                    var (keys, ivs) = (Bytes(random, 32 * alone.Length), Bytes(random, 32 * alone.Length));
                    for (var i = 0; i < alone.Length; i++)
                        AesIge.Decrypt(alone[i], keys.AsSpan(32 * i, 32), ivs.AsSpan(32 * i, 32), hardware: false);

                    AesIge.Decrypt(together, keys, ivs, hardware);

                    return alone.Zip(together).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second.Span));
                }
            )
            .QuickCheckThrowOnFailure();
    }

    [Test]
    public void Five_messages_together_are_refused()
    {
        Assert.That(
            () => AesIge.Decrypt(new Memory<byte>[5], new byte[160], new byte[160]),
            Throws.InstanceOf<ArgumentException>()
        );
    }

    [TestCase(15, 32, 32)]
    [TestCase(16, 31, 32)]
    [TestCase(16, 32, 16)]
    public void Wrong_lengths_are_refused(int data, int key, int iv)
    {
        Assert.That(
            () => AesIge.Decrypt(new byte[data], new byte[key], new byte[iv]),
            Throws.InstanceOf<ArgumentException>()
        );
    }

    static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
