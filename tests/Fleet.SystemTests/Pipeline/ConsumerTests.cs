using Fleet.Testing;

namespace Fleet.SystemTests.Pipeline;

/// <summary>A worker whose consumer RabbitMQ has thrown out does not stay without work.</summary>
[Category("pipeline")]
public sealed class ConsumerTests
{
    const string Worker = "Fleet.Worker";
    const long Mebibyte = 1 << 20;

    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    [Test]
    public async Task A_worker_that_lost_its_consumer_ends_to_be_started_again_and_takes_jobs_then()
    {
        await using var fleet = await FleetSystem.StartAsync(
            new FleetSystemOptions { ConsumerTimeout = TimeSpan.FromSeconds(2) }
        );
        await fleet.Telegram.AddNetworkRuleAsync(new { bytes_per_second = 2 * Mebibyte });
        var slow = await SubmitAsync(fleet, seed: 61, 12 * Mebibyte); // a delivery held for 6 s

        var first = await fleet.Client.EndedAsync(slow, Deadline);
        await fleet.Service(Worker).ExitedAsync(Deadline);
        var said = fleet.Service(Worker).Output;
        await fleet.RestartAsync(Worker);
        var next = await fleet.Client.EndedAsync(await SubmitAsync(fleet, seed: 62, Mebibyte), Deadline);

        Assert.That(
            ((string)first["status"]!, (string)next["status"]!, said),
            Is.EqualTo(("succeeded", "succeeded", said))
        );
        Assert.That(said, Does.Contain("No message of fleet.jobs.interactive reaches this process"));
    }

    [Test]
    public async Task Who_runs_a_service_starts_it_again_when_it_asks_for_that_and_only_then()
    {
        using var folder = new TemporaryFolder();
        var runs = Path.Combine(folder.Path, "runs");
        await using var service = await ChildProcess.StartAsync(
            "service",
            [
                Path.Combine(Repository.Root, "deploy", "local", "service"),
                "bash",
                "-c",
                $"echo run >>{runs}; [ \"$(wc -l <{runs})\" = 3 ] && exit 1; exit 75",
            ]
        );

        await service.ExitedAsync(Deadline);

        Assert.That(await File.ReadAllLinesAsync(runs), Has.Length.EqualTo(3));
    }

    static async Task<string> SubmitAsync(FleetSystem fleet, int seed, long size)
    {
        var posted = await fleet.Telegram.PostAsync(
            new
            {
                seed,
                size,
                name = $"consumer-{seed}.bin",
                mime = "application/octet-stream",
                dc = 4,
            }
        );
        return (string)(await fleet.Client.SubmitAsync(new { source = new { link = posted.Link } }))["id"]!;
    }
}
