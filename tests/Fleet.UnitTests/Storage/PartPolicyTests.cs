using Fleet.Storage;

namespace Fleet.UnitTests.Storage;

[Category("pipeline")]
public sealed class PartPolicyTests
{
    const long Mebibyte = 1 << 20;
    const long Gibibyte = 1 << 30;

    [TestCase(0, 8 * Mebibyte)]
    [TestCase(1, 8 * Mebibyte)]
    [TestCase(4 * Gibibyte, 8 * Mebibyte)]
    [TestCase(9_000 * 8 * Mebibyte, 8 * Mebibyte)]
    [TestCase((9_000 * 8 * Mebibyte) + 1, 9 * Mebibyte)]
    [TestCase(5_120 * Gibibyte, 512 * Mebibyte)]
    public void Parts_grow_with_the_object_between_8_and_512_mebibytes(long size, long part) =>
        Assert.That(PartPolicy.PartBytes(size), Is.EqualTo(part));

    [Test]
    public void No_object_that_a_chat_can_hold_needs_more_than_10000_parts(
        [Random(0L, 4_000 * Gibibyte, 100)] long size
    ) => Assert.That(PartPolicy.PartCount(size, PartPolicy.PartBytes(size)), Is.InRange(1, PartPolicy.MaxParts));

    [TestCase(0, 1)]
    [TestCase(8 * Mebibyte, 1)]
    [TestCase((8 * Mebibyte) + 1, 2)]
    public void An_empty_object_has_one_part_and_a_full_part_needs_no_second(long size, int count) =>
        Assert.That(PartPolicy.PartCount(size, 8 * Mebibyte), Is.EqualTo(count));
}
