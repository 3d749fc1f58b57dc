using System.Globalization;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Fleet.Testing;

/// <summary>A real RabbitMQ of its own on loopback.</summary>
public sealed class RabbitMq : IAsyncDisposable
{
    readonly string _root;
    readonly int _port;
    readonly Dictionary<string, string> _environment;
    ChildProcess _server;

    RabbitMq(string root, int port, ChildProcess server, Dictionary<string, string> environment)
    {
        _root = root;
        _environment = environment;
        _port = port;
        _server = server;
    }

    public Uri Uri => new(string.Create(CultureInfo.InvariantCulture, $"amqp://fleet:fleet@127.0.0.1:{_port}/"));

    /// <summary>The server's own Prometheus metrics.</summary>
    public Uri Metrics => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port + 1}/metrics"));

    public static Task<RabbitMq> StartAsync() => StartAsync(consumerTimeout: null);

    /// <summary>Starts one that takes a consumer's channel away when a delivery stays unacknowledged for so long.</summary>
    public static async Task<RabbitMq> StartAsync(TimeSpan? consumerTimeout)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        if (consumerTimeout is { TotalMilliseconds: var milliseconds })
            environment["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = string.Create(
                CultureInfo.InvariantCulture,
                $"-rabbit channel_tick_interval 500 -rabbit consumer_timeout {(int)milliseconds}"
            );
        var root = Directory.CreateTempSubdirectory("fleet-rabbitmq-").FullName;
        var port = Ports.FreeBlock(4);
        var rabbit = new RabbitMq(root, port, await SpawnAsync(root, port, environment), environment);
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
        _server = await SpawnAsync(_root, _port, _environment);
        await ReadyAsync();
    }

    /// <summary>Consumers of a queue, of whatever process; 0 if there is no such queue or RabbitMQ does not answer.</summary>
    public async Task<long> CountConsumersAsync(string queue)
    {
        try
        {
            await using var connection = await new ConnectionFactory { Uri = Uri }.CreateConnectionAsync();
            await using var channel = await connection.CreateChannelAsync();
            return (await channel.QueueDeclarePassiveAsync(queue)).ConsumerCount;
        }
        catch (Exception e) when (e is RabbitMQClientException or TimeoutException or OperationCanceledException)
        {
            return 0;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    static Task<ChildProcess> SpawnAsync(string root, int port, Dictionary<string, string> environment) =>
        ChildProcess.StartAsync(
            "rabbitmq",
            [
                Path.Combine(Repository.Root, "deploy", "local", "rabbitmq"),
                root,
                port.ToString(CultureInfo.InvariantCulture),
            ],
            environment
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
