using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Fleet.Broker;
using Fleet.Broker.Accounts;
using Fleet.Broker.Caching;
using Fleet.Jobs;
using Fleet.Sessions;
using Fleet.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Fleet.Benchmarks;

/// <summary>A broker as a process over a real Postgres and a real Redis, with accounts that have their keys and know one file per data centre.</summary>
public sealed class BrokerRig : IAsyncDisposable
{
    /// <summary>Data centres; file N is in data centre N.</summary>
    public const int Dcs = 5;

    static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(60);

    readonly Dictionary<string, string> _settings = new(StringComparer.Ordinal);
    readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };
    readonly string _token = Secret();
    Postgres? _postgres;
    Redis? _redis;
    EmulatorProcess? _telegram;
    ChildProcess? _process;
    Uri? _url;

    /// <summary>Speaks to the broker as a worker does.</summary>
    public BrokerClient Client { get; private set; } = null!;

    /// <summary>Processor time that the broker has used since it started.</summary>
    public TimeSpan Cpu
    {
        get
        {
            using var process = Process.GetProcessById(_process!.Pid);
            return process.TotalProcessorTime;
        }
    }

    /// <summary>A request that the broker answers without doing anything.</summary>
    public async Task PingAsync()
    {
        using var answer = await _http.GetAsync(new Uri(_url!, "/healthz"));
    }

    public static async Task<BrokerRig> StartAsync(int accounts)
    {
        var rig = new BrokerRig();
        try
        {
            await rig.StartServersAsync();
            await rig.FillAsync(accounts);
            await rig.StartBrokerAsync();
            return rig;
        }
        catch
        {
            await rig.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        foreach (var part in new IAsyncDisposable?[] { _process, _telegram, _redis, _postgres })
            if (part is not null)
                await part.DisposeAsync();
    }

    async Task StartServersAsync()
    {
        _postgres = await Postgres.StartAsync();
        _redis = await Redis.StartAsync();
        _telegram = await EmulatorProcess.StartAsync(); // asked nothing, but nobody else is to be asked either
        _settings["Postgres:ConnectionString"] = await _postgres.CreateDatabaseAsync();
        _settings["Redis:Endpoint"] = _redis.Endpoint;
        _settings["Sessions:Key"] = Secret();
        _settings["Broker:Token"] = _token;
        _settings["Telegram:ApiId"] = _telegram.ApiId.ToString(CultureInfo.InvariantCulture);
        _settings["Telegram:ApiHash"] = _telegram.ApiHash;
        _settings["Telegram:RsaKeyFiles:0"] = _telegram.KeyFile;
        foreach (var (index, dc) in _telegram.Dcs.Index())
            _settings[string.Create(CultureInfo.InvariantCulture, $"Telegram:Dcs:{index}")] = dc;
    }

    async Task FillAsync(int accounts)
    {
        var builder = WebApplication.CreateBuilder();
        builder.AddBrokerStores();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(_settings!);
        await using var tools = builder.AddBroker().Build();
        await JobsServices.MigrateAsync(tools.Services, default);
        var store = tools.Services.GetRequiredService<AccountStore>();
        var cache = tools.Services.GetRequiredService<MediaCache>();
        await Parallel.ForEachAsync(
            Enumerable.Range(1, accounts),
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (user, ct) => await AddAsync(user, store, cache, ct)
        );
    }

    async Task AddAsync(int user, AccountStore store, MediaCache cache, CancellationToken ct)
    {
        var record = new AccountRecord
        {
            HomeDc = 1 + (user % Dcs),
            AuthKey = RandomNumberGenerator.GetBytes(256),
            UserId = user,
            IsPremium = true,
            ApiId = _telegram!.ApiId,
            ApiHash = _telegram.ApiHash,
        };
        var id = await store.SaveAsync(label: null, record, ct);
        for (var dc = 1; dc <= Dcs; dc++)
        {
            if (dc != record.HomeDc)
            {
                var key = new DcKeyRecord { Dc = dc, AuthKey = RandomNumberGenerator.GetBytes(256) };
                await store.SaveDcKeyAsync(id, key, ct);
            }
            var location = new LeaseLocation
            {
                DocumentId = dc,
                AccessHash = user,
                FileReference = RandomNumberGenerator.GetBytes(24),
            };
            await cache.SaveLocationAsync(id, new CachedLocation(location, dc), ct);
        }
    }

    async Task StartBrokerAsync()
    {
        var url = _url = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Ports.FreeBlock()}"));
        var environment = _settings.ToDictionary(
            pair => "FLEET_" + pair.Key.Replace(":", "__", StringComparison.Ordinal),
            pair => pair.Value,
            StringComparer.Ordinal
        );
        environment["ASPNETCORE_URLS"] = url.AbsoluteUri;
        _process = await ChildProcess.StartAsync("broker", [Repository.Executable("Fleet.Broker")], environment);
        await _process.UntilAsync(
            "is ready",
            async ct => (await _http.GetAsync(new Uri(url, "/readyz"), ct)).IsSuccessStatusCode,
            StartDeadline
        );
        Client = new BrokerClient(_http, new BrokerOptions { Url = url, Token = _token }, TimeProvider.System);
    }

    static string Secret() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
}
