using Fleet.Testing;

namespace Fleet.Benchmarks;

/// <summary>The engine alone against the emulator in another process, in parts that can be run one by one.</summary>
public static class EngineBench
{
    static readonly (string Name, Func<EngineRig, Report, Task> Run)[] Parts =
    [
        ("speed", SpeedBench.RunAsync),
        ("latency", LineBench.LatencyAsync),
        ("capped", LineBench.CappedAsync),
        ("memory", MemoryBench.RunAsync),
        ("peers", PeersBench.RunAsync),
    ];

    public static IEnumerable<string> PartNames => Parts.Select(p => p.Name);

    /// <param name="part">One of <see cref="PartNames"/>; null for all.</param>
    public static async Task RunAsync(Report report, string? part)
    {
        await using var rig = await EngineRig.StartAsync();
        foreach (var (name, run) in Parts)
        {
            if (part is null || part == name)
                await run(rig, report);
        }
    }
}

/// <summary>The emulator and the file that the parts of the bench share.</summary>
public sealed class EngineRig : IAsyncDisposable
{
    /// <summary>Bytes of <see cref="File"/>.</summary>
    public const long FileBytes = 1L << 30;

    /// <summary>Data centre of the bench's files; no account's home.</summary>
    public const int Dc = 4;

    EngineRig(EmulatorProcess emulator, PostedFile file)
    {
        Emulator = emulator;
        File = file;
    }

    public EmulatorProcess Emulator { get; }

    public PostedFile File { get; }

    public static async Task<EngineRig> StartAsync()
    {
        var emulator = await EmulatorProcess.StartAsync();
        return new EngineRig(emulator, await PostAsync(emulator, seed: 7, FileBytes));
    }

    /// <summary>Puts one more file there.</summary>
    public Task<PostedFile> PostAsync(int seed, long bytes) => PostAsync(Emulator, seed, bytes);

    /// <summary>Processor seconds that the emulator has used since it started.</summary>
    public async Task<double> EmulatorCpuAsync() => (double)(await Emulator.StatsAsync())["cpu_seconds"]!;

    public ValueTask DisposeAsync() => Emulator.DisposeAsync();

    static Task<PostedFile> PostAsync(EmulatorProcess emulator, int seed, long bytes) =>
        emulator.PostAsync(
            new
            {
                seed,
                size = bytes,
                name = $"engine-{seed}.bin",
                mime = "application/octet-stream",
                dc = Dc,
            }
        );
}
