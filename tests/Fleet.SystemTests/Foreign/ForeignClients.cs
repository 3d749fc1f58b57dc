using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fleet.Emulator;
using Fleet.Emulator.Worlds;
using Fleet.Testing;

namespace Fleet.SystemTests.Foreign;

/// <summary>
/// Runs the scripts of tests/foreign: under node with their packages as the lock file says, or under Debian's own
/// Python, which is the one that has python3-telethon.
/// </summary>
static class ForeignClients
{
    static readonly TimeSpan InstallDeadline = TimeSpan.FromMinutes(5);
    static readonly SemaphoreSlim Installing = new(1, 1);

    static string Folder => Path.Combine(Repository.Root, "tests", "foreign");

    /// <summary>Runs a script (.mjs or .py) and returns the JSON of its last output line.</summary>
    /// <exception cref="InvalidOperationException">It failed, or took longer than the deadline.</exception>
    public static async Task<JsonNode> RunAsync(
        string script,
        IEnumerable<string> arguments,
        TimeSpan deadline,
        string input = ""
    )
    {
        var python = script.EndsWith(".py", StringComparison.Ordinal);
        if (!python)
            await InstallAsync();
        var program = python ? "/usr/bin/python3" : "node";
        var output = await RunAsync(program, [script, .. arguments], input, deadline);
        var last = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        return JsonNode.Parse(last)!;
    }

    /// <summary>
    /// Lets a client log in, download one message's file from <paramref name="link"/> and hash it:
    /// {"bytes", "sha256", "userId", ...}.
    /// </summary>
    public static async Task<JsonNode> DownloadAsync(
        string script,
        TelegramEmulator telegram,
        EmulatedAccount account,
        string link,
        TimeSpan deadline
    )
    {
        using var key = new KeyFile(telegram);
        string[] password = account.Password is null ? [] : ["--password", account.Password];
        return await RunAsync(
            script,
            [
                .. ServerArguments(telegram, key),
                "--home-dc",
                account.HomeDc.ToString(CultureInfo.InvariantCulture),
                "--api-id",
                telegram.Options.ApiId.ToString(CultureInfo.InvariantCulture),
                "--api-hash",
                telegram.Options.ApiHash,
                "--phone",
                account.Phone!,
                "--code",
                account.Code!,
                .. password,
                "--link",
                link,
                "--hash",
            ],
            deadline
        );
    }

    static IEnumerable<string> ServerArguments(TelegramEmulator telegram, KeyFile key) =>
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
            "--key",
            key.Path,
        ];

    /// <summary>The emulator's public key as a file, for as long as a client runs.</summary>
    sealed class KeyFile : IDisposable
    {
        public KeyFile(TelegramEmulator telegram) => File.WriteAllText(Path, telegram.PublicKeyPem);

        public string Path { get; } = System.IO.Path.GetTempFileName();

        public void Dispose() => File.Delete(Path);
    }

    /// <summary>npm ci, unless node_modules was made from this very lock file.</summary>
    static async Task InstallAsync()
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
