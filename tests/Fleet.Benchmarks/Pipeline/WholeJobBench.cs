using Fleet.Telegram;

namespace Fleet.Benchmarks;

/// <summary>The whole job, through every service, beside the engine's own time for the same file, read in the same way, in the same run.</summary>
static class WholeJobBench
{
    const long FileBytes = 1L << 30;
    const double Mebibyte = 1 << 20;

    /// <summary>Of a line that carries one gigabit per second; an account without Premium has two connections.</summary>
    const int ConnectionBytesPerSecond = 62_500_000;

    /// <summary>As a worker reads.</summary>
    static readonly DownloadOptions Verified = new() { VerifyHashes = true };

    public static async Task RunAsync(Report report)
    {
        await using var rig = await PipelineRig.StartAsync();
        await rig.RunAsync(await rig.PostAsync(seed: 1, FileBytes / 4));

        await MeasureAsync(report, rig, seed: 2, "loopback, all processes on the same cores");
        await rig.Fleet.Telegram.AddNetworkRuleAsync(
            new
            {
                dc = PipelineRig.Dc,
                media_only = true,
                bytes_per_second = ConnectionBytesPerSecond,
            }
        );
        await MeasureAsync(report, rig, seed: 3, "a line of 1 Gbit/s");
    }

    static async Task MeasureAsync(Report report, PipelineRig rig, int seed, string line)
    {
        var posted = await rig.PostAsync(seed, FileBytes);
        var before = rig.Cpu();
        var job = await rig.RunAsync(posted);
        var after = rig.Cpu();

        await using var client = await EngineClient.LoginAsync(
            rig.Fleet.Telegram,
            connections: 2,
            windowBytes: 2 << 20
        );
        var media = await client.ResolveAsync(posted.Link);
        await client.DownloadAsync(media, FileBytes / 4, options: Verified);
        var engine = await Meter.MeasureAsync(() => client.DownloadAsync(media, FileBytes, options: Verified));

        report.Note(
            $"{line}: {FileBytes / Mebibyte / job.TotalSeconds:0} MiB/s; processor time of the job: "
                + string.Join(
                    ", ",
                    after.Select(a =>
                        FormattableString.Invariant($"{a.Key} {(a.Value - before[a.Key]).TotalSeconds:0.0} s")
                    )
                )
                + FormattableString.Invariant($"; of the engine alone {engine.Cpu.TotalSeconds:0.0} s")
        );
        report.Add(
            new($"whole job, 1 GiB, {line}", job.TotalSeconds, "s", "engine alone", engine.Wall.TotalSeconds, 1.15)
        );
    }
}
