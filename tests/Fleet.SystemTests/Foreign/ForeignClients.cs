using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fleet.Emulator;
using Fleet.Testing;

namespace Fleet.SystemTests.Foreign;

/// <summary>
/// Runs the scripts of tests/foreign: under node with their packages as the lock file says, or under Debian's own
/// Python, which is the one that has python3-telethon.
/// </summary>
static class ForeignClients
{
    /// <summary>Other Pythons on the path know nothing of Debian's packages.</summary>
    const string DebianPython = "/usr/bin/python3";

    static readonly TimeSpan InstallDeadline = TimeSpan.FromMinutes(5);
    static readonly SemaphoreSlim Installing = new(1, 1);

    static string Folder => Path.Combine(Repository.Root, "tests", "foreign");

    /// <summary>Runs a client's script against the emulator and returns the JSON of its last output line.</summary>
    /// <param name="name">Of the script, without .mjs or .py.</param>
    /// <param name="telegram">Its servers and application; the options that say so are added.</param>
    /// <param name="homeDc">The data centre that the client calls first.</param>
    /// <param name="options">The script's other options.</param>
    /// <param name="deadline">How long it may take.</param>
    /// <exception cref="InvalidOperationException">It failed, or took longer than the deadline.</exception>
    public static async Task<JsonNode> RunAsync(
        string name,
        TelegramEmulator telegram,
        int homeDc,
        IEnumerable<string> options,
        TimeSpan deadline
    )
    {
        var key = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(key, telegram.PublicKeyPem);
            string[] arguments = [.. ServerOptions(telegram, homeDc, key), .. options];
            return name.StartsWith("telethon", StringComparison.Ordinal)
                ? Last(await RunAsync(DebianPython, [$"{name}.py", .. arguments], "", deadline))
                : await RunNodeAsync($"{name}.mjs", arguments, "", deadline);
        }
        finally
        {
            File.Delete(key);
        }
    }

    /// <summary>Runs a node script with an input on its standard input and returns the JSON of its last output line.</summary>
    /// <exception cref="InvalidOperationException">It failed, or took longer than the deadline.</exception>
    public static async Task<JsonNode> RunNodeAsync(
        string script,
        IEnumerable<string> arguments,
        string input,
        TimeSpan deadline
    )
    {
        await InstallAsync();
        return Last(await RunAsync("node", [script, .. arguments], input, deadline));
    }

    static IEnumerable<string> ServerOptions(TelegramEmulator telegram, int homeDc, string keyFile) =>
        [
            "--dcs",
            JsonSerializer.Serialize(
                telegram.Dcs.Select(dc => new
                {
                    id = dc.Id,
                    host = dc.Host,
                    port = dc.Port,
                    media = dc.MediaOnly,
                })
            ),
            "--home-dc",
            homeDc.ToString(CultureInfo.InvariantCulture),
            "--key",
            keyFile,
            "--api-id",
            telegram.Options.ApiId.ToString(CultureInfo.InvariantCulture),
            "--api-hash",
            telegram.Options.ApiHash,
        ];

    static JsonNode Last(string output) =>
        JsonNode.Parse(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1])!;

    /// <summary>npm ci, unless node_modules was made from this very lock file.</summary>
    public static async Task InstallAsync()
    {
        await Installing.WaitAsync();
        try
        {
            var wanted = await File.ReadAllTextAsync(Path.Combine(Folder, "package-lock.json"));
            var stamp = Path.Combine(Folder, "node_modules", ".installed-from");
            if (File.Exists(stamp) && await File.ReadAllTextAsync(stamp) == wanted)
                return;
            await RunAsync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], "", InstallDeadline);
            await File.WriteAllTextAsync(stamp, wanted);
        }
        finally
        {
            Installing.Release();
        }
    }

    static async Task<string> RunAsync(string program, IEnumerable<string> arguments, string input, TimeSpan deadline)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments)
            {
                UseShellExecute = false,
                WorkingDirectory = Folder,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        process.Start();
        using var limit = new CancellationTokenSource(deadline, TimeProvider.System);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.StandardInput.WriteAsync(input.AsMemory(), limit.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(limit.Token);
            if (process.ExitCode != 0)
                throw new InvalidOperationException(
                    $"{program} ended with {process.ExitCode}: {await errors}{await output}"
                );
            return await output;
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"{program} was not done within {deadline}.", e);
        }
    }
}
