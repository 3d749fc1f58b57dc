using System.Diagnostics;

namespace Fleet.Benchmarks;

/// <summary>The lease book under the load of a large fleet.</summary>
public static class BrokerBench
{
    const int Accounts = 1000;
    const int Active = 10_000;
    const int PerSecond = 500;
    const int CallsPerLease = 3;
    const double LongestGrantMs = 10;

    /// <summary>As many leases per account as make one more or less in each data centre a small part of its share.</summary>
    const int Share = 80;

    static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(4);
    static readonly TimeSpan Measured = TimeSpan.FromSeconds(20);

    static readonly (string Name, Func<Report, Task> Run)[] Parts =
    [
        ("leases", LeasesAsync),
        ("accounts", AccountsBench.RunAsync),
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
        var empty = await Pace.MeasureAsync(CallsPerLease * PerSecond, Measured / 2, rig.PingAsync);
        var rush = Stopwatch.GetTimestamp();
        var left = (Share * Accounts) - load.Grants.Values.Sum();
        await load.RushAsync(left);
        var rate = left / Stopwatch.GetElapsedTime(rush).TotalSeconds;
        report.Note($"{Accounts} accounts, {load.Active} active leases, calls refused: {load.Refusals}");
        report.Add(new("lease grant, p50 at 500/s", At(times, 0.5), "ms", "an empty request", At(empty, 0.5)));
        report.Add(new("lease grant, p99 at 500/s", At(times, 0.99), "ms", "bound", LongestGrantMs, 1));
        report.Add(new("an empty request, p99 at 1,500/s", At(empty, 0.99), "ms"));
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
            new("leases granted, renewed and returned, at most", rate, "/s", "the load", PerSecond, 1, Better.Higher)
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
