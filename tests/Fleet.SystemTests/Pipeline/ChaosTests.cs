using Fleet.Testing.Chaos;

namespace Fleet.SystemTests.Pipeline;

/// <summary>The short form of <c>./fleet chaos</c>.</summary>
[Category("pipeline")]
public sealed class ChaosTests
{
    [Test]
    public async Task Whatever_fails_no_job_is_lost_none_ends_twice_and_no_file_is_wrong()
    {
        var run = await ChaosRun.RunAsync(ChaosOptions.Short(seed: 5), TestContext.Progress.WriteLine);

        Assert.Multiple(() =>
        {
            Assert.That(run.Lost, Is.Empty);
            Assert.That((run.Wrong, run.NotOnce, run.OutOfTurn, run.DespiteFlood), Is.EqualTo((0, 0, 0L, 0L)));
            Assert.That(run.Faults, Is.GreaterThan(0));
        });
    }
}
