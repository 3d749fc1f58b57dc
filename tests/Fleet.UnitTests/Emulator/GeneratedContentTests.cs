using System.Security.Cryptography;
using Fleet.Emulator.Worlds;

namespace Fleet.UnitTests.Emulator;

[Category("engine")]
sealed class GeneratedContentTests
{
    const int Size = 100_003;

    [Test]
    public void The_same_seed_gives_the_same_bytes()
    {
        var again = Whole(new GeneratedContent(7, Size));

        Assert.That(Whole(new GeneratedContent(7, Size)), Is.EqualTo(again));
    }

    [Test]
    public void Another_seed_gives_other_bytes() =>
        Assert.That(Whole(new GeneratedContent(8, Size)), Is.Not.EqualTo(Whole(new GeneratedContent(7, Size))));

    [TestCase(0, 1)]
    [TestCase(1, 14)]
    [TestCase(15, 2)]
    [TestCase(16, 16)]
    [TestCase(17, 50_000)]
    [TestCase(99_999, 4)]
    [TestCase(Size, 0)]
    public void Any_range_equals_the_same_range_of_the_whole(int offset, int length)
    {
        var content = new GeneratedContent(7, Size);

        var range = new byte[length];
        content.Read(offset, range);

        Assert.That(range, Is.EqualTo(Whole(content).AsSpan(offset, length).ToArray()));
    }

    [Test]
    public void Content_beyond_4_GiB_of_counters_is_not_repeated()
    {
        var content = new GeneratedContent(7, FileContent.MaxBytes);

        var (first, last) = (new byte[64], new byte[64]);
        content.Read(0, first);
        content.Read(FileContent.MaxBytes - 64, last);

        Assert.That(last, Is.Not.EqualTo(first));
    }

    [Test]
    public void Reading_past_the_end_is_refused() =>
        Assert.That(
            () => new GeneratedContent(7, 10).Read(8, new byte[3]),
            Throws.InstanceOf<ArgumentOutOfRangeException>()
        );

    [Test]
    public async Task The_hash_is_that_of_all_bytes()
    {
        var content = new GeneratedContent(7, (2 << 20) + 5);

        Assert.That(await content.Sha256Async(), Is.EqualTo(SHA256.HashData(Whole(content))));
    }

    static byte[] Whole(FileContent content)
    {
        var bytes = new byte[content.Size];
        content.Read(0, bytes);
        return bytes;
    }
}
