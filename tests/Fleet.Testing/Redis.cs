using System.Globalization;
using StackExchange.Redis;

namespace Fleet.Testing;

/// <summary>A real Redis of its own on loopback, with nothing on disk.</summary>
public sealed class Redis : IAsyncDisposable
{
    readonly string _root;
    readonly int _port;
    ChildProcess _server;

    Redis(string root, int port, ChildProcess server)
    {
        _root = root;
        _port = port;
        _server = server;
    }

    /// <summary>Host and port, as StackExchange.Redis takes them.</summary>
    public string Endpoint => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_port}");

    public static async Task<Redis> StartAsync()
    {
        var root = Directory.CreateTempSubdirectory("fleet-redis-").FullName;
        var port = Ports.FreeBlock();
        var redis = new Redis(root, port, await SpawnAsync(root, port));
        await redis.ReadyAsync();
        return redis;
    }

    /// <summary>Drops every key, as an operator's FLUSHALL does.</summary>
    public async Task FlushAsync()
    {
        using var connection = await ConnectionMultiplexer.ConnectAsync($"{Endpoint},allowAdmin=true");
        await connection.GetServer(Endpoint).FlushAllDatabasesAsync();
    }

    /// <summary>Leaves it no memory to write with.</summary>
    public async Task StarveAsync()
    {
        using var connection = await ConnectionMultiplexer.ConnectAsync($"{Endpoint},allowAdmin=true");
        await connection.GetServer(Endpoint).ConfigSetAsync("maxmemory", "1");
    }

    /// <summary>The name of every key.</summary>
    public async Task<IReadOnlyList<string>> KeysAsync()
    {
        using var connection = await ConnectionMultiplexer.ConnectAsync(Endpoint);
        return [.. connection.GetServer(Endpoint).Keys().Select(key => (string)key!)];
    }

    /// <summary>Freezes the server: it keeps its sockets and answers nothing, until <see cref="Resume"/>.</summary>
    public void Freeze() => _server.Signal(19);

    public void Resume() => _server.Signal(18);

    public Task KillAsync() => _server.KillAsync();

    /// <summary>Starts an empty server on the same port, after <see cref="KillAsync"/>.</summary>
    public async Task RestartAsync()
    {
        await _server.DisposeAsync();
        _server = await SpawnAsync(_root, _port);
        await ReadyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _server.Signal(18); // a frozen server cannot end
        await _server.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    static Task<ChildProcess> SpawnAsync(string root, int port) =>
        ChildProcess.StartAsync(
            "redis",
            [
                Path.Combine(Repository.Root, "deploy", "local", "redis"),
                root,
                port.ToString(CultureInfo.InvariantCulture),
            ]
        );

    Task ReadyAsync() =>
        _server.UntilAsync(
            "answers PING",
            async ct =>
            {
                using var connection = await ConnectionMultiplexer
                    .ConnectAsync(Endpoint)
                    .WaitAsync(TimeSpan.FromSeconds(2), TimeProvider.System, ct);
                return connection.IsConnected;
            },
            TimeSpan.FromSeconds(15)
        );
}
