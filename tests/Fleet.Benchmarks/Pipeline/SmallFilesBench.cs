using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Fleet.Benchmarks;

/// <summary>Many small files, with one worker and with two; and a file that is there already.</summary>
static class SmallFilesBench
{
    const int Files = 1000;
    const long FileBytes = 16 << 10;
    const int Cached = 200;

    static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(100);

    /// <summary>What Telegram allows an account to resolve is not what is measured here.</summary>
    static readonly (string, string)[] NoBudgets =
    [
        ("FLEET_Resolve__ReadInterval", "00:00:00.001"),
        ("FLEET_Resolve__ReadBurst", "10000"),
    ];

    public static async Task RunAsync(Report report)
    {
        await using var rig = await PipelineRig.StartAsync(NoBudgets);
        var seed = 1;
        await RunBatchAsync(rig, await PostAsync(rig, ref seed)); // compiles
        await MeasureAsync(report, rig, await PostAsync(rig, ref seed), "1 worker", target: null);
        await rig.Fleet.StartAnotherAsync("Fleet.Worker#2");
        await RunBatchAsync(rig, await PostAsync(rig, ref seed));
        await MeasureAsync(report, rig, await PostAsync(rig, ref seed), "2 workers", target: 1);
        await MeasureCachedAsync(report, rig, (await PostAsync(rig, ref seed))[0]);
    }

    static async Task MeasureAsync(Report report, PipelineRig rig, string[] links, string workers, double? target)
    {
        var before = rig.Cpu();
        var seconds = await RunBatchAsync(rig, links);
        var after = rig.Cpu();
        var cpu = after
            .Where(a => a.Key is not "Fleet.Emulator")
            .Select(a => (a.Key, Ms: (a.Value - before[a.Key]).TotalMilliseconds / Files))
            .ToList();
        report.Note(
            $"{workers}: processor time per job: "
                + string.Join(", ", cpu.Select(c => FormattableString.Invariant($"{c.Key} {c.Ms:0.0} ms")))
        );
        report.Add(new($"small files, 16 KiB, {workers}", Files / seconds, "/s", "bound", 100, target, Better.Higher));
        report.Add(new($"processor time of all services per job, {workers}", cpu.Sum(c => c.Ms), "ms"));
        var queue = cpu.Where(c => c.Key is "Fleet.Intake" or "Fleet.Notifier").Sum(c => c.Ms);
        report.Add(new($"of it API, outbox and reconciler, {workers}", queue, "ms", "bound", 10, 1));
    }

    static async Task MeasureCachedAsync(Report report, PipelineRig rig, string link)
    {
        var times = new List<double>();
        for (var i = 0; i < Cached; i++)
        {
            var job = (string)(await rig.Fleet.Client.SubmitAsync(new { source = new { link } }))["id"]!;
            times.Add((await rig.SucceededAsync(job)).TotalMilliseconds);
        }
        times.Sort();
        report.Add(new("a file that is there: POST to succeeded, p50", times[Cached / 2], "ms", "bound", 50, 1));
        report.Add(new("a file that is there: POST to succeeded, p99", times[Cached * 99 / 100], "ms"));
    }

    /// <summary>From the POST of a batch to the end of its last job, in seconds.</summary>
    static async Task<double> RunBatchAsync(PipelineRig rig, string[] links)
    {
        var http = rig.Fleet.Client.Http;
        var start = Stopwatch.GetTimestamp();
        using var answer = await http.PostAsJsonAsync("/v1/batches", new { links });
        answer.EnsureSuccessStatusCode();
        var batch = (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["id"]!;
        while (true)
        {
            var counts = JsonNode.Parse(await http.GetStringAsync($"/v1/batches/{batch}"))!["counts"]!;
            if (counts["failed"] is { } failed && (int)failed > 0)
                throw new InvalidOperationException(counts.ToJsonString());
            if (counts["succeeded"] is { } succeeded && (int)succeeded == links.Length)
                return Stopwatch.GetElapsedTime(start).TotalSeconds;
            await Task.Delay(PollEvery, TimeProvider.System);
        }
    }

    static Task<string[]> PostAsync(PipelineRig rig, ref int seed)
    {
        var first = seed;
        seed += Files;
        return PostAsync(rig, first);
    }

    static async Task<string[]> PostAsync(PipelineRig rig, int firstSeed)
    {
        var links = new string[Files];
        for (var i = 0; i < Files; i++)
            links[i] = (await rig.PostAsync(firstSeed + i, FileBytes)).Link;
        return links;
    }
}
