using System.Diagnostics;

namespace Fleet.Benchmarks;

/// <summary>The lease book under the load of a large fleet.</summary>
public static class BrokerBench
{
    const int Accounts = 1000;
    const int Active = 10_000;
    const int PerSecond = 500;
    const double LongestGrantMs = 10;

    static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(4);
    static readonly TimeSpan Measured = TimeSpan.FromSeconds(20);

    static readonly (string Name, Func<Report, Task> Run)[] Parts =
    [
        ("leases", LeasesAsync),
        ("storm", StormBench.RunAsync),
    ];

    public static IEnumerable<string> PartNames => Parts.Select(p => p.Name);

    /// <param name="part">One of <see cref="PartNames"/>; null for all. The storm takes ten minutes and more.</param>
    public static async Task RunAsync(Report report, string? part)
    {
        foreach (var (name, run) in Parts)
        {
            if (part is null || part == name)
                await run(report);
        }
    }

    static async Task LeasesAsync(Report report)
    {
        await using var rig = await BrokerRig.StartAsync(Accounts);
        var load = new LeaseLoad(rig.Client);
        await load.FillAsync(Active);
        await load.RunAsync(PerSecond, WarmUp);

        load.Forget();
        var cpu = rig.Cpu;
        var start = Stopwatch.GetTimestamp();
        await load.RunAsync(PerSecond, Measured);
        var wall = Stopwatch.GetElapsedTime(start);
        var used = rig.Cpu - cpu;

        var times = load.Milliseconds;
        report.Note($"{Accounts} accounts, {load.Active} active leases, {load.Refused} calls refused");
        report.Add(new("lease grant, p50 at 500/s", At(times, 0.5), "ms"));
        report.Add(new("lease grant, p99 at 500/s", At(times, 0.99), "ms", "bound", LongestGrantMs, 1));
        report.Add(
            new(
                "broker, processor time per second",
                used.TotalSeconds / wall.TotalSeconds,
                "s",
                "the machine's",
                Environment.ProcessorCount
            )
        );
        report.Add(
            new(
                "leases of the busiest account",
                load.Grants.Values.Max(),
                "leases",
                "of the idlest",
                load.Grants.Count == Accounts ? load.Grants.Values.Min() : 0,
                1.2
            )
        );
    }

    static double At(IReadOnlyList<double> sorted, double part) =>
        sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * part))];
}
