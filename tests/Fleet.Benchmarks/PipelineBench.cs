using Fleet.Testing;

namespace Fleet.Benchmarks;

/// <summary>The whole job, through every service, beside the engine's own time for the same file in the same run.</summary>
public static class PipelineBench
{
    const long FileBytes = 1L << 30;
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(10);

    public static async Task RunAsync(Report report)
    {
        await using var fleet = await FleetSystem.StartAsync(new FleetSystemOptions());
        var warm = await PostAsync(fleet, seed: 1, FileBytes / 8);
        var posted = await PostAsync(fleet, seed: 2, FileBytes);
        await RunJobAsync(fleet, warm);

        var job = await Meter.MeasureAsync(() => RunJobAsync(fleet, posted));

        await using var client = await EngineClient.LoginAsync(fleet.Telegram, connections: 2, windowBytes: 2 << 20);
        var media = await client.ResolveAsync(posted.Link);
        await client.DownloadAsync(media, FileBytes / 8);
        var engine = await Meter.MeasureAsync(() => client.DownloadAsync(media, FileBytes));

        report.Add(
            new(
                "whole job, 1 GiB, no remux",
                job.Wall.TotalSeconds,
                "s",
                "engine alone",
                engine.Wall.TotalSeconds,
                1.15
            )
        );
    }

    static Task<PostedFile> PostAsync(FleetSystem fleet, int seed, long size) =>
        fleet.Telegram.PostAsync(
            new
            {
                seed,
                size,
                name = $"bench-{seed}.bin",
                mime = "application/octet-stream",
                dc = 4,
            }
        );

    static async Task RunJobAsync(FleetSystem fleet, PostedFile file)
    {
        var submitted = await fleet.Client.SubmitAsync(new { source = new { link = file.Link } });
        var ended = await fleet.Client.EndedAsync((string)submitted["id"]!, Deadline);
        if ((string)ended["status"]! != "succeeded")
            throw new InvalidOperationException(ended.ToJsonString());
    }
}
