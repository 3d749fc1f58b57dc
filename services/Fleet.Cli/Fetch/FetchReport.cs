using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fleet.Cli;

/// <summary>What fetch prints.</summary>
sealed record FetchReport
{
    public required string Name { get; init; }
    public required string Path { get; init; }
    public required long Size { get; init; }
    public required string Sha256 { get; init; }

    /// <summary>From opening the file to its last byte on disk, without log-in and resolve.</summary>
    public required double Seconds { get; init; }

    /// <summary>Millions of bytes per second, over <see cref="Seconds"/>.</summary>
    public required double MbPerS { get; init; }

    /// <summary>CPU of this process over <see cref="Seconds"/>, user and system, all threads; includes compiling itself.</summary>
    public required double CpuSeconds { get; init; }

    /// <summary>CPU of this process since it started.</summary>
    public required double TotalCpuSeconds { get; init; }

    /// <summary>Largest resident set of this process.</summary>
    public required long PeakRssBytes { get; init; }

    public required long DocumentId { get; init; }
    public required int Dc { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, FetchJson.Default.FetchReport);

    public string ToText() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            name         {Name}
            file         {Path}
            size         {Size}
            sha256       {Sha256}
            seconds      {Seconds:0.00}
            MB/s         {MbPerS:0.0}
            CPU-seconds  {CpuSeconds:0.00}
            peak RSS     {PeakRssBytes / 1048576.0:0.0} MiB
            """
        );
}

/// <summary>Time and CPU since it was started.</summary>
sealed class Stopclock(TimeProvider time)
{
    readonly long _start = time.GetTimestamp();
    readonly TimeSpan _cpu = Environment.CpuUsage.TotalTime;

    public double Seconds => time.GetElapsedTime(_start).TotalSeconds;

    public double CpuSeconds => (Environment.CpuUsage.TotalTime - _cpu).TotalSeconds;

    public static long PeakRssBytes
    {
        get
        {
            using var self = Process.GetCurrentProcess();
            return self.PeakWorkingSet64;
        }
    }
}

/// <summary>What fetch --json prints when it fails.</summary>
sealed record FetchFailure(string Code, string Message)
{
    public string ToJson() => JsonSerializer.Serialize(this, FetchJson.Default.FetchFailure);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(FetchReport))]
[JsonSerializable(typeof(FetchFailure))]
sealed partial class FetchJson : JsonSerializerContext;
