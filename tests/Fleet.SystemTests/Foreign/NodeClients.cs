using System.Diagnostics;
using System.Text.Json.Nodes;
using Fleet.Emulator;
using Fleet.Emulator.Worlds;
using Fleet.Testing;

namespace Fleet.SystemTests.Foreign;

/// <summary>Runs the scripts of tests/foreign under node, with their packages as the lock file says.</summary>
static class NodeClients
{
    static readonly TimeSpan InstallDeadline = TimeSpan.FromMinutes(5);
    static readonly SemaphoreSlim Installing = new(1, 1);

    static string Folder => Path.Combine(Repository.Root, "tests", "foreign");

    /// <summary>Gives a script its task on standard input and returns the JSON of its last output line.</summary>
    /// <exception cref="InvalidOperationException">It failed, or took longer than the deadline.</exception>
    public static async Task<JsonNode> RunAsync(string script, JsonObject task, TimeSpan deadline)
    {
        await InstallAsync();
        var output = await RunAsync("node", [script], task.ToJsonString(), deadline);
        var last = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        return JsonNode.Parse(last)!;
    }

    /// <summary>What every script needs to find the emulator and to log in.</summary>
    public static JsonObject TaskFor(TelegramEmulator telegram, EmulatedAccount account) =>
        new()
        {
            ["dcs"] = new JsonArray([
                .. telegram.Dcs.Select(dc => new JsonObject
                {
                    ["id"] = dc.Id,
                    ["host"] = dc.Host,
                    ["port"] = dc.Port,
                    ["media"] = dc.MediaOnly,
                }),
            ]),
            ["home_dc"] = account.HomeDc,
            ["key"] = telegram.PublicKeyPem,
            ["api_id"] = telegram.Options.ApiId,
            ["api_hash"] = telegram.Options.ApiHash,
            ["phone"] = account.Phone,
            ["code"] = account.Code,
            ["password"] = account.Password,
        };

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
