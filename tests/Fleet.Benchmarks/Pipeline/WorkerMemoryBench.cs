namespace Fleet.Benchmarks;

/// <summary>What a worker holds while it stores one file of 4 GiB, and eight at once.</summary>
static class WorkerMemoryBench
{
    const long FileBytes = 4_000L << 20; // Telegram's largest

    const double Mebibyte = 1 << 20;

    /// <summary>The worker's budget and what the process may need beside it, in MiB.</summary>
    const double Allowed = 256 + 150;

    static readonly TimeSpan SampleEvery = TimeSpan.FromMilliseconds(200);

    public static async Task RunAsync(Report report)
    {
        foreach (var files in new[] { 1, 8 })
        {
            await using var rig = await PipelineRig.StartOnDiskAsync();
            var posted = await Task.WhenAll(Enumerable.Range(1, files).Select(seed => rig.PostAsync(seed, FileBytes)));
            var held = await HeldAsync(rig, [.. posted.Select(file => rig.RunAsync(file))]);
            var quarter = held.Count / 4;
            report.Add(
                new(
                    $"worker, most memory held, {files} files of 4 GB",
                    held.Max(),
                    "MiB",
                    "budget + 150 MiB",
                    Allowed,
                    1
                )
            );
            report.Add(
                new(
                    $"worker, memory in the last quarter, {files} files",
                    held.TakeLast(quarter).Max(),
                    "MiB",
                    "in the second quarter",
                    held.Skip(quarter).Take(quarter).Max(),
                    1.1
                )
            );
        }
    }

    /// <summary>MiB of the worker's resident memory, sampled until every job has ended.</summary>
    static async Task<List<double>> HeldAsync(PipelineRig rig, Task[] jobs)
    {
        var held = new List<double>();
        for (var all = Task.WhenAll(jobs); !all.IsCompleted; await Task.WhenAny(all, DelayAsync()))
            held.Add(rig.MemoryOf("Fleet.Worker") / Mebibyte);
        await Task.WhenAll(jobs);
        return held;
    }

    static Task DelayAsync() => Task.Delay(SampleEvery, TimeProvider.System);
}
