using System.Globalization;

namespace Fleet.Cli;

/// <summary>The demo's steps. Each has a deadline; the first check that fails ends it.</summary>
sealed class DemoRun(FleetApi api, EmulatorControl emulator, string work, TimeProvider time)
{
    const string VideoName = "fleet-demo.mkv";
    const string BulkName = "fleet-demo-256MiB.bin";
    const long BulkBytes = 256L << 20;
    const int OtherDc = 4; // not the accounts' home: its files need a key of their own

    static readonly TimeSpan JobsDeadline = TimeSpan.FromMinutes(10);
    static readonly TimeSpan WebhookDeadline = TimeSpan.FromMinutes(1);
    static readonly TimeSpan DownloadDeadline = TimeSpan.FromMinutes(5);
    static readonly TimeSpan CleanupDeadline = TimeSpan.FromSeconds(5);

    readonly DemoMedia _media = new(time);

    /// <exception cref="FailureException">A step failed or a check did not pass.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        var started = time.GetTimestamp();
        var sample = Path.Combine(work, VideoName);
        Say($"making {VideoName}: a minute of H.264 with an English and a German track");
        await _media.MakeSampleAsync(sample, ct);
        Say("handing it and a 256 MiB file to the emulated Telegram");
        var (video, bulk) = await PostAsync(sample, ct);

        await using var inbox = await WebhookInbox.OpenAsync(ct);
        var endpoint = await RegisterAsync(inbox, ct);
        try
        {
            var jobs = await RunJobsAsync(video, bulk, ct);
            await ReceiveAsync(inbox, jobs, ct);
            var videoPath = await DownloadAsync(jobs[0], ct);
            var bulkPath = await DownloadAsync(jobs[1], ct);
            await CheckVideoAsync(sample, videoPath, ct);
            Check(jobs[1].Files[0].Sha256 == bulk.Sha256, $"{BulkName} is not what Telegram has: other SHA-256");
            Say(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"""

                    Everything passed in {time.GetElapsedTime(started).TotalSeconds:0} s.
                      {videoPath}   MP4, the streams of {VideoName}, nothing re-encoded
                      {bulkPath}   {BulkBytes} bytes, SHA-256 {bulk.Sha256[..16]}… as on Telegram
                    """
                )
            );
        }
        finally
        {
            await RemoveAsync(endpoint.Id);
        }
    }

    async Task<(PostedDocument Video, PostedDocument Bulk)> PostAsync(string sample, CancellationToken ct)
    {
        var video = new DocumentToPost
        {
            File = sample,
            Name = VideoName,
            Mime = "video/x-matroska",
            Dc = 2,
        };
        var bulk = new DocumentToPost
        {
            Seed = 256,
            Size = BulkBytes,
            Name = BulkName,
            Mime = "application/octet-stream",
            Dc = OtherDc,
        };
        return (await emulator.PostAsync(video, ct), await emulator.PostAsync(bulk, ct));
    }

    // A run that was killed leaves its registration behind; the API keeps only so many.
    async Task<WebhookEndpointView> RegisterAsync(WebhookInbox inbox, CancellationToken ct)
    {
        foreach (var known in await api.ListEndpointsAsync(ct))
        {
            if (known.Url.IsLoopback && known.Url.AbsolutePath == WebhookInbox.Path)
                await api.RemoveEndpointAsync(known.Id, ct);
        }
        var endpoint = await api.RegisterAsync(inbox.Url, ct);
        inbox.Trust(endpoint.Secret ?? throw new FailureException("the webhook endpoint came without a secret"), time);
        return endpoint;
    }

    async Task RemoveAsync(Guid endpoint)
    {
        using var deadline = new CancellationTokenSource(CleanupDeadline, time);
        try
        {
            await api.RemoveEndpointAsync(endpoint, deadline.Token);
        }
        catch (Exception e) when (e is FailureException or OperationCanceledException)
        {
            // the next run removes it
        }
    }

    async Task<JobView[]> RunJobsAsync(PostedDocument video, PostedDocument bulk, CancellationToken ct)
    {
        Say($"submitting {video.Link} and {bulk.Link}");
        var everyTrack = new { Audio = new { KeepAll = true } };
        JobView[] jobs =
        [
            (await api.SubmitAsync(new JobRequest(new JobSourceView(video.Link)) { Options = everyTrack }, ct)).Job,
            (await api.SubmitAsync(new JobRequest(new JobSourceView(bulk.Link)), ct)).Job,
        ];
        var board = ProgressBoard.OnConsole(VideoName, BulkName);
        foreach (var (row, job) in jobs.Index())
            board.Show(row, job);
        var ended = await WithinAsync(JobsDeadline, "the jobs did not end", ct, all => FollowAsync(jobs, board, all));
        foreach (var job in ended)
            Check(job is { Status: "succeeded", Files.Count: 1 }, JobVerbs.Explain(job));
        return ended;
    }

    async Task<JobView[]> FollowAsync(JobView[] jobs, ProgressBoard board, CancellationToken ct)
    {
        var watch = new JobWatch(api, time);
        var gate = new Lock();
        return await Task.WhenAll(
            jobs.Select(
                (job, row) =>
                    watch.UntilEndedAsync(
                        job.Id,
                        state =>
                        {
                            lock (gate)
                                board.Show(row, state);
                        },
                        ct
                    )
            )
        );
    }

    async Task ReceiveAsync(WebhookInbox inbox, JobView[] jobs, CancellationToken ct)
    {
        var missing = jobs.Select(job => job.Id).ToHashSet();
        await WithinAsync(
            WebhookDeadline,
            "the signed webhooks did not arrive",
            ct,
            async all =>
            {
                while (missing.Count > 0)
                {
                    var webhook = await inbox.NextAsync(all);
                    if (webhook.Type == "job.succeeded" && missing.Remove(webhook.JobId))
                        Say($"webhook {webhook.Type} {webhook.Id} received, its signature verified");
                }
                return missing;
            }
        );
        Check(inbox.LastFault is null, $"a webhook was not genuine: {inbox.LastFault}");
    }

    async Task<string> DownloadAsync(JobView job, CancellationToken ct)
    {
        var file = job.Files[0];
        var path = Path.Combine(work, Path.GetFileName(file.Name));
        var sha256 = await WithinAsync(
            DownloadDeadline,
            $"{file.Name} was not downloaded",
            ct,
            all => api.DownloadAsync(file, path, all)
        );
        Check(sha256 == file.Sha256, $"{file.Name} was damaged on its way here: other SHA-256");
        return path;
    }

    async Task CheckVideoAsync(string sample, string result, CancellationToken ct)
    {
        var before = await _media.ProbeAsync(sample, ct);
        var after = await _media.ProbeAsync(result, ct);
        Check(after.Format.Split(',').Contains("mp4", StringComparer.Ordinal), $"{result} is {after.Format}, not MP4");
        Check(
            before.Streams.SequenceEqual(after.Streams, StringComparer.Ordinal),
            $"{result} has [{string.Join("; ", after.Streams)}] instead of [{string.Join("; ", before.Streams)}]"
        );
        Check(
            Math.Abs(before.Seconds - after.Seconds) < 0.5,
            $"{result} lasts {after.Seconds} s, not {before.Seconds} s"
        );
    }

    async Task<T> WithinAsync<T>(
        TimeSpan limit,
        string failure,
        CancellationToken ct,
        Func<CancellationToken, Task<T>> run
    )
    {
        using var deadline = new CancellationTokenSource(limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, ct);
        try
        {
            return await run(both.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new FailureException($"{failure} within {limit.TotalMinutes:0} min");
        }
    }

    static void Check(bool holds, string otherwise)
    {
        if (!holds)
            throw new FailureException(otherwise);
    }

    static void Say(string line) => Console.WriteLine(line);
}
