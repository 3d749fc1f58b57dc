namespace Fleet.Cli;

/// <summary>`fleet submit` and `fleet watch`: jobs from the command line.</summary>
static class JobVerbs
{
    const string ApiHelp = """
          --api URL        address of the API; default $FLEET_API, else http://127.0.0.1:7070
          --key KEY        API key; default $FLEET_KEY
          --key-file FILE  reads the key from a file
        """;

    public static Verb Submit { get; } =
        new(
            "submit",
            "Hand a link to Fleet; prints the job's id.",
            $"""
            Usage: fleet submit LINK [options]
            {ApiHelp}
              --wait           show progress until the job has ended, then print where its files are

            Exit codes: 0 done, 1 failed, 2 wrong arguments, 130 interrupted.
            """,
            SubmitAsync
        );

    public static Verb Watch { get; } =
        new(
            "watch",
            "Show the progress of a job until it has ended.",
            $"""
            Usage: fleet watch JOB [options]
            {ApiHelp}

            Exit codes: 0 the job succeeded, 1 it did not, 2 wrong arguments, 130 interrupted.
            """,
            WatchAsync
        );

    static async Task<int> SubmitAsync(string[] args, CancellationToken ct)
    {
        var given = new Arguments(args, ApiOptions.Valued, ["--wait"]);
        if (given.Positional is not [var link])
            throw new UsageException("give one link: submit LINK");
        return await RunAsync(
            "submit",
            given,
            async api =>
            {
                var job = await api.SubmitAsync(new JobRequest(new JobSourceView(link)), ct);
                await Console.Out.WriteLineAsync(job.Id.ToString());
                return given.Has("--wait") ? await FollowAsync(api, job.Id, ct) : Exit.Done;
            }
        );
    }

    static async Task<int> WatchAsync(string[] args, CancellationToken ct)
    {
        var given = new Arguments(args, ApiOptions.Valued, []);
        if (given.Positional is not [var text] || !Guid.TryParse(text, out var id))
            throw new UsageException("give the id of a job: watch JOB");
        return await RunAsync("watch", given, api => FollowAsync(api, id, ct));
    }

    static async Task<int> RunAsync(string verb, Arguments given, Func<FleetApi, Task<int>> run)
    {
        try
        {
            using var api = ApiOptions.Connect(given, TimeProvider.System);
            return await run(api);
        }
        catch (FailureException e)
        {
            await Console.Error.WriteLineAsync($"{verb}: {e.Message}");
            return Exit.Failed;
        }
    }

    static async Task<int> FollowAsync(FleetApi api, Guid id, CancellationToken ct)
    {
        var board = ProgressBoard.OnConsole(id.ToString());
        var watch = new JobWatch(api, TimeProvider.System);
        var job = await watch.UntilEndedAsync(id, state => board.Show(0, state), ct);
        foreach (var file in job.Files)
            await Console.Out.WriteLineAsync($"{file.ContentUrl}  {file.SizeBytes} bytes  {file.Name}");
        return job.Status is "succeeded" ? Exit.Done : throw new FailureException(Explain(job));
    }

    /// <summary>Why a job did not succeed.</summary>
    public static string Explain(JobView job) =>
        job.Error is { } error
            ? $"job {job.Id} {job.Status}: {error.Code}: {error.Detail ?? error.Title}"
            : $"job {job.Id} {job.Status}";
}

/// <summary>Where the API is and who calls it.</summary>
static class ApiOptions
{
    /// <summary>Options that <see cref="Connect"/> reads.</summary>
    public static readonly string[] Valued = ["--api", "--key", "--key-file"];

    const string DefaultAddress = "http://127.0.0.1:7070";

    /// <exception cref="UsageException">No address, or no key.</exception>
    public static FleetApi Connect(Arguments given, TimeProvider time)
    {
        var address = given.OneOrNull("--api") ?? Environment.GetEnvironmentVariable("FLEET_API") ?? DefaultAddress;
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            throw new UsageException($"--api: {address} is no http address");
        return new FleetApi(uri, ReadKey(given), time);
    }

    static string ReadKey(Arguments given)
    {
        if (given.OneOrNull("--key-file") is { } path)
        {
            try
            {
                return File.ReadAllText(path).Trim();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new UsageException($"--key-file: {e.Message}");
            }
        }
        return given.OneOrNull("--key")
            ?? Environment.GetEnvironmentVariable("FLEET_KEY")
            ?? throw new UsageException("say who calls: --key KEY, --key-file FILE or $FLEET_KEY");
    }
}
