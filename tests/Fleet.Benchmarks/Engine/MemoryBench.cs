namespace Fleet.Benchmarks;

/// <summary>A process that reads the largest file Telegram takes: how much memory it holds, and whether that grows.</summary>
static class MemoryBench
{
    const double Mib = 1 << 20;

    /// <summary>8000 parts of 512 KiB, which Telegram calls 4 GB.</summary>
    const long Bytes = 8000L * 512 * 1024;

    const long AllowanceBytes = 150L << 20;

    public static async Task RunAsync(EngineRig rig, Report report)
    {
        var file = await rig.PostAsync(seed: 8, Bytes);
        var read = await DownloadScript.Engine.RunAsync(TelegramTarget.Of(rig.Emulator), file.Link, Bytes);

        report.Add(
            new(
                "engine peak RSS, 4 GB file",
                read.PeakRssBytes / Mib,
                "MiB",
                "budget + 150 MiB",
                (EngineClient.BudgetBytes + AllowanceBytes) / Mib,
                1
            )
        );
        report.Add(
            new(
                "engine RSS, highest in its last quarter",
                read.QuarterRssBytes[^1] / Mib,
                "MiB",
                "in its first quarter",
                read.QuarterRssBytes[0] / Mib,
                1.1
            )
        );
    }
}
