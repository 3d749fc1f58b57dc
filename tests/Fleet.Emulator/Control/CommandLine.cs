using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Fleet.Emulator.Control;

/// <summary>The executable's arguments.</summary>
sealed record CommandLine
{
    public const string Help = $"""
        A Telegram on loopback: real MTProto, five data centres, scripted from outside. For tests, never for people.

        Usage: fleet emulator [options]
          --port BASE      eleven ports from BASE: main and media address of DC 1, of DC 2, ..., the CDN (default: free ports)
          --control PORT   port of the HTTP control interface (default: a free port)
          --data DIR       where the RSA key pair and the logins are kept (default: .fleet/emulator of the repository)
          --seed N         seed of ids, hashes and tokens (default 1)
          --api-id N       application id that may log in (default 10001)
          --api-hash H     its hash (default 0123456789abcdef0123456789abcdef)
          --no-duplicates  do not answer AUTH_KEY_DUPLICATED to a second main session of one auth key
          --enforce-flood  after FLOOD_WAIT_X refuse that account and method until X seconds are over
          --verbose        log calls to standard error
          --help           this text

        When ready it prints one JSON line: data centres, key files, control address, accounts. Ctrl-C ends it.

        Control interface:
        {ControlServer.Help}

        Faults: any RPC error name (FLOOD_WAIT_5, FILE_MIGRATE_4, FILE_REFERENCE_EXPIRED, 500:RPC_CALL_FAIL), or
        DROP CUT SILENCE WRONG_SALT GARBAGE SHORT_PART BIT_FLIP DELAY_n (milliseconds)
        DUPLICATE REORDER PACKED BAD_MSG_n (code) NEW_SESSION LOST_ANSWER.

        One main session per auth key: calls on a home DC's main address belong to the main session, but for upload.*
        in invokeWithoutUpdates; while its connection is open, such a call from another session ends the login.
        """;

    public EmulatorOptions Options { get; init; } =
        new() { ControlPort = 0, DataDirectory = Path.Combine(RepositoryRoot(), ".fleet", "emulator") };

    public bool ShowHelp { get; init; }

    /// <summary>What is wrong with the arguments; null when nothing is.</summary>
    public string? Error { get; init; }

    public static CommandLine Parse(IReadOnlyList<string> args)
    {
        var line = new CommandLine();
        for (var i = 0; i < args.Count && line is { Error: null, ShowHelp: false }; i++)
        {
            var name = args[i];
            line = name switch
            {
                "--help" or "-h" => line with { ShowHelp = true },
                "--no-duplicates" => line with { Options = line.Options with { EnforceOneMainSession = false } },
                "--enforce-flood" => line with { Options = line.Options with { EnforceFloodWaits = true } },
                "--verbose" => line with { Options = line.Options with { Log = StandardError.CreateLogger() } },
                _ when ++i < args.Count => line.WithValue(name, args[i]),
                _ => line with { Error = $"{name}: unknown option, or its value is missing; see --help" },
            };
        }
        return line;
    }

    CommandLine WithValue(string name, string value) =>
        (name, Number(value)) switch
        {
            ("--port", >= 1 and <= 65_525 and var port) => this with { Options = Options with { Port = (int)port } },
            ("--control", >= 0 and <= 65_535 and var port) => this with
            {
                Options = Options with { ControlPort = (int)port },
            },
            ("--seed", { } seed) => this with { Options = Options with { Seed = seed } },
            ("--api-id", >= 1 and <= int.MaxValue and var id) => this with
            {
                Options = Options with { ApiId = (int)id },
            },
            ("--api-hash", _) when value.Length > 0 => this with { Options = Options with { ApiHash = value } },
            ("--data", _) when value.Length > 0 => this with { Options = Options with { DataDirectory = value } },
            _ => this with { Error = $"{name} {value}: unknown option or value out of range; see --help" },
        };

    /// <summary>The folder of Fleet.sln above this program; where there is none, the current folder.</summary>
    static string RepositoryRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Fleet.sln")))
                return folder.FullName;
        }
        return Environment.CurrentDirectory;
    }

    static long? Number(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;
}

/// <summary>Log lines on standard error, so that standard output stays machine-readable.</summary>
sealed class StandardError : ILogger
{
    public static ILogger CreateLogger() => new StandardError();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    ) =>
        Console.Error.WriteLine(
            $"{logLevel}: {formatter(state, exception)}{(exception is null ? "" : $" {exception}")}"
        );
}
