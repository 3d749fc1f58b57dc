using Fleet.Emulator.Handlers;
using Fleet.Telegram;

namespace Fleet.UnitTests.Telegram;

[TestFixture]
[Category("engine")]
sealed class PartPlanTests
{
    const int KiB = 1024;
    const int MiB = 1 << 20;

    [Test]
    public void Whole_parts_follow_the_normal_rule_and_the_tail_is_cut_to_whole_kibibytes()
    {
        var parts = All(new PartPlan((2 * MiB) + 5, 0, MiB));

        Assert.That(parts, Is.EqualTo([new Part(0, MiB, MiB), new Part(MiB, MiB, MiB), new Part(2 * MiB, KiB, 5)]));
        Assert.That(parts.Select(p => p.Precise), Is.EqualTo([false, false, true]));
    }

    [Test]
    public void A_seek_asks_from_the_kibibyte_it_falls_into()
    {
        var parts = All(new PartPlan(3 * MiB, (2 * MiB) - 1500, MiB));

        Assert.That(
            parts,
            Is.EqualTo([new Part((2 * MiB) - (2 * KiB), 2 * KiB, 2 * KiB), new Part(2 * MiB, MiB, MiB)])
        );
        Assert.That(parts[0].Precise, Is.True);
    }

    [Test]
    public void A_seek_to_a_boundary_needs_no_precision()
    {
        var parts = All(new PartPlan(2 * MiB, MiB, 131_072));

        Assert.That((parts.Count, parts[0], parts[0].Precise), Is.EqualTo((8, new Part(MiB, 131_072, 131_072), false)));
    }

    [Test]
    public void An_aligned_plan_begins_at_the_part_boundary_and_asks_for_whole_parts()
    {
        var parts = All(new PartPlan(MiB + 5, 5000, 131_072, PartShape.Aligned));

        Assert.That(
            (parts[0], parts[^1], parts.TrueForAll(p => !p.Precise)),
            Is.EqualTo((new Part(0, 131_072, 131_072), new Part(MiB, 131_072, 5), true))
        );
    }

    [TestCase(0, 0, KiB)]
    [TestCase(500, 500, KiB)]
    [TestCase(KiB, KiB, 2 * KiB)]
    [TestCase(MiB - 1, MiB - 1, MiB)]
    public void A_probing_plan_asks_for_at_least_a_byte_more(int size, int length, int limit)
    {
        Assert.That(All(new PartPlan(size, 0, MiB, PartShape.Probing)), Is.EqualTo([new Part(0, limit, length)]));
    }

    [TestCase(MiB, MiB)]
    [TestCase(131_072, 131_072)]
    public void A_probing_plan_looks_behind_an_end_at_a_part_boundary(int size, int partBytes)
    {
        var parts = All(new PartPlan(size, 0, partBytes, PartShape.Probing));

        Assert.That(parts, Is.EqualTo([new Part(0, partBytes, partBytes), new Part(size, KiB, 0)]));
    }

    [Test]
    public void A_probing_read_from_the_end_looks_there()
    {
        var parts = All(new PartPlan(5000, 5000, MiB, PartShape.Probing));

        Assert.That(parts, Is.EqualTo([new Part(4 * KiB, KiB, 904)]));
    }

    /// <summary>Sizes, starts and parts around every edge there is, against the server's own rule.</summary>
    [Test]
    public void Every_part_of_every_plan_is_one_that_the_server_takes([Values] PartShape shape)
    {
        int[] sizes = [0, 1, 1023, 1024, 1025, 4095, 4096, 4097, 131_071, MiB - 1, MiB, MiB + 1, (2 * MiB) + 777];
        int[] partSizes = [4096, 131_072, 524_288, MiB];
        int[] starts = [0, 1, 1023, 1024, 3000, 4096, 131_072, 131_073, 524_288, MiB - 1, MiB, MiB + 1025];
        var wrong = new List<string>();

        foreach (var size in sizes)
        foreach (var partBytes in partSizes)
        foreach (var start in starts.Append(size).Where(s => s <= size))
        {
            var next = -1L;
            foreach (var part in All(new PartPlan(size, start, partBytes, shape)))
            {
                var error = PartRules.ErrorOrNull(part.Precise, part.Offset, part.Limit);
                var fits =
                    part.Length <= part.Limit
                    && part.Limit <= partBytes
                    && part.Length == Math.Min(part.Limit, size - part.Offset);
                var follows = next < 0 ? part.Offset <= start && start - part.Offset < partBytes : part.Offset == next;
                if (error is not null || !fits || !follows)
                    wrong.Add($"{size} from {start} by {partBytes}: {part} {error}");
                next = part.Offset + part.Length;
            }
            if (next != size && !(next < 0 && start == size))
                wrong.Add($"{size} from {start} by {partBytes} ends at {next}");
        }

        Assert.That(wrong, Is.Empty);
    }

    static List<Part> All(PartPlan plan)
    {
        var parts = new List<Part>();
        while (plan.TryNext(out var part))
            parts.Add(part);
        return parts;
    }
}
