using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;

namespace Fleet.Benchmarks;

/// <summary>How soon somebody who looks at a file gets its first byte, while the job fetches it from 50 ms away.</summary>
static class StreamBench
{
    const long FileBytes = 512L << 20;
    const int Looks = 30;
    const double RoundTripMs = 50;

    /// <summary>Of each of two connections: the job takes a minute, so that all looks fall into it.</summary>
    const int BytesPerSecond = 4_000_000;

    public static async Task RunAsync(Report report)
    {
        await using var rig = await PipelineRig.StartAsync();
        await rig.RunAsync(await rig.PostAsync(seed: 1, size: 64 << 20));
        await rig.Fleet.Telegram.AddNetworkRuleAsync(
            new
            {
                dc = PipelineRig.Dc,
                media_only = true,
                latency_ms = RoundTripMs / 2,
                bytes_per_second = BytesPerSecond,
            }
        );
        var posted = await rig.PostAsync(seed: 2, FileBytes);
        var start = Stopwatch.GetTimestamp();
        var job = await rig.SubmitAsync(posted);
        await LookAsync(rig, job, at: 0);
        var first = Stopwatch.GetElapsedTime(start);

        var times = new List<double>();
        for (var i = 0; i < Looks; i++)
            times.Add((await LookAsync(rig, job, at: FileBytes / 2 + i * (7L << 20))).TotalMilliseconds);
        times.Sort();
        await rig.Fleet.Client.Http.PostAsync($"/v1/jobs/{job}/cancel", content: null);

        // One part of 1 MiB over one connection of this speed, and one round trip.
        var onePart = RoundTripMs + (1 << 20) * 1000.0 / BytesPerSecond;
        report.Add(
            new("stream: POST to first byte, 50 ms RTT", first.TotalMilliseconds, "ms", "one part's time", onePart)
        );
        report.Add(
            new("stream: a look into the middle, first byte, p50", times[Looks / 2], "ms", "one part's time", onePart)
        );
        report.Add(
            new("stream: a look into the middle, first byte, worst", times[^1], "ms", "one part's time", onePart)
        );
    }

    /// <summary>From the request to the first byte of the body.</summary>
    static async Task<TimeSpan> LookAsync(PipelineRig rig, string job, long at)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/jobs/{job}/stream");
        request.Headers.Range = new RangeHeaderValue(at, at + 1000);
        var start = Stopwatch.GetTimestamp();
        using var answer = await rig.Fleet.Client.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (answer.StatusCode != HttpStatusCode.PartialContent)
            throw new InvalidOperationException($"The stream answered {(int)answer.StatusCode}.");
        await using var body = await answer.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[1]);
        return Stopwatch.GetElapsedTime(start);
    }
}
