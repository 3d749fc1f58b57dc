using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Fleet.Benchmarks;

/// <summary>The engine as a process of its own that takes the same options, and prints the same line, as the scripts of
/// foreign clients in tests/foreign; so all of them are measured alike.</summary>
static class EngineReader
{
    /// <summary>The hidden verb that the parent starts.</summary>
    public const string Verb = "read";

    const int Connections = 4;
    const int WindowBytes = 16 << 20;
    const int Quarters = 4;

    /// <summary>Each look at the memory takes some.</summary>
    const long BetweenLooks = 32 << 20;

    /// <param name="args">Pairs of option and value; --limit-bytes is one of them.</param>
    public static async Task RunAsync(IReadOnlyList<string> args)
    {
        var values = args.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        var target = new TelegramTarget(
            values["--dcs"],
            values["--key"],
            int.Parse(values["--api-id"], CultureInfo.InvariantCulture),
            values["--api-hash"],
            values["--phone"],
            values["--code"]
        );
        await using var client = await EngineClient.LoginAsync(target, Connections, WindowBytes);
        var media = await client.ResolveAsync(values["--link"]);
        var limit = long.Parse(values["--limit-bytes"], CultureInfo.InvariantCulture);
        var bytes = Math.Min(media.Description.Size, limit);
        var rss = new long[Quarters];
        var looked = 0L;
        var cost = await Meter.MeasureAsync(() =>
            client.DownloadAsync(
                media,
                bytes,
                read =>
                {
                    if (read - looked < BetweenLooks)
                        return;
                    looked = read;
                    var quarter = (int)Math.Min(Quarters - 1, read * Quarters / bytes);
                    rss[quarter] = Math.Max(rss[quarter], Environment.WorkingSet);
                }
            )
        );
        using var self = Process.GetCurrentProcess();
        var result = new DownloadResult(
            "engine",
            bytes,
            cost.Wall.TotalSeconds,
            cost.Cpu.TotalSeconds,
            self.PeakWorkingSet64
        )
        {
            QuarterRssBytes = rss,
        };
        Console.WriteLine(JsonSerializer.Serialize(result, JsonSerializerOptions.Web));
    }
}

/// <summary>What a client measured of itself while it downloaded.</summary>
/// <param name="Client">Its name and version.</param>
/// <param name="Bytes">Bytes of the file that it read.</param>
/// <param name="Seconds">Elapsed time of the download.</param>
/// <param name="CpuSeconds">Processor time of its process meanwhile.</param>
/// <param name="PeakRssBytes">The most memory that its process ever held.</param>
sealed record DownloadResult(string Client, long Bytes, double Seconds, double CpuSeconds, long PeakRssBytes)
{
    /// <summary>The most memory held in each quarter of the file; the engine tells it, others do not.</summary>
    public IReadOnlyList<long> QuarterRssBytes { get; init; } = [];

    public Cost Cost => new(TimeSpan.FromSeconds(Seconds), TimeSpan.FromSeconds(CpuSeconds));
}
