using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Fleet.Testing;

namespace Fleet.Benchmarks;

/// <summary>A client as a program of its own: logs in, reads a file or its beginning, tells what that cost.</summary>
/// <param name="Name">As people call it.</param>
/// <param name="Command">Program and first arguments.</param>
sealed record DownloadScript(string Name, IReadOnlyList<string> Command)
{
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(15);

    /// <summary>The engine itself.</summary>
    public static DownloadScript Engine { get; } = new("engine", [Environment.ProcessPath!, EngineReader.Verb]);

    /// <summary>A script of tests/foreign.</summary>
    /// <param name="name">As people call the client.</param>
    /// <param name="runtime">The program that runs the script.</param>
    /// <param name="script">Its file name.</param>
    public static DownloadScript Foreign(string name, string runtime, string script)
    {
        var path = Path.Combine(Repository.Root, "tests", "foreign", script);
        return new DownloadScript(name, [runtime, path]) { Script = path };
    }

    /// <summary>The file that must be there; null when the program alone is enough.</summary>
    string? Script { get; init; }

    /// <exception cref="ScriptMissingException">The program, or what it needs, is not on this machine.</exception>
    /// <exception cref="InvalidOperationException">It failed, or took longer than 15 minutes.</exception>
    public async Task<DownloadResult> RunAsync(TelegramTarget target, string link, long limitBytes)
    {
        if (Script is not null && !File.Exists(Script))
            throw new ScriptMissingException($"{Path.GetFileName(Script)} is missing");
        var start = new ProcessStartInfo(Command[0], [.. Command.Skip(1), .. OptionsOf(target, link, limitBytes)])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            throw new ScriptMissingException($"{Command[0]}: {e.Message}");
        }
        using var limit = new CancellationTokenSource(Deadline, TimeProvider.System);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode == 0 ? ResultIn(await output) : throw Failure(await errors + await output);
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"{Name} was not done within {Deadline}.", e);
        }
    }

    static IEnumerable<string> OptionsOf(TelegramTarget target, string link, long limitBytes) =>
        [
            "--dcs",
            target.Dcs,
            "--key",
            target.KeyFile,
            "--api-id",
            target.ApiId.ToString(CultureInfo.InvariantCulture),
            "--api-hash",
            target.ApiHash,
            "--phone",
            target.Phone,
            "--code",
            target.Code,
            "--link",
            link,
            "--limit-bytes",
            limitBytes.ToString(CultureInfo.InvariantCulture),
        ];

    /// <summary>Scripts may print more; the result is the last line that is an object.</summary>
    DownloadResult ResultIn(string output) =>
        output.Split('\n').LastOrDefault(line => line.StartsWith('{')) is { } line
            ? JsonSerializer.Deserialize<DownloadResult>(line, JsonSerializerOptions.Web)!
            : throw Failure(output);

    /// <summary>A package that is not installed is not a failure of the client.</summary>
    Exception Failure(string output) =>
        output.Contains("ERR_MODULE_NOT_FOUND", StringComparison.Ordinal)
        || output.Contains("ModuleNotFoundError", StringComparison.Ordinal)
            ? new ScriptMissingException("its package is not installed")
            : new InvalidOperationException($"{Name} failed: {output}");
}

/// <summary>A client cannot be measured because it, or what runs it, is not on this machine.</summary>
sealed class ScriptMissingException(string message) : Exception(message);
