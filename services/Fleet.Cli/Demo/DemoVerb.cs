namespace Fleet.Cli;

/// <summary>`fleet demo`: the main job, end to end, against a running Fleet and an emulated Telegram.</summary>
static class DemoVerb
{
    const string Help = """
        Submits two links, receives their webhooks, downloads and checks the results.

        Usage: fleet demo --api URL --key-file FILE --control URL --work DIR
          --api URL        address of Fleet's API
          --key-file FILE  holds an API key
          --control URL    control port of the Telegram emulator, which Fleet uses as its Telegram
          --work DIR       where samples and results are put; made if it is missing

        Exit codes: 0 every check passed, 1 one failed, 2 wrong arguments, 130 interrupted.
        """;

    public static Verb Verb { get; } =
        new("demo", "Run the main job end to end; ./fleet demo calls it.", Help, RunAsync);

    static async Task<int> RunAsync(string[] args, CancellationToken ct)
    {
        var given = new Arguments(args, [.. ApiOptions.Valued, "--control", "--work"], []);
        if (!Uri.TryCreate(given.One("--control"), UriKind.Absolute, out var control))
            throw new UsageException("--control is no address");
        var work = Path.GetFullPath(given.One("--work"));
        try
        {
            Directory.CreateDirectory(work);
            using var api = ApiOptions.Connect(given, TimeProvider.System);
            using var emulator = new EmulatorControl(control, TimeProvider.System);
            await new DemoRun(api, emulator, work, TimeProvider.System).RunAsync(ct);
            return Exit.Done;
        }
        catch (FailureException e)
        {
            return await FailAsync(e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return await FailAsync($"{work}: {e.Message}");
        }
    }

    static async Task<int> FailAsync(string message)
    {
        await Console.Error.WriteLineAsync($"demo: {message}");
        return Exit.Failed;
    }
}
