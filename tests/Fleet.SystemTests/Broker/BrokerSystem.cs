using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Fleet.Broker;
using Fleet.Broker.Accounts;
using Fleet.Broker.Verbs;
using Fleet.Emulator;
using Fleet.Emulator.Worlds;
using Fleet.Jobs;
using Fleet.Sessions;
using Fleet.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Fleet.SystemTests.Broker;

/// <summary>A Telegram, a database and a Redis of its own, and brokers on them.</summary>
sealed class BrokerSystem : IAsyncDisposable
{
    const string Token = "service-token-of-the-test";

    readonly string _directory = Directory.CreateTempSubdirectory("fleet-broker-").FullName;
    readonly List<WebApplication> _brokers = [];
    readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };
    readonly List<string> _oldKeys = [];
    readonly List<ChildProcess> _processes = [];
    string _key = NewKey();

    BrokerSystem(TelegramEmulator telegram, Redis redis, string database)
    {
        Telegram = telegram;
        Redis = redis;
        Database = database;
    }

    public TelegramEmulator Telegram { get; }

    public Redis Redis { get; }

    public string Database { get; }

    /// <summary>Everything the brokers of this process logged with an event id that stays.</summary>
    public EventLog Events { get; } = new();

    public static async Task<BrokerSystem> StartAsync()
    {
        var postgres = await Backends.PostgresAsync();
        var redis = await Redis.StartAsync();
        var telegram = await TelegramEmulator.StartAsync(new EmulatorOptions { EnforceFloodWaits = true });
        var system = new BrokerSystem(telegram, redis, await postgres.CreateDatabaseAsync());
        await using var tools = system.Build(serve: false);
        await JobsServices.MigrateAsync(tools.Services, default);
        return system;
    }

    /// <summary>Starts one more broker.</summary>
    public async Task<BrokerClient> ServeAsync(params (string Key, string Value)[] settings)
    {
        var app = Build(serve: true, settings);
        await app.StartAsync();
        _brokers.Add(app);
        return ClientOf(app, Token);
    }

    /// <summary>Starts one more broker as a process of its own.</summary>
    public async Task<(ChildProcess Process, BrokerClient Client)> ServeProcessAsync(
        params (string Key, string Value)[] settings
    )
    {
        var url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Ports.FreeBlock()}");
        var environment = Settings(settings)
            .ToDictionary(
                pair => "FLEET_" + pair.Key.Replace(":", "__", StringComparison.Ordinal),
                pair => pair.Value!,
                StringComparer.Ordinal
            );
        environment["ASPNETCORE_URLS"] = url;
        var process = await ChildProcess.StartAsync("broker", [Repository.Executable("Fleet.Broker")], environment);
        _processes.Add(process);
        await process.UntilAsync(
            "ready",
            async ct => (await _http.GetAsync(new Uri(url + "/readyz"), ct)).IsSuccessStatusCode,
            TimeSpan.FromSeconds(60)
        );
        var options = new BrokerOptions { Url = new Uri(url), Token = Token };
        return (process, new BrokerClient(_http, options, TimeProvider.System));
    }

    /// <summary>Calls a path of the internal API of a broker.</summary>
    /// <returns>The status, and the body; null when there is none.</returns>
    public async Task<(int Status, JsonNode? Body)> CallAsync(
        HttpMethod method,
        string path,
        object? body = null,
        int broker = 0,
        string token = Token
    )
    {
        using var request = new HttpRequestMessage(method, $"{_brokers[broker].Urls.First()}/internal/v1/{path}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Content = body is null ? null : JsonContent.Create(body);
        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
    }

    /// <summary>What /metrics of a broker says.</summary>
    public Task<string> MetricsAsync() => _http.GetStringAsync(new Uri(_brokers[0].Urls.First() + "/metrics"));

    /// <summary>A client of the last broker that sends another token.</summary>
    public BrokerClient ClientWith(string token) => ClientOf(_brokers[^1], token);

    /// <summary>Stops a broker; its claims are given up.</summary>
    public async Task StopAsync(int index) => await _brokers[index].DisposeAsync();

    /// <summary>Runs a verb of the command line.</summary>
    public async Task<(int Exit, string Said, string Complained)> RunAsync(
        string verb,
        string[] args,
        params string[] answers
    ) => await WatchAsync(verb, args, onSaid: null, answers);

    /// <summary>Runs a verb of the command line, and acts on what it says while it runs.</summary>
    public async Task<(int Exit, string Said, string Complained)> WatchAsync(
        string verb,
        string[] args,
        Action<string>? onSaid,
        params string[] answers
    )
    {
        await using var app = Build(serve: false);
        var terminal = new ScriptedTerminal(answers, onSaid);
        var exit = await BrokerVerbs.RunAsync(app.Services, verb, args, terminal, default);
        return (exit, string.Join('\n', terminal.Said), string.Join('\n', terminal.Complained));
    }

    /// <summary>Logs an emulated user in and returns the id of the account.</summary>
    /// <param name="options">More for the command line.</param>
    public async Task<string> LoginAsync(EmulatedAccount account, params string[] options)
    {
        string[] args = account.IsBot
            ? ["--name", account.FirstName, "--bot-token", account.BotToken!]
            : ["--name", account.FirstName, "--phone", account.Phone!, "--code", account.Code!];
        if (account.Password is { } password)
            args = [.. args, "--password", password];
        var (exit, said, complained) = await RunAsync("login", [.. args, .. options]);
        return exit == 0
            ? said.Split("account ")[1].Split(',')[0]
            : throw new InvalidOperationException($"login failed: {complained}");
    }

    /// <summary>From here on a new key seals, and the former one only opens. Returns the former.</summary>
    public string SealWithNewKey()
    {
        var former = _key;
        _oldKeys.Add(former);
        _key = NewKey();
        return former;
    }

    /// <summary>Takes the former keys out of the settings.</summary>
    public void ForgetOldKeys() => _oldKeys.Clear();

    /// <summary>The stores of a broker that does not serve.</summary>
    public async Task<T> WithStoreAsync<T>(Func<AccountStore, Task<T>> work)
    {
        await using var app = Build(serve: false);
        return await work(app.Services.GetRequiredService<AccountStore>());
    }

    /// <summary>How a broker reaches the emulator.</summary>
    public async Task<T> WithNetworkAsync<T>(Func<TelegramNetwork, Task<T>> work)
    {
        await using var app = Build(serve: false);
        return await work(app.Services.GetRequiredService<TelegramNetwork>());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var broker in _brokers)
            await broker.DisposeAsync();
        foreach (var process in _processes)
            await process.DisposeAsync();
        _http.Dispose();
        await Telegram.DisposeAsync();
        await Redis.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    BrokerClient ClientOf(WebApplication app, string token) =>
        new(_http, new BrokerOptions { Url = new Uri(app.Urls.First()), Token = token }, TimeProvider.System);

    Dictionary<string, string?> Settings(params (string Key, string Value)[] settings)
    {
        var pem = Path.Combine(_directory, "telegram.pem");
        File.WriteAllText(pem, Telegram.PublicKeyPem);
        var values = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Postgres:ConnectionString"] = Database,
            ["Redis:Endpoint"] = Redis.Endpoint,
            ["Sessions:Key"] = _key,
            ["Broker:Token"] = Token,
            // Tests make names faster than one account may look them up; the budget has a test of its own.
            ["Resolve:NameBurst"] = "1000",
            ["Resolve:ReadBurst"] = "1000",
            ["Telegram:ApiId"] = $"{Telegram.Options.ApiId}",
            ["Telegram:ApiHash"] = Telegram.Options.ApiHash,
            ["Telegram:RsaKeyFiles:0"] = pem,
        };
        foreach (var (index, dc) in Telegram.Dcs.Index())
            values[$"Telegram:Dcs:{index}"] = $"{dc.Id}={dc.Host}:{dc.Port}{(dc.MediaOnly ? ",media" : "")}";
        foreach (var (index, key) in _oldKeys.Index())
            values[$"Sessions:OldKeys:{index}"] = key;
        foreach (var (key, value) in settings)
            values[key] = value;
        return values;
    }

    WebApplication Build(bool serve, params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder();
        builder.AddBrokerStores();
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(Events);
        builder.Configuration.AddInMemoryCollection(Settings(settings));
        if (!serve)
            return builder.Build();
        var app = builder.AddBroker().Build().MapBroker();
        app.Urls.Add("http://127.0.0.1:0");
        return app;
    }

    static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    sealed class ScriptedTerminal(string[] answers, Action<string>? onSaid = null) : Terminal
    {
        readonly Queue<string> _answers = new(answers);

        public List<string> Said { get; } = [];

        public List<string> Complained { get; } = [];

        public override void Say(string text)
        {
            Said.Add(text);
            onSaid?.Invoke(text);
        }

        public override void Complain(string text) => Complained.Add(text);

        public override string? Ask(string question, bool secret) => _answers.TryDequeue(out var a) ? a : null;
    }
}
