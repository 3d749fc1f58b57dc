using Fleet.Emulator.Handlers;

namespace Fleet.UnitTests.Emulator;

[Category("engine")]
sealed class PartRulesTests
{
    const int KiB = 1024;
    const int MiB = 1024 * KiB;

    [TestCase(false, 0, MiB, null)]
    [TestCase(false, 3L * MiB, MiB, null)]
    [TestCase(false, 4 * KiB, 4 * KiB, null)]
    [TestCase(false, 512 * KiB, 512 * KiB, null)]
    [TestCase(false, 4_000L * MiB, MiB, null)]
    [TestCase(false, -4096, 4 * KiB, "OFFSET_INVALID")]
    [TestCase(false, 1024, 4 * KiB, "OFFSET_INVALID")]
    [TestCase(false, 0, 0, "LIMIT_INVALID")]
    [TestCase(false, 0, -4096, "LIMIT_INVALID")]
    [TestCase(false, 0, 2 * MiB, "LIMIT_INVALID")]
    [TestCase(false, 0, 1024, "LIMIT_INVALID")]
    [TestCase(false, 0, 12 * KiB, "LIMIT_INVALID", Description = "1 MiB is no multiple of it")]
    [TestCase(false, 4 * KiB, MiB, "LIMIT_INVALID", Description = "crosses a 1 MiB boundary")]
    [TestCase(false, 768 * KiB, 512 * KiB, "LIMIT_INVALID", Description = "crosses a 1 MiB boundary")]
    [TestCase(true, 1024, 1024, null)]
    [TestCase(true, 5 * KiB, 700 * KiB, null)]
    [TestCase(true, 0, MiB, null)]
    [TestCase(true, 512, 1024, "OFFSET_INVALID")]
    [TestCase(true, 0, 1000, "LIMIT_INVALID")]
    [TestCase(true, 0, MiB + KiB, "LIMIT_INVALID")]
    [TestCase(true, 1000 * KiB, 100 * KiB, "LIMIT_INVALID", Description = "crosses a 1 MiB boundary")]
    public void Parts_are_taken_or_refused_by_Telegrams_rules(bool precise, long offset, int limit, string? error) =>
        Assert.That(PartRules.ErrorOrNull(precise, offset, limit), Is.EqualTo(error));
}
