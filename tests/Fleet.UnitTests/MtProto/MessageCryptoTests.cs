using Fleet.MtProto;
using Fleet.MtProto.Crypto;

namespace Fleet.UnitTests.MtProto;

[Category("engine")]
sealed class MessageCryptoTests
{
    static readonly AuthKey Key = AuthKey.Import(Vectors.AuthKey);

    [Test]
    public void The_id_of_an_auth_key_is_the_end_of_its_hash()
    {
        Assert.That(Key.Id, Is.EqualTo(BitConverter.ToInt64(Convert.FromHexString("40fa5bb7cb56a895"))));
    }

    [TestCase(
        MessageDirection.ToServer,
        "af3f8e1ffa75f4c981eec33a3e5bbaa2ea48f9bb93e91597627eb1f67960a0c9",
        "9874d77f95155b35221bff94b7df4594c6996e2a62e44fcb7d93c8c4e41b79ee"
    )]
    [TestCase(
        MessageDirection.ToClient,
        "d4b378e1e0525f10ff9d4c42807ccce5b30a033a8088c0b922b5259421751648",
        "4d7194f42f0135d2fd83050b403265b4c40ee3e9e9fba56f0f4d8ea6bcb121f5"
    )]
    public void AES_key_and_IV_are_those_of_the_published_vectors(MessageDirection direction, string key, string iv)
    {
        var (aesKey, aesIv) = (new byte[32], new byte[32]);

        MessageCrypto.DeriveKey(Key, Vectors.MessageKey, direction, aesKey, aesIv);

        Assert.That(Convert.ToHexStringLower([.. aesKey, .. aesIv]), Is.EqualTo(key + iv));
    }

    [TestCase(MessageDirection.ToServer, "894b894875ebce6603ffafd3f41b19d6")]
    [TestCase(MessageDirection.ToClient, "dd1fe9862a6907d65c65fe63fd80bf29")]
    public void The_message_key_of_the_bytes_0_to_31_is_the_published_one(MessageDirection direction, string expected)
    {
        var frame = Frame(32);

        MessageCrypto.Encrypt(frame, Key, direction);

        Assert.That(Convert.ToHexStringLower(frame[16..32]), Is.EqualTo(expected));
    }

    [Test]
    public void What_was_encrypted_decrypts_in_place([Values(16, 32, 1024, 1_048_640)] int length)
    {
        var frame = Frame(length);
        MessageCrypto.Encrypt(frame, Key, MessageDirection.ToClient);

        var plaintext = MessageCrypto.Decrypt(frame, Key, MessageDirection.ToClient);

        Assert.That(plaintext.ToArray(), Is.EqualTo(Frame(length)[32..]));
    }

    [TestCase(8, Violation.AuthKeyId)]
    [TestCase(16, Violation.MessageKey)]
    [TestCase(40, Violation.MessageKey)]
    [TestCase(111, Violation.MessageKey)]
    public void One_flipped_bit_is_refused(int offset, Violation violation)
    {
        var frame = Frame(80);
        MessageCrypto.Encrypt(frame, Key, MessageDirection.ToClient);
        frame[offset] ^= 1;

        Assert.That(ViolationOf(frame, MessageDirection.ToClient), Is.EqualTo(violation));
    }

    [Test]
    public void A_message_sent_back_to_its_sender_is_refused()
    {
        var frame = Frame(80);
        MessageCrypto.Encrypt(frame, Key, MessageDirection.ToServer);

        Assert.That(ViolationOf(frame, MessageDirection.ToClient), Is.EqualTo(Violation.MessageKey));
    }

    [TestCase(40)]
    [TestCase(49)]
    public void A_frame_that_is_not_whole_blocks_is_refused(int length)
    {
        Assert.That(ViolationOf(new byte[length], MessageDirection.ToClient), Is.EqualTo(Violation.FrameLength));
    }

    [Test]
    public void Neither_way_allocates()
    {
        var frame = Frame(65_536);
        void BothWays()
        {
            MessageCrypto.Encrypt(frame, Key, MessageDirection.ToClient);
            MessageCrypto.Decrypt(frame, Key, MessageDirection.ToClient);
        }
        BothWays();
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 100; i++)
            BothWays();

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    static byte[] Frame(int plaintextBytes) =>
        [.. new byte[MessageCrypto.PlaintextOffset], .. Enumerable.Range(0, plaintextBytes).Select(i => (byte)i)];

    static Violation? ViolationOf(byte[] frame, MessageDirection direction)
    {
        try
        {
            MessageCrypto.Decrypt(frame, Key, direction);
            return null;
        }
        catch (ProtocolViolationException e)
        {
            return e.Violation;
        }
    }
}
