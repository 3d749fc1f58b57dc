using System.Diagnostics;
using Fleet.Testing;

namespace Fleet.Benchmarks;

/// <summary>One file that a whole Fleet fetches through several accounts at once, each of which is given 4 MB/s.</summary>
public static class AccountsBench
{
    const double Megabyte = 1e6;
    const long AccountBytesPerSecond = 4_000_000;

    /// <summary>Of an account without Premium.</summary>
    const int Connections = 2;

    const int Dc = 4;

    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    /// <summary>Fewer accounts get a smaller file: each run takes about as long.</summary>
    static readonly (int Accounts, long Bytes)[] Runs =
    [
        (1, 128L << 20),
        (2, 256L << 20),
        (4, 512L << 20),
        (8, 1L << 30),
    ];

    public static async Task RunAsync(Report report)
    {
        foreach (var (accounts, bytes) in Runs)
        {
            await using var fleet = await FleetSystem.StartAsync(OptionsFor(accounts));
            await FetchAsync(fleet, await PostAsync(fleet, seed: 1, bytes: 16L << 20)); // makes the keys
            await fleet.Telegram.AddNetworkRuleAsync(
                new
                {
                    dc = Dc,
                    media_only = true,
                    bytes_per_second = AccountBytesPerSecond / Connections,
                }
            );
            var posted = await PostAsync(fleet, seed: 2, bytes); // which hashes the file
            var start = Stopwatch.GetTimestamp();
            await FetchAsync(fleet, posted);
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;

            report.Note($"{accounts} accounts of 4 MB/s: {bytes >> 20} MiB from POST to succeeded in {seconds:0.0} s");
            report.Add(
                new(
                    $"one file through {accounts} accounts of 4 MB/s each",
                    bytes / Megabyte / seconds,
                    "MB/s",
                    $"{accounts} × 4 MB/s",
                    accounts * AccountBytesPerSecond / Megabyte,
                    0.95,
                    Better.Higher
                )
            );
        }
    }

    static FleetSystemOptions OptionsFor(int accounts) =>
        new()
        {
            Accounts = accounts,
            Settings = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["FLEET_Worker__AccountsPerFile"] = $"{accounts}",
                ["FLEET_Worker__BytesPerExtraAccount"] = "1048576",
            },
        };

    static Task<PostedFile> PostAsync(FleetSystem fleet, int seed, long bytes) =>
        fleet.Telegram.PostAsync(
            new
            {
                seed,
                size = bytes,
                name = "shared.bin",
                mime = "application/octet-stream",
                dc = Dc,
            }
        );

    static async Task FetchAsync(FleetSystem fleet, PostedFile posted)
    {
        var submitted = await fleet.Client.SubmitAsync(new { source = new { link = posted.Link } });
        var job = await fleet.Client.EndedAsync((string)submitted["id"]!, Deadline);
        if ((string)job["status"]! != "succeeded" || (string)job["files"]![0]!["sha256"]! != posted.Sha256)
            throw new InvalidOperationException($"The job ended otherwise: {job.ToJsonString()}");
    }
}
