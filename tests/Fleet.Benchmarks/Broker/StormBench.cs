using System.Diagnostics;
using System.Text.Json.Nodes;
using Fleet.Testing;

namespace Fleet.Benchmarks;

/// <summary>A whole Fleet whose accounts are told to wait at random, all the time, while it has files to fetch.</summary>
public static class StormBench
{
    const string GetFile = "upload.getFile";
    const int Accounts = 6;
    const int JobsAtOnce = 6;
    const long FileBytes = 8L << 20;

    static readonly TimeSpan Lasts = TimeSpan.FromMinutes(10);
    static readonly TimeSpan Calm = TimeSpan.FromMinutes(15);

    public static async Task RunAsync(Report report)
    {
        await using var fleet = await FleetSystem.StartAsync(
            new FleetSystemOptions { Accounts = Accounts, Emulator = ["--enforce-flood"] }
        );
        using var over = new CancellationTokenSource(Lasts, TimeProvider.System);
        var storm = RageAsync(fleet, over.Token);
        var ended = (await Task.WhenAll(Enumerable.Range(0, JobsAtOnce).Select(n => FetchAsync(fleet, n, over.Token))))
            .SelectMany(jobs => jobs)
            .ToArray();
        var waits = await storm;

        var despite = (long)(await fleet.Telegram.StatsAsync())["calls_despite_flood"]!;
        report.Note(
            $"{Accounts} accounts, {waits} waits of 1 to 20 s in {Lasts.TotalMinutes:0} min, {ended.Length} jobs"
        );
        report.Add(new("storm: calls despite a wait", despite, "calls"));
        report.Add(
            new(
                "storm: jobs that ended well",
                ended.Count(job => (string)job["status"]! == "succeeded"),
                "jobs",
                "all",
                ended.Length,
                1,
                Better.Higher
            )
        );
    }

    /// <summary>Every second or so one account's next call is answered with a wait.</summary>
    static async Task<int> RageAsync(FleetSystem fleet, CancellationToken ct)
    {
        var random = new Random(1);
        var waits = 0;
        try
        {
            for (; ; waits++)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(500, 1500)), TimeProvider.System, ct);
                var user = fleet.UserIds[random.Next(fleet.UserIds.Count)];
                await fleet.Telegram.FailAsync(GetFile, $"FLOOD_WAIT_{random.Next(1, 21)}", userId: user);
            }
        }
        catch (OperationCanceledException)
        {
            await fleet.Telegram.ClearFaultsAsync();
            return waits;
        }
    }

    /// <summary>One file after the other; the last one's end may be waited for in the calm after the storm.</summary>
    static async Task<List<JsonObject>> FetchAsync(FleetSystem fleet, int lane, CancellationToken ct)
    {
        var jobs = new List<JsonObject>();
        var begun = Stopwatch.GetTimestamp();
        while (!ct.IsCancellationRequested)
        {
            var posted = await fleet.Telegram.PostAsync(
                new
                {
                    seed = (lane * 100_000) + jobs.Count,
                    size = FileBytes,
                    name = "storm.bin",
                    mime = "application/octet-stream",
                    dc = 4,
                }
            );
            var submitted = await fleet.Client.SubmitAsync(new { source = new { link = posted.Link } });
            var left = Lasts + Calm - Stopwatch.GetElapsedTime(begun);
            jobs.Add(await fleet.Client.EndedAsync((string)submitted["id"]!, left));
        }
        return jobs;
    }
}
