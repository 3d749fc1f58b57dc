using System.Diagnostics;

namespace Fleet.Benchmarks;

/// <summary>Wall and processor time of a piece of work in this process.</summary>
/// <param name="Wall">Elapsed time.</param>
/// <param name="Cpu">Processor time of all threads, kernel included.</param>
public sealed record Cost(TimeSpan Wall, TimeSpan Cpu)
{
    const double Mib = 1 << 20;
    const double Gib = 1 << 30;

    /// <summary>MiB per second of elapsed time.</summary>
    public double Rate(long bytes) => bytes / Mib / Wall.TotalSeconds;

    /// <summary>Processor seconds per GiB.</summary>
    public double CpuPerGib(long bytes) => Cpu.TotalSeconds / (bytes / Gib);
}

/// <summary>Measures work in this process.</summary>
public static class Meter
{
    public static async Task<Cost> MeasureAsync(Func<Task> work)
    {
        GC.Collect();
        using var self = Process.GetCurrentProcess();
        var cpu = self.TotalProcessorTime;
        var start = Stopwatch.GetTimestamp();
        await work();
        var wall = Stopwatch.GetElapsedTime(start);
        self.Refresh();
        return new Cost(wall, self.TotalProcessorTime - cpu);
    }
}
