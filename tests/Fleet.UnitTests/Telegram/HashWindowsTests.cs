using System.Security.Cryptography;
using Fleet.Telegram;
using Fleet.Tl.Api;

namespace Fleet.UnitTests.Telegram;

[TestFixture]
[Category("engine")]
public sealed class HashWindowsTests
{
    const int KiB = 1024;
    const int Size = 300 * KiB;

    static readonly byte[] File = MakeFile();

    [Test]
    public void Bytes_that_have_their_hashes_are_right_and_others_are_wrong()
    {
        var windows = new HashWindows(Size, 0, Size);
        windows.Add([Window(128 * KiB, 128 * KiB), Window(0, 128 * KiB), Window(256 * KiB, 44 * KiB)]);
        var bad = File.ToArray();
        bad[^1] ^= 1;

        Assert.That(
            (windows.IsComplete, windows.Check(0, File), windows.Check(0, bad)),
            Is.EqualTo((true, HashVerdict.Right, HashVerdict.Wrong))
        );
    }

    [Test]
    public void A_part_is_checked_by_its_own_windows_only()
    {
        var windows = new HashWindows(Size, 0, Size);
        windows.Add([Window(0, 128 * KiB), Window(128 * KiB, 128 * KiB)]);
        var part = File.AsSpan(128 * KiB, 128 * KiB).ToArray();

        Assert.That(windows.Check(128 * KiB, part), Is.EqualTo(HashVerdict.Right));
        Assert.That(windows.Check(0, part), Is.EqualTo(HashVerdict.Wrong));
    }

    [Test]
    public void Bytes_in_no_window_or_in_one_that_begins_before_are_unknown()
    {
        var windows = new HashWindows(Size, 0, Size);
        windows.Add([Window(0, 128 * KiB)]);

        Assert.That(
            (windows.Check(0, File), windows.Check(64 * KiB, File.AsSpan(64 * KiB, 64 * KiB))),
            Is.EqualTo((HashVerdict.Unknown, HashVerdict.Unknown))
        );
    }

    [Test]
    public void The_next_question_is_for_the_end_of_what_is_known()
    {
        var windows = new HashWindows(Size, 0, 256 * KiB);

        var led = windows.Add([Window(0, 128 * KiB)]);
        var stayed = windows.Add([Window(0, 128 * KiB)]);

        Assert.That(
            (led, stayed, windows.Next, windows.IsComplete, windows.Add([])),
            Is.EqualTo((true, false, 128L * KiB, false, false))
        );
    }

    [Test]
    public void Windows_that_begin_outside_the_range_are_left_out()
    {
        var windows = new HashWindows(Size, 128 * KiB, 256 * KiB);

        windows.Add([Window(0, 128 * KiB), Window(128 * KiB, 128 * KiB), Window(256 * KiB, 44 * KiB)]);

        Assert.That((windows.Count, windows.IsComplete), Is.EqualTo((1, true)));
    }

    [TestCase(-4096, 4096, 32, TestName = "before the file")]
    [TestCase(Size - 4096, 4097, 32, TestName = "behind the file")]
    [TestCase(long.MaxValue, 4096, 32, TestName = "far behind the file")]
    [TestCase(0, 0, 32, TestName = "empty")]
    [TestCase(0, -1, 32, TestName = "negative")]
    [TestCase(0, 100, 32, TestName = "too small")]
    [TestCase(0, int.MaxValue, 32, TestName = "too large")]
    [TestCase(0, 4096, 31, TestName = "hash too short")]
    public void A_window_that_cannot_be_is_a_typed_error(long offset, int limit, int hashBytes)
    {
        var windows = new HashWindows(Size, 0, Size);
        var window = new FileHash
        {
            Offset = offset,
            Limit = limit,
            Hash = new byte[hashBytes],
        };

        Assert.That(
            () => windows.Add([window]),
            Throws.TypeOf<MediaException>().With.Property("Code").EqualTo(MediaErrors.ProtocolViolation)
        );
    }

    [TestCase(64 * KiB, 128 * KiB)]
    [TestCase(4 * KiB, 60 * KiB)]
    [TestCase(0, 64 * KiB)]
    public void Windows_that_contradict_each_other_are_a_typed_error(long offset, int limit)
    {
        var windows = new HashWindows(Size, 0, Size);
        windows.Add([Window(0, 128 * KiB), Window(128 * KiB, 128 * KiB)]);

        Assert.That(
            () => windows.Add([Window(offset, limit)]),
            Throws.TypeOf<MediaException>().With.Property("Code").EqualTo(MediaErrors.ProtocolViolation)
        );
    }

    static FileHash Window(long offset, int limit) =>
        new()
        {
            Offset = offset,
            Limit = limit,
            Hash = SHA256.HashData(File.AsSpan((int)offset, limit)),
        };

    static byte[] MakeFile()
    {
        var file = new byte[Size];
        for (var i = 0; i < file.Length; i++)
            file[i] = (byte)(i * 31 / 7);
        return file;
    }
}
