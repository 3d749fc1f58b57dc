namespace Fleet.Cli;

/// <summary>Where the API is and who calls it.</summary>
static class ApiOptions
{
    public const string Help = """
          --api URL        address of the API; default $FLEET_API, else http://127.0.0.1:7070
          --key KEY        API key; default $FLEET_KEY
          --key-file FILE  reads the key from a file
        """;

    /// <summary>Options that <see cref="RunAsync"/> reads.</summary>
    public static readonly string[] Valued = ["--api", "--key", "--key-file"];

    const string DefaultAddress = "http://127.0.0.1:7070";

    /// <summary>Calls the API; what it refuses is a line on stderr and an exit code.</summary>
    /// <exception cref="UsageException">No address, or no key.</exception>
    public static async Task<int> RunAsync(string verb, Arguments given, Func<FleetApi, Task<int>> run)
    {
        using var api = Connect(given, TimeProvider.System);
        try
        {
            return await run(api);
        }
        catch (FailureException e)
        {
            await Console.Error.WriteLineAsync($"{verb}: {e.Message}");
            return Exit.Failed;
        }
    }

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
