using System.Globalization;
using RabbitMQ.Client;

namespace Fleet.Testing;

/// <summary>A real RabbitMQ of its own on loopback.</summary>
public sealed class RabbitMq : IAsyncDisposable
{
    readonly string _root;
    readonly int _port;
    ChildProcess _server;

    RabbitMq(string root, int port, ChildProcess server)
    {
        _root = root;
        _port = port;
        _server = server;
    }

    public Uri Uri => new(string.Create(CultureInfo.InvariantCulture, $"amqp://fleet:fleet@127.0.0.1:{_port}/"));

    /// <summary>The server's own Prometheus metrics.</summary>
    public Uri Metrics => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port + 1}/metrics"));

    public static async Task<RabbitMq> StartAsync()
    {
        var root = Directory.CreateTempSubdirectory("fleet-rabbitmq-").FullName;
        var port = Ports.FreeBlock(4);
        var rabbit = new RabbitMq(root, port, await SpawnAsync(root, port));
        await rabbit.ReadyAsync();
        return rabbit;
    }

    /// <summary>Kills the broker as a power cut does; durable queues stay on its disk.</summary>
    public Task KillAsync() => _server.KillAsync();

    /// <summary>Starts the broker again on the same ports, with its data or (<paramref name="wiped"/>) without.</summary>
    public async Task RestartAsync(bool wiped = false)
    {
        await _server.DisposeAsync();
        if (wiped)
            Directory.Delete(Path.Combine(_root, "mnesia"), recursive: true);
        _server = await SpawnAsync(_root, _port);
        await ReadyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    static Task<ChildProcess> SpawnAsync(string root, int port) =>
        ChildProcess.StartAsync(
            "rabbitmq",
            [
                Path.Combine(Repository.Root, "deploy", "local", "rabbitmq"),
                root,
                port.ToString(CultureInfo.InvariantCulture),
            ]
        );

    Task ReadyAsync() =>
        _server.UntilAsync(
            "accepts connections",
            async ct =>
            {
                var factory = new ConnectionFactory { Uri = Uri };
                await using var connection = await factory.CreateConnectionAsync(ct);
                return true;
            },
            TimeSpan.FromSeconds(60)
        );
}
