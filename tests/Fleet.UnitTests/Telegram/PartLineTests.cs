using Fleet.Telegram;

namespace Fleet.UnitTests.Telegram;

/// <summary>In which order parts are asked for.</summary>
[Category("engine")]
public sealed class PartLineTests
{
    [Test]
    public void A_part_that_is_watched_takes_turns_with_those_of_the_job()
    {
        var line = new PartLine();
        var job = Many(4, isWatched: false);
        var watched = Many(2, isWatched: true);
        job.ForEach(lease => line.Add(lease, again: false));
        watched.ForEach(lease => line.Add(lease, again: false));

        Assert.That(
            TakeAll(line),
            Is.EqualTo([watched[0], job[0], watched[1], job[1], job[2], job[3]]).Using<PartLease>(ReferenceEquals)
        );
    }

    [Test]
    public void A_part_that_had_its_turn_goes_before_all_others()
    {
        var line = new PartLine();
        var (watched, failed) = (Many(1, isWatched: true)[0], Many(1, isWatched: false)[0]);
        line.Add(watched, again: false);
        line.Add(failed, again: true);

        Assert.That(TakeAll(line), Is.EqualTo([failed, watched]).Using<PartLease>(ReferenceEquals));
    }

    [Test]
    public void A_part_that_is_given_up_keeps_nobody_waiting()
    {
        var line = new PartLine();
        var (gone, next) = (Many(1, isWatched: true)[0], Many(1, isWatched: false)[0]);
        line.Add(gone, again: false);
        line.Add(next, again: false);

        PartLine.Remove(gone);

        Assert.That((line.Take() == next, line.IsEmpty), Is.EqualTo((true, true)));
    }

    static List<PartLease> Many(int count, bool isWatched) =>
        [.. Enumerable.Range(0, count).Select(_ => new PartLease { IsWatched = isWatched })];

    static List<PartLease> TakeAll(PartLine line)
    {
        var taken = new List<PartLease>();
        while (!line.IsEmpty)
            taken.Add(line.Take());
        return taken;
    }
}
