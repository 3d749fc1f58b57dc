using Microsoft.Extensions.Options;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Fleet.Hosting.Bus;

/// <summary>Connects to RabbitMQ, declares our queues and reads their depth.</summary>
public sealed class RabbitMqAdmin(IOptions<RabbitMqOptions> options, FleetBusBuilder bus)
{
    /// <summary>Exchange and queue that get what could not be delivered; the oldest go when it holds 10,000.</summary>
    public const string DeadLetters = "fleet.dead";

    const int MaxDeadLetters = 10_000;

    static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Declares every queue of this service, its exchange and the dead-letter queue. Safe to repeat.</summary>
    public Task DeclareAsync(CancellationToken ct) =>
        WithChannelAsync(
            async channel =>
            {
                await DeclareQueueAsync(channel, DeadLetters, DeadLetterArguments(), ct);
                foreach (var queue in bus.Queues)
                    await DeclareQueueAsync(channel, queue, JobQueueArguments(options.Value), ct);
                return true;
            },
            ct
        );

    /// <summary>Messages that wait in a queue, 0 if there is no such queue; those already delivered and not yet acknowledged do not count.</summary>
    public async Task<long> ReadDepthAsync(string queue, CancellationToken ct)
    {
        try
        {
            return await WithChannelAsync(
                async channel => (long)(await channel.QueueDeclarePassiveAsync(queue, ct)).MessageCount,
                ct
            );
        }
        catch (OperationInterruptedException e) when (e.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            return 0;
        }
    }

    /// <summary>The arguments of a work queue besides its type.</summary>
    internal static IEnumerable<KeyValuePair<string, object>> QueueArguments(RabbitMqOptions options) =>
        [new("x-delivery-limit", options.DeliveryLimit), new("x-dead-letter-exchange", DeadLetters)];

    static Dictionary<string, object?> JobQueueArguments(RabbitMqOptions options)
    {
        var arguments = QueueArguments(options).ToDictionary(a => a.Key, a => (object?)a.Value, StringComparer.Ordinal);
        arguments["x-queue-type"] = "quorum";
        return arguments;
    }

    static Dictionary<string, object?> DeadLetterArguments() =>
        new(StringComparer.Ordinal) { ["x-queue-type"] = "quorum", ["x-max-length"] = MaxDeadLetters };

    // MassTransit's own shape: a durable fanout exchange of the queue's name, bound to the queue.
    static async Task DeclareQueueAsync(
        IChannel channel,
        string name,
        Dictionary<string, object?> arguments,
        CancellationToken ct
    )
    {
        await channel.ExchangeDeclareAsync(name, ExchangeType.Fanout, durable: true, cancellationToken: ct);
        await channel.QueueDeclareAsync(
            name,
            durable: true,
            exclusive: false,
            autoDelete: false,
            arguments,
            cancellationToken: ct
        );
        await channel.QueueBindAsync(name, name, routingKey: "", cancellationToken: ct);
    }

    /// <summary>Opens a connection that never repairs itself: its owner opens another.</summary>
    internal Task<IConnection> ConnectAsync(CancellationToken ct)
    {
        var rabbit = options.Value;
        var factory = new ConnectionFactory
        {
            HostName = rabbit.Uri.Host,
            Port = rabbit.Port,
            VirtualHost = rabbit.VirtualHost,
            UserName = rabbit.UserName,
            Password = rabbit.Password,
            Ssl = new SslOption { Enabled = rabbit.Tls, ServerName = rabbit.Uri.Host },
            AutomaticRecoveryEnabled = false,
            RequestedConnectionTimeout = ConnectTimeout,
            ContinuationTimeout = ConnectTimeout,
        };
        return factory.CreateConnectionAsync(ct);
    }

    async Task<T> WithChannelAsync<T>(Func<IChannel, Task<T>> work, CancellationToken ct)
    {
        await using var connection = await ConnectAsync(ct);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: ct);
        return await work(channel);
    }
}
