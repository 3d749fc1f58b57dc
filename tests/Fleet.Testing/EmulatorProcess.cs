using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Fleet.Testing;

/// <summary>The Telegram emulator as a process of its own, scripted through its control port.</summary>
public sealed class EmulatorProcess : IAsyncDisposable
{
    readonly string _data;
    readonly ChildProcess _process;
    readonly HttpClient _control;
    readonly JsonObject _description;

    EmulatorProcess(string data, ChildProcess process, JsonObject description)
    {
        _data = data;
        _process = process;
        _description = description;
        _control = new HttpClient { BaseAddress = new Uri((string)description["control"]!) };
    }

    /// <summary>Its process id, for reading what it cost.</summary>
    public int Pid => _process.Pid;

    public int ApiId => (int)_description["api_id"]!;

    public string ApiHash => (string)_description["api_hash"]!;

    /// <summary>Path of the PEM file with the server's public RSA key.</summary>
    public string KeyFile => (string)_description["keys"]![0]!;

    /// <summary>The seeded accounts: phone, code and password, or bot_token.</summary>
    public JsonArray Accounts => (JsonArray)_description["accounts"]!;

    /// <summary>The data centres as it prints them: [{"id", "host", "port", "media"}].</summary>
    public string DcsJson => _description["dcs"]!.ToJsonString();

    /// <summary>The data centres in the notation of the options: <c>2=127.0.0.1:443</c>, <c>2=127.0.0.1:444,media</c>.</summary>
    public IReadOnlyList<string> Dcs => AddressesOf(DcsJson);

    /// <summary>From the form of <see cref="DcsJson"/> to that of <see cref="Dcs"/>.</summary>
    public static IReadOnlyList<string> AddressesOf(string dcsJson) =>
        [
            .. JsonNode
                .Parse(dcsJson)!
                .AsArray()
                .Select(dc =>
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{(int)dc!["id"]!}={(string)dc["host"]!}:{(int)dc["port"]!}{((bool)dc["media"]! ? ",media" : "")}"
                    )
                ),
        ];

    /// <param name="options">Options of its command line besides where its data is.</param>
    public static async Task<EmulatorProcess> StartAsync(params IReadOnlyList<string> options)
    {
        var data = Directory.CreateTempSubdirectory("fleet-emulator-").FullName;
        var process = await ChildProcess.StartAsync(
            "emulator",
            [Repository.Executable("Fleet.Emulator"), "--data", data, .. options]
        );
        var line = await process.LineAsync("\"control\"", TimeSpan.FromSeconds(30));
        return new EmulatorProcess(data, process, (JsonObject)JsonNode.Parse(line)!);
    }

    /// <summary>Posts a message with a document to a seeded channel.</summary>
    /// <param name="message">What the control port takes: seed and size, or file; name, mime, dc.</param>
    /// <param name="channel">User name of the channel.</param>
    public async Task<PostedFile> PostAsync(object message, string channel = "fleetdemo")
    {
        using var answer = await _control.PostAsJsonAsync($"channels/{channel}/messages", message);
        var body = await answer.Content.ReadAsStringAsync();
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"The emulator refused the message: {body}");
        var posted = JsonNode.Parse(body)!;
        return new PostedFile((string)posted["link"]!, (string)posted["sha256"]!);
    }

    /// <summary>Posts 2 to 10 files as one album.</summary>
    /// <param name="items">Each as <see cref="PostAsync"/> takes it.</param>
    /// <param name="channel">User name of the channel.</param>
    public async Task<IReadOnlyList<PostedFile>> PostAlbumAsync(object[] items, string channel = "fleetdemo")
    {
        using var answer = await _control.PostAsJsonAsync($"channels/{channel}/albums", new { items });
        var body = await answer.Content.ReadAsStringAsync();
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"The emulator refused the album: {body}");
        return
        [
            .. JsonNode.Parse(body)!["items"]!
                .AsArray()
                .Select(posted => new PostedFile((string)posted!["link"]!, (string)posted["sha256"]!)),
        ];
    }

    /// <summary>Adds an ordinary user.</summary>
    /// <returns>Its phone, code and user_id.</returns>
    public async Task<JsonObject> AddUserAsync(bool premium = false)
    {
        using var answer = await _control.PostAsJsonAsync("users", new { premium });
        answer.EnsureSuccessStatusCode();
        return (JsonObject)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
    }

    /// <summary>Arms a fault: the next calls of a method fail.</summary>
    /// <param name="method">TL name.</param>
    /// <param name="error">What the emulator's help lists.</param>
    /// <param name="count">How many calls fail.</param>
    /// <param name="after">How many pass before.</param>
    /// <param name="userId">Only calls of this account.</param>
    public async Task FailAsync(string method, string error, int count = 1, int after = 0, long? userId = null)
    {
        using var answer = await _control.PostAsJsonAsync(
            "faults",
            new
            {
                method,
                error,
                count,
                after,
                user_id = userId,
            }
        );
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Forgets the faults that were not used up.</summary>
    public async Task ClearFaultsAsync()
    {
        using var answer = await _control.DeleteAsync("faults");
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Closes every connection.</summary>
    public Task DropConnectionsAsync() => DoAsync("connections/drop");

    /// <summary>No file reference that was given out is good any more.</summary>
    public Task ExpireReferencesAsync() => DoAsync("documents/expire");

    async Task DoAsync(string path)
    {
        using var answer = await _control.PostAsync(path, content: null);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Makes the line of some connections different; what a rule may hold says the control port's help.</summary>
    /// <returns>The rule's number.</returns>
    public async Task<int> AddNetworkRuleAsync(object rule)
    {
        using var answer = await _control.PostAsJsonAsync("network/rules", rule);
        var body = await answer.Content.ReadAsStringAsync();
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"The emulator refused the rule: {body}");
        return (int)JsonNode.Parse(body)!["id"]!;
    }

    public async Task RemoveNetworkRuleAsync(int id)
    {
        using var answer = await _control.DeleteAsync($"network/rules/{id}");
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>The emulator's counters.</summary>
    public async Task<JsonObject> StatsAsync() => (JsonObject)JsonNode.Parse(await _control.GetStringAsync("stats"))!;

    public async ValueTask DisposeAsync()
    {
        _control.Dispose();
        await _process.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }
}

/// <summary>A document that the emulator serves.</summary>
/// <param name="Link">The t.me link of its message.</param>
/// <param name="Sha256">Lower-case hexadecimal.</param>
public sealed record PostedFile(string Link, string Sha256);
