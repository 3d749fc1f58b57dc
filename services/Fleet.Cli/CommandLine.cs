using System.Runtime.InteropServices;

namespace Fleet.Cli;

/// <summary>One thing the command line can do.</summary>
/// <param name="Name">First argument.</param>
/// <param name="Summary">One line for the list of verbs.</param>
/// <param name="Help">What --help prints.</param>
/// <param name="RunAsync">Gets the arguments behind the name; returns the exit code.</param>
sealed record Verb(string Name, string Summary, string Help, Func<string[], CancellationToken, Task<int>> RunAsync);

/// <summary>Exit codes.</summary>
static class Exit
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>It was tried and failed; one line on stderr says why.</summary>
    public const int Failed = 1;

    /// <summary>The arguments make no sense; nothing was tried.</summary>
    public const int Usage = 2;

    /// <summary>Stopped by Ctrl-C or SIGTERM; nothing is left behind.</summary>
    public const int Interrupted = 130;
}

/// <summary>The arguments make no sense. The message is one line and says what to do.</summary>
sealed class UsageException(string message) : Exception(message);

/// <summary>Finds the verb, turns Ctrl-C into a token and exceptions into one line and an exit code.</summary>
static class CommandLine
{
    public static async Task<int> RunAsync(string[] args, Verb[] verbs)
    {
        if (args is [] or ["help" or "--help" or "-h"])
        {
            PrintVerbs(args.Length == 0 ? Console.Error : Console.Out, verbs);
            return args.Length == 0 ? Exit.Usage : Exit.Done;
        }
        var verb = Array.Find(verbs, v => string.Equals(v.Name, args[0], StringComparison.Ordinal));
        if (verb is null)
        {
            await Console.Error.WriteLineAsync($"fleet: no verb '{args[0]}'; without arguments it lists the verbs");
            return Exit.Usage;
        }
        if (args.AsSpan(1).ContainsAny("--help", "-h"))
        {
            await Console.Out.WriteLineAsync(verb.Help);
            return Exit.Done;
        }
        return await RunAsync(verb, args[1..]);
    }

    static async Task<int> RunAsync(Verb verb, string[] args)
    {
        using var stop = new CancellationTokenSource();
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            return await verb.RunAsync(args, stop.Token);
        }
        catch (UsageException e)
        {
            await Console.Error.WriteLineAsync($"{verb.Name}: {e.Message}");
            return Exit.Usage;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync($"{verb.Name}: stopped");
            return Exit.Interrupted;
        }
    }

    static void PrintVerbs(TextWriter to, Verb[] verbs)
    {
        to.WriteLine("Usage: fleet VERB [options]; fleet VERB --help tells more.");
        foreach (var verb in verbs)
            to.WriteLine($"  {verb.Name, -8} {verb.Summary}");
    }
}
