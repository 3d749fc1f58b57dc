namespace Fleet.Cli;

/// <summary>`fleet submit`, `watch`, `download` and `batch`: jobs from the command line.</summary>
static class JobVerbs
{
    const string ExitCodes = "Exit codes: 0 done, 1 failed, 2 wrong arguments, 130 interrupted.";

    public static Verb Submit { get; } =
        new(
            "submit",
            "Hand a link to Fleet; prints the job's id.",
            $"""
            Usage: fleet submit LINK [options]
            {ApiOptions.Help}
            {JobOptionsOf.Help}
              --audio-link L   takes the sound from another message
              --wait           show progress until the job has ended, then print where its files are
              --out DIR        with --wait: download them into a directory
              --json           print the job as the API describes it

            {ExitCodes}
            """,
            SubmitAsync
        );

    public static Verb Watch { get; } =
        new(
            "watch",
            "Show the progress of jobs until they have ended.",
            $"""
            Usage: fleet watch JOB... [options]
            {ApiOptions.Help}
              --json           no progress; print each job at its end, a line of JSON for each

            Exit codes: 0 all succeeded, 1 one did not, 2 wrong arguments, 130 interrupted.
            """,
            WatchAsync
        );

    public static Verb Download { get; } =
        new(
            "download",
            "Download the files of a job that has succeeded.",
            $"""
            Usage: fleet download JOB [options]
            {ApiOptions.Help}
              --out DIR        where to; default the present directory

            Each file is checked against the length and the hash that Fleet gives. {ExitCodes}
            """,
            DownloadAsync
        );

    public static Verb Batch { get; } =
        new(
            "batch",
            "Hand many links to Fleet; prints the batch's id.",
            $"""
            Usage: fleet batch FILE [options]
              FILE             a link on each line, - for standard input; at most 1000 jobs
            {ApiOptions.Help}
            {JobOptionsOf.Help}
              --json           print the batch as the API describes it

            Links that no job was made of are told on stderr. {ExitCodes}
            """,
            BatchAsync
        );

    static async Task<int> SubmitAsync(string[] args, CancellationToken ct)
    {
        var given = new Arguments(
            args,
            [.. ApiOptions.Valued, .. JobOptionsOf.Valued, "--audio-link", "--out"],
            [.. JobOptionsOf.Flags, "--wait", "--json"]
        );
        if (given.Positional is not [var link])
            throw new UsageException("give one link: submit LINK");
        if (given.Has("--out") && !given.Has("--wait"))
            throw new UsageException("--out needs --wait");
        var request = new JobRequest(new JobSourceView(link, given.OneOrNull("--audio-link")))
        {
            Options = JobOptionsOf.Read(given),
            Queue = JobOptionsOf.QueueOf(given),
        };
        return await ApiOptions.RunAsync(
            "submit",
            given,
            async api =>
            {
                var job = await api.SubmitAsync(request, ct);
                if (!given.Has("--wait"))
                {
                    await Console.Out.WriteLineAsync(given.Has("--json") ? job.Raw : job.Job.Id.ToString());
                    return Exit.Done;
                }
                await Console.Out.WriteLineAsync(job.Job.Id.ToString());
                var ended = await FollowAsync(api, [job.Job.Id], given.Has("--json"), ct);
                if (given.OneOrNull("--out") is { } folder)
                    await DownloadAsync(api, ended[0], folder, ct);
                return Judge(ended);
            }
        );
    }

    static async Task<int> WatchAsync(string[] args, CancellationToken ct)
    {
        var given = new Arguments(args, ApiOptions.Valued, ["--json"]);
        var ids = given.Positional.Select(text => Guid.TryParse(text, out var id) ? id : Guid.Empty).ToArray();
        if (ids.Length == 0 || ids.Contains(Guid.Empty))
            throw new UsageException("give the ids of jobs: watch JOB...");
        return await ApiOptions.RunAsync(
            "watch",
            given,
            async api => Judge(await FollowAsync(api, ids, given.Has("--json"), ct))
        );
    }

    static async Task<int> DownloadAsync(string[] args, CancellationToken ct)
    {
        var given = new Arguments(args, [.. ApiOptions.Valued, "--out"], []);
        if (given.Positional is not [var text] || !Guid.TryParse(text, out var id))
            throw new UsageException("give the id of a job: download JOB");
        return await ApiOptions.RunAsync(
            "download",
            given,
            async api =>
            {
                var job = await api.GetAsync(id, ct);
                if (job.Status is not "succeeded")
                    throw new FailureException(Explain(job));
                await DownloadAsync(api, job, given.OneOrNull("--out") ?? ".", ct);
                return Exit.Done;
            }
        );
    }

    static async Task<int> BatchAsync(string[] args, CancellationToken ct)
    {
        var given = new Arguments(
            args,
            [.. ApiOptions.Valued, .. JobOptionsOf.Valued],
            [.. JobOptionsOf.Flags, "--json"]
        );
        if (given.Positional is not [var path])
            throw new UsageException("give one file: batch FILE");
        var links = await ReadLinksAsync(path, ct);
        return await ApiOptions.RunAsync(
            "batch",
            given,
            async api =>
            {
                var options = JobOptionsOf.Read(given);
                var queue = given.Has("--bulk") ? "bulk" : "interactive";
                var batch = await api.SubmitBatchAsync(new(links, options, queue), ct);
                foreach (var refused in batch.Batch.Refused)
                    await Console.Error.WriteLineAsync($"{refused.Link}: {refused.Code}: {refused.Detail}");
                await Console.Out.WriteLineAsync(given.Has("--json") ? batch.Raw : batch.Batch.Id.ToString());
                return batch.Batch.Refused.Count == 0 ? Exit.Done : Exit.Failed;
            }
        );
    }

    static async Task<IReadOnlyList<string>> ReadLinksAsync(string path, CancellationToken ct)
    {
        try
        {
            var text = path is "-" ? await Console.In.ReadToEndAsync(ct) : await File.ReadAllTextAsync(path, ct);
            var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            return lines.Length > 0 ? lines : throw new UsageException($"{path} holds no link");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException(e.Message);
        }
    }

    static async Task<JobView[]> FollowAsync(FleetApi api, Guid[] ids, bool json, CancellationToken ct)
    {
        var board = ProgressBoard.OnConsole([.. ids.Select(id => id.ToString())]);
        var watch = new JobWatch(api, TimeProvider.System);
        var show = new Lock();
        var jobs = await Task.WhenAll(
            ids.Select((id, row) => watch.UntilEndedAsync(id, state => Show(row, state), ct))
        );
        foreach (var job in jobs)
        {
            if (json)
                await Console.Out.WriteLineAsync(await api.GetRawAsync($"v1/jobs/{job.Id}", ct));
            foreach (var file in json ? [] : job.Files)
                await Console.Out.WriteLineAsync($"{file.ContentUrl}  {file.SizeBytes} bytes  {file.Name}");
        }
        return jobs;

        void Show(int row, JobView state)
        {
            lock (show)
            {
                if (!json)
                    board.Show(row, state);
            }
        }
    }

    static async Task DownloadAsync(FleetApi api, JobView job, string folder, CancellationToken ct)
    {
        Directory.CreateDirectory(folder);
        var written = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in job.Files)
        {
            var path = Path.Combine(folder, OutputFile.NameBeside(written, file.Name));
            var sha256 = await api.DownloadAsync(file, path, ct);
            if (!string.Equals(sha256, file.Sha256, StringComparison.Ordinal))
            {
                File.Delete(path);
                throw new FailureException($"{file.Name} did not arrive as it was stored");
            }
            await Console.Out.WriteLineAsync($"{path}  {file.SizeBytes} bytes  sha256 {sha256}");
        }
    }

    static int Judge(JobView[] jobs)
    {
        foreach (var job in jobs.Where(job => job.Status is not "succeeded"))
            Console.Error.WriteLine(Explain(job));
        return jobs.All(job => job.Status is "succeeded") ? Exit.Done : Exit.Failed;
    }

    /// <summary>Why a job did not succeed.</summary>
    public static string Explain(JobView job) =>
        job.Error is { } error
            ? $"job {job.Id} {job.Status}: {error.Code}: {error.Detail ?? error.Title}"
            : $"job {job.Id} {job.Status}";
}
