namespace Fleet.Benchmarks;

/// <summary>Jobs through every service: how fast, with how much memory, and at what cost.</summary>
public static class PipelineBench
{
    static readonly (string Name, Func<Report, Task> Run)[] Parts =
    [
        ("whole", WholeJobBench.RunAsync),
        ("remux", RemuxBench.RunAsync),
        ("small", SmallFilesBench.RunAsync),
        ("stream", StreamBench.RunAsync),
        ("depth", QueueDepthBench.RunAsync),
        ("memory", WorkerMemoryBench.RunAsync),
    ];

    public static IEnumerable<string> PartNames => Parts.Select(part => part.Name);

    public static async Task RunAsync(Report report, string? only)
    {
        foreach (var part in Parts.Where(part => only is null || part.Name == only))
            await part.Run(report);
    }
}
