using System.Security.Cryptography;
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

    /// <summary>A client of the last broker that sends another token.</summary>
    public BrokerClient ClientWith(string token) => ClientOf(_brokers[^1], token);

    /// <summary>Stops a broker; its claims are given up.</summary>
    public async Task StopAsync(int index) => await _brokers[index].DisposeAsync();

    /// <summary>Runs a verb of the command line.</summary>
    public async Task<(int Exit, string Said, string Complained)> RunAsync(
        string verb,
        string[] args,
        params string[] answers
    )
    {
        await using var app = Build(serve: false);
        var terminal = new ScriptedTerminal(answers);
        var exit = await BrokerVerbs.RunAsync(app.Services, verb, args, terminal, default);
        return (exit, string.Join('\n', terminal.Said), string.Join('\n', terminal.Complained));
    }

    /// <summary>Logs an emulated user in and returns the id of the account.</summary>
    public async Task<string> LoginAsync(EmulatedAccount account)
    {
        string[] args = account.IsBot
            ? ["--name", account.FirstName, "--bot-token", account.BotToken!]
            : ["--name", account.FirstName, "--phone", account.Phone!, "--code", account.Code!];
        if (account.Password is { } password)
            args = [.. args, "--password", password];
        var (exit, said, complained) = await RunAsync("login", args);
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
        _http.Dispose();
        await Telegram.DisposeAsync();
        await Redis.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    BrokerClient ClientOf(WebApplication app, string token) =>
        new(_http, new BrokerOptions { Url = new Uri(app.Urls.First()), Token = token }, TimeProvider.System);

    WebApplication Build(bool serve, params (string Key, string Value)[] settings)
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
        var builder = WebApplication.CreateBuilder();
        builder.AddBrokerStores();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(values);
        if (!serve)
            return builder.Build();
        var app = builder.AddBroker().Build().MapBroker();
        app.Urls.Add("http://127.0.0.1:0");
        return app;
    }

    static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    sealed class ScriptedTerminal(string[] answers) : Terminal
    {
        readonly Queue<string> _answers = new(answers);

        public List<string> Said { get; } = [];

        public List<string> Complained { get; } = [];

        public override void Say(string text) => Said.Add(text);

        public override void Complain(string text) => Complained.Add(text);

        public override string? Ask(string question, bool secret) => _answers.TryDequeue(out var a) ? a : null;
    }
}
