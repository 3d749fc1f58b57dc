using Fleet.Emulator.Crypto;
using Fleet.MtProto.Crypto;

namespace Fleet.UnitTests.MtProto;

[Category("engine")]
sealed class AesCtrTests
{
    const string Key = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";

    /// <summary>NIST SP 800-38A, F.5.5 and F.5.6: CTR-AES256.</summary>
    [TestCase("6bc1bee22e409f96e93d7e117393172a", "601ec313775789a5b7a7f504bbf3d228", 0)]
    [TestCase("ae2d8a571e03ac9c9eb76fac45af8e51", "f443e3ca4d62b59aca84e990cacaf5c5", 1)]
    [TestCase("30c81c46a35ce411e5fbc1191a0a52ef", "2b0930daa23de94ce87017ba2d84988d", 2)]
    [TestCase("f69f2445df4f9b17ad2b417be66c3710", "dfc9c58db67aada613c2dd08457941a6", 3)]
    public void The_published_vectors_hold_both_ways(string plain, string cipher, int block)
    {
        using var encrypt = New("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
        using var decrypt = New("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
        var (up, down) = (Convert.FromHexString(plain), Convert.FromHexString(cipher));
        encrypt.Apply(new byte[16 * block]);
        decrypt.Apply(new byte[16 * block]);

        encrypt.Apply(up);
        decrypt.Apply(down);

        Assert.That((Convert.ToHexStringLower(up), Convert.ToHexStringLower(down)), Is.EqualTo((cipher, plain)));
    }

    [TestCase("00000000000000000000000000000000")]
    [TestCase("0000000000000000ffffffffffffffff")]
    [TestCase("ffffffffffffffffffffffffffffff80")]
    public void Pieces_of_any_length_are_one_stream_and_the_counter_carries(string iv)
    {
        var random = new Random(1);
        var data = new byte[50_000];
        random.NextBytes(data);
        var expected = data.ToArray();
        using var other = new CounterCipher(Convert.FromHexString(Key), Convert.FromHexString(iv));
        using var ours = New(iv);
        other.Apply(expected);

        for (var at = 0; at < data.Length; )
        {
            var length = Math.Min(random.Next(0, 9000), data.Length - at);
            ours.Apply(data.AsSpan(at, length));
            at += length;
        }

        Assert.That(data, Is.EqualTo(expected));
    }

    [Test]
    public void A_megabyte_allocates_nothing()
    {
        var data = new byte[1 << 20];
        using var cipher = New("00000000000000000000000000000000");
        cipher.Apply(data);

        var before = GC.GetAllocatedBytesForCurrentThread();
        cipher.Apply(data);

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    static AesCtr New(string iv) => new(Convert.FromHexString(Key), Convert.FromHexString(iv));
}
