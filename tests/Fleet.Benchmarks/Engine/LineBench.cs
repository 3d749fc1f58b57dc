using Fleet.Testing;

namespace Fleet.Benchmarks;

/// <summary>The engine on lines that are the limit themselves: a long one, and several narrow ones.</summary>
static class LineBench
{
    const double Mib = 1 << 20;
    const double Megabyte = 1e6;
    const int Runs = 3;

    static readonly TimeSpan RoundTrip = TimeSpan.FromMilliseconds(100);

    /// <summary>A window that is always full yields one window per round trip.</summary>
    public static async Task LatencyAsync(EngineRig rig, Report report)
    {
        const int windowBytes = 16 << 20;
        const long bytes = 1L << 30;
        await using var client = await EngineClient.LoginAsync(rig.Emulator, connections: 4, windowBytes);
        var media = await client.ResolveAsync(rig.File.Link);
        await client.DownloadAsync(media, 4 * windowBytes);

        var rule = new { dc = EngineRig.Dc, latency_ms = RoundTrip.TotalMilliseconds };
        var cost = await WithRuleAsync(rig.Emulator, rule, () => client.DownloadAsync(media, bytes));

        report.Add(
            new(
                "engine at 100 ms RTT, window 16 MiB",
                cost.Rate(bytes),
                "MiB/s",
                "window / RTT",
                windowBytes / Mib / RoundTrip.TotalSeconds,
                0.9,
                Better.Higher
            )
        );
    }

    /// <summary>Each connection has its own limit, as Telegram's have: together they are as fast as their sum.</summary>
    public static async Task CappedAsync(EngineRig rig, Report report)
    {
        const int connections = 4;
        const long bytesPerSecond = 6_000_000;
        const long bytes = 192L << 20;
        await using var client = await EngineClient.LoginAsync(rig.Emulator, connections, windowBytes: 16 << 20);
        var media = await client.ResolveAsync(rig.File.Link);
        await client.DownloadAsync(media, 64 << 20);

        var rule = new { dc = EngineRig.Dc, bytes_per_second = bytesPerSecond };
        var cost = await WithRuleAsync(rig.Emulator, rule, () => client.DownloadAsync(media, bytes));

        report.Add(
            new(
                "engine on 4 connections of 6 MB/s each",
                bytes / Megabyte / cost.Wall.TotalSeconds,
                "MB/s",
                "4 × 6 MB/s",
                connections * bytesPerSecond / Megabyte,
                0.95,
                Better.Higher
            )
        );
    }

    static async Task<Cost> WithRuleAsync(EmulatorProcess emulator, object rule, Func<Task> work)
    {
        var id = await emulator.AddNetworkRuleAsync(rule);
        try
        {
            var best = await Meter.MeasureAsync(work);
            for (var run = 1; run < Runs; run++) // other work on the machine only ever adds
            {
                var cost = await Meter.MeasureAsync(work);
                best = cost.Wall < best.Wall ? cost : best;
            }
            return best;
        }
        finally
        {
            await emulator.RemoveNetworkRuleAsync(id);
        }
    }
}
