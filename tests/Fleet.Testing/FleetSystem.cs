using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Fleet.Testing;

/// <summary>What a <see cref="FleetSystem"/> is made of.</summary>
public sealed record FleetSystemOptions
{
    /// <summary>Keep results in the S3 server instead of a directory.</summary>
    public bool S3 { get; init; }

    /// <summary>Where the S3 server is reached, when that is not at its own address.</summary>
    public Uri? S3Address { get; init; }

    /// <summary>What is committed to Postgres survives that it is killed.</summary>
    public bool IsDurable { get; init; }

    /// <summary>A service that ends with 75, which asks for that, is started again.</summary>
    public bool IsSupervised { get; init; }

    /// <summary>Every worker's directory for files is a disk of its own of so many bytes, which can be filled. Default: it is not.</summary>
    public long? WorkDiskBytes { get; init; }

    /// <summary>Accounts that are logged in before the services start, without Premium. Default 1.</summary>
    public int Accounts { get; init; } = 1;

    /// <summary>RabbitMQ takes a consumer's channel away when a delivery stays unacknowledged for so long. Default: its own 30 minutes.</summary>
    public TimeSpan? ConsumerTimeout { get; init; }

    /// <summary>Options of the emulator's command line.</summary>
    public IReadOnlyList<string> Emulator { get; init; } = [];

    /// <summary>Settings for every service, over the defaults: names as in the environment, such as FLEET_Worker__Slots.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } =
        new Dictionary<string, string>(StringComparer.Ordinal);
}

/// <summary>All of Fleet as real processes over real servers, with an emulated Telegram and one account logged in.</summary>
public sealed class FleetSystem : IAsyncDisposable
{
    const string MountAndRun = "mount -t tmpfs -o \"size=$1\" none \"$0\" && shift && exec \"$@\"";

    static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(60);

    readonly string _root = Directory.CreateTempSubdirectory("fleet-system-").FullName;
    readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);
    readonly Dictionary<string, ChildProcess> _services = new(StringComparer.Ordinal);
    readonly List<long> _userIds = [];
    readonly Dictionary<string, int> _ports = new(StringComparer.Ordinal);

    readonly FleetSystemOptions _options;

    FleetSystem(FleetSystemOptions options) => _options = options;

    /// <summary>Telegram's ids of the accounts, in the order of their logins.</summary>
    public IReadOnlyList<long> UserIds => _userIds;

    public EmulatorProcess Telegram { get; private set; } = null!;

    public Postgres Postgres { get; private set; } = null!;

    public RabbitMq RabbitMq { get; private set; } = null!;

    public Redis Redis { get; private set; } = null!;

    /// <summary>Speaks to Intake with the API key of the one tenant.</summary>
    public FleetClient Client { get; private set; } = null!;

    /// <summary>A running service by its project, Fleet.Worker, or by the name that it was started as.</summary>
    public ChildProcess Service(string name) => _services[name];

    /// <summary>The database of all services.</summary>
    public string ConnectionString => _environment["FLEET_Postgres__ConnectionString"];

    /// <summary>Where a service answers; its /metrics and /readyz.</summary>
    public Uri AddressOf(string project) =>
        new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_ports[project]}"));

    public static async Task<FleetSystem> StartAsync(FleetSystemOptions options)
    {
        var fleet = new FleetSystem(options);
        try
        {
            await fleet.StartServersAsync(options);
            await fleet.StartServicesAsync(options);
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a service again, after its process was killed.</summary>
    public async Task RestartAsync(string name)
    {
        await _services[name].DisposeAsync();
        await StartServiceAsync(name);
    }

    /// <summary>Starts one more process of a service.</summary>
    /// <param name="name">Its project and a number: Fleet.Worker#2.</param>
    public Task StartAnotherAsync(string name)
    {
        _ports[name] = Ports.FreeBlock();
        return StartServiceAsync(name);
    }

    /// <summary>A caller with the API key of a new tenant.</summary>
    public async Task<FleetClient> ClientOfAsync(string tenant) =>
        new(AddressOf("Fleet.Intake"), await CreateKeyAsync(tenant));

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        foreach (var service in _services.Values)
            await service.DisposeAsync();
        foreach (var server in new IAsyncDisposable?[] { Telegram, RabbitMq, Redis, Postgres })
            if (server is not null)
                await server.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    async Task StartServersAsync(FleetSystemOptions options)
    {
        var postgres = Postgres.StartAsync(options.IsDurable);
        var rabbit = RabbitMq.StartAsync(options.ConsumerTimeout);
        var redis = Redis.StartAsync();
        var telegram = EmulatorProcess.StartAsync(options.Emulator);
        Postgres = await postgres;
        RabbitMq = await rabbit;
        Redis = await redis;
        Telegram = await telegram;

        foreach (var project in new[] { "Fleet.Intake", "Fleet.Broker", "Fleet.Worker", "Fleet.Notifier" })
            _ports[project] = Ports.FreeBlock();
        Set("FLEET_Postgres__ConnectionString", await Postgres.CreateDatabaseAsync());
        Set("FLEET_RabbitMq__Uri", RabbitMq.Uri.AbsoluteUri);
        Set("FLEET_Redis__Endpoint", Redis.Endpoint);
        Set("FLEET_Limits__RequestsPerMinute", "1000000");
        Set("FLEET_Broker__Url", AddressOf("Fleet.Broker").AbsoluteUri);
        Set("FLEET_Broker__Token", Secret());
        Set("FLEET_Sessions__Key", Secret());
        Set("FLEET_Jobs__PublicUrl", AddressOf("Fleet.Intake").AbsoluteUri);
        Set("FLEET_Notifier__AllowedNetworks__0", "127.0.0.0/8");
        Set("FLEET_Worker__WorkDirectory", Directory.CreateDirectory(WorkDirectory).FullName);
        Set("FLEET_Telegram__ApiId", Telegram.ApiId.ToString(CultureInfo.InvariantCulture));
        Set("FLEET_Telegram__ApiHash", Telegram.ApiHash);
        Set("FLEET_Telegram__RsaKeyFiles__0", Telegram.KeyFile);
        foreach (var (index, dc) in Telegram.Dcs.Index())
            Set(string.Create(CultureInfo.InvariantCulture, $"FLEET_Telegram__Dcs__{index}"), dc);
        await SetStorageAsync(options);
        foreach (var (key, value) in options.Settings)
            Set(key, value);
    }

    async Task SetStorageAsync(FleetSystemOptions options)
    {
        if (!options.S3)
        {
            Set("FLEET_Storage__Kind", "directory");
            Set("FLEET_Storage__Directory", Path.Combine(_root, "objects"));
            Set("FLEET_Storage__PublicUrl", AddressOf("Fleet.Intake").AbsoluteUri);
            Set("FLEET_Storage__LinkKey", Secret());
            return;
        }
        var ceph = await Backends.CephAsync();
        Set("FLEET_Storage__Kind", "s3");
        Set("FLEET_Storage__Endpoint", (options.S3Address ?? ceph.Endpoint).AbsoluteUri);
        Set("FLEET_Storage__AccessKey", ceph.AccessKey);
        Set("FLEET_Storage__SecretKey", ceph.SecretKey);
        Set("FLEET_Storage__Bucket", $"fleet-{Guid.NewGuid():N}");
    }

    async Task StartServicesAsync(FleetSystemOptions options)
    {
        await RunAsync("Fleet.Intake", ["migrate"]);
        var key = await CreateKeyAsync("test");
        await LoginAsync((JsonObject)Telegram.Accounts[0]!);
        for (var i = 1; i < options.Accounts; i++)
            await LoginAsync(await Telegram.AddUserAsync());
        await Task.WhenAll(_ports.Keys.Select(StartServiceAsync));
        Client = new FleetClient(AddressOf("Fleet.Intake"), key);
    }

    async Task LoginAsync(JsonObject user)
    {
        _userIds.Add((long)user["user_id"]!);
        var name = string.Create(CultureInfo.InvariantCulture, $"account {_userIds.Count}");
        await RunAsync(
            "Fleet.Broker",
            ["login", "--name", name, "--phone", (string)user["phone"]!, "--code", (string)user["code"]!]
        );
    }

    /// <summary>An API key of a tenant, which is made when there is none of that name.</summary>
    public async Task<string> CreateKeyAsync(string tenant) =>
        (await RunAsync("Fleet.Intake", ["create-key", "--tenant", tenant])).Trim().Split('\n')[^1];

    async Task StartServiceAsync(string name)
    {
        var service = await ChildProcess.StartAsync(
            name,
            CommandOf(name.Split('#')[0]),
            new Dictionary<string, string>(_environment, StringComparer.Ordinal)
            {
                ["ASPNETCORE_URLS"] = AddressOf(name).AbsoluteUri,
            }
        );
        lock (_services)
            _services[name] = service;
        using var http = new HttpClient();
        await service.UntilAsync(
            "is ready",
            async ct => (await http.GetAsync(new Uri(AddressOf(name), "/readyz"), ct)).IsSuccessStatusCode,
            StartDeadline
        );
    }

    string[] CommandOf(string project)
    {
        string[] command = [Repository.Executable(project)];
        if (_options.IsSupervised)
            command = [Path.Combine(Repository.Root, "deploy", "local", "service"), .. command];
        return project == "Fleet.Worker" && _options.WorkDiskBytes is { } bytes
            ? ["unshare", "-rm", "bash", "-c", MountAndRun, WorkDirectory, $"{bytes}", .. command]
            : command;
    }

    /// <summary>Leaves a worker no byte for its files, until <see cref="EmptyWorkDisk"/>.</summary>
    public void FillWorkDisk(string worker)
    {
        using var filler = File.OpenHandle(FillerOf(worker), FileMode.Create, FileAccess.Write);
        var zeros = new byte[1 << 16];
        try
        {
            for (var at = 0L; ; at += zeros.Length)
                RandomAccess.Write(filler, zeros, at);
        }
        catch (IOException)
        {
            // full
        }
    }

    public void EmptyWorkDisk(string worker) => File.Delete(FillerOf(worker));

    /// <summary>A file on the worker's own disk, which its process alone has mounted.</summary>
    string FillerOf(string worker) => $"/proc/{_services[worker].Pid}/root{WorkDirectory}/filler";

    string WorkDirectory => Path.Combine(_root, "work");

    /// <summary>Runs a service's verb to its end and returns what it printed.</summary>
    public Task<string> RunAsync(string project, IReadOnlyList<string> arguments) =>
        ChildProcess.RunAsync([Repository.Executable(project), .. arguments], _environment, StartDeadline);

    void Set(string name, string value) => _environment[name] = value;

    static string Secret() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
}
