using System.Security.Cryptography;
using Fleet.Emulator.Crypto;

namespace Fleet.UnitTests.Emulator;

[Category("engine")]
sealed class SharedCipherTests
{
    const int PartBytes = 128 * 1024;

    [Test]
    public async Task Messages_of_many_connections_at_once_are_each_encrypted_once_and_right()
    {
        var cipher = new SharedCipher();
        var samples = Enumerable.Range(0, 40).Select(i => RandomNumberGenerator.GetBytes(64 + Length(i))).ToArray();
        var jobs = samples
            .Select(s => new IgeJob(s.AsMemory(0, 32), s.AsMemory(32, 32), s.AsSpan(64).ToArray()))
            .ToArray();

        await Task.WhenAll(jobs.Chunk(3).Select(some => Task.Run(() => cipher.EncryptAsync(some))));

        foreach (var sample in samples)
            Ige.Encrypt(sample.AsSpan(0, 32), sample.AsSpan(32, 32), sample.AsSpan(64));
        Assert.That(jobs.Select(j => j.Data.ToArray()), Is.EqualTo(samples.Select(s => s[64..])));
    }

    static int Length(int i) => i % 5 == 0 ? 160 : PartBytes + (16 * i);
}
