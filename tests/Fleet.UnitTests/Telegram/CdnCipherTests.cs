using System.Security.Cryptography;
using Fleet.Telegram;

namespace Fleet.UnitTests.Telegram;

[Category("engine")]
public sealed class CdnCipherTests
{
    // NIST SP 800-38A, F.5.5: AES-256-CTR.
    const string Key = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";
    const string Counter = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";
    const string Plain = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51";
    const string Encrypted = "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5";

    [Test]
    public void It_is_AES_256_in_counter_mode()
    {
        using var cipher = new CdnCipher(Convert.FromHexString(Key), Convert.FromHexString(Counter));
        var bytes = Convert.FromHexString(Plain);

        // The last 4 bytes of the published counter are the offset's, so that they are what the vector has.
        cipher.Apply(0xfcfdfeffL * 16, bytes);

        Assert.That(Convert.ToHexStringLower(bytes), Is.EqualTo(Encrypted));
    }

    [Test]
    public void Pieces_come_out_as_the_whole_does()
    {
        using var cipher = new CdnCipher(RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(16));
        var whole = new byte[100_003];
        var pieces = new byte[whole.Length];

        cipher.Apply(0, whole);
        foreach (var (from, length) in new[] { (65_536, 34_467), (0, 4096), (4096, 61_440) })
            cipher.Apply(from, pieces.AsSpan(from, length));

        Assert.That(pieces, Is.EqualTo(whole));
    }

    [Test]
    public void A_megabyte_costs_no_allocation()
    {
        using var cipher = new CdnCipher(new byte[32], new byte[16]);
        var bytes = new byte[1 << 20];
        cipher.Apply(0, bytes);

        var before = GC.GetAllocatedBytesForCurrentThread();
        cipher.Apply(1 << 20, bytes);

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }
}
