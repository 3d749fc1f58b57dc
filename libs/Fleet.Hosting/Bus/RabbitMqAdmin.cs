using Microsoft.Extensions.Options;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Fleet.Hosting.Bus;

/// <summary>What a queue holds.</summary>
/// <param name="Messages">Those that wait; a delivered one that is not yet acknowledged does not count.</param>
/// <param name="Consumers">Of whatever process.</param>
public sealed record QueueLoad(long Messages, long Consumers)
{
    internal static QueueLoad Of(QueueDeclareOk declared) => new(declared.MessageCount, declared.ConsumerCount);
}

/// <summary>Connects to RabbitMQ, declares our queues and reads what they hold.</summary>
public sealed class RabbitMqAdmin(IOptions<RabbitMqOptions> options, FleetBusBuilder bus)
{
    /// <summary>Exchange and queue that get what could not be delivered; the oldest go when it holds 10,000.</summary>
    public const string DeadLetters = "fleet.dead";

    const int MaxDeadLetters = 10_000;

    static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Declares every queue of this service, its exchange and the dead-letter queue. Safe to repeat.</summary>
    /// <returns>What each queue of this service holds.</returns>
    public Task<IReadOnlyDictionary<string, QueueLoad>> DeclareAsync(CancellationToken ct) =>
        WithChannelAsync<IReadOnlyDictionary<string, QueueLoad>>(
            async channel =>
            {
                await DeclareQueueAsync(channel, DeadLetters, DeadLetterArguments(), ct);
                var loads = new Dictionary<string, QueueLoad>(StringComparer.Ordinal);
                foreach (var queue in bus.Queues)
                    loads[queue] = await DeclareQueueAsync(channel, queue, JobQueueArguments(options.Value), ct);
                return loads;
            },
            ct
        );

    /// <summary>What a queue holds; nothing if there is no such queue.</summary>
    public async Task<QueueLoad> ReadAsync(string queue, CancellationToken ct)
    {
        try
        {
            return await WithChannelAsync(
                async channel => QueueLoad.Of(await channel.QueueDeclarePassiveAsync(queue, ct)),
                ct
            );
        }
        catch (OperationInterruptedException e) when (e.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            return new(0, 0);
        }
    }

    /// <summary>Dead letters, the eldest first. They stay where they are.</summary>
    /// <param name="limit">How many at most.</param>
    public Task<IReadOnlyList<DeadLetter>> PeekDeadLettersAsync(int limit, CancellationToken ct) =>
        WithChannelAsync<IReadOnlyList<DeadLetter>>(
            async channel =>
            {
                var letters = new List<DeadLetter>();
                while (letters.Count < limit && await channel.BasicGetAsync(DeadLetters, autoAck: false, ct) is { } got)
                    letters.Add(DeadLetter.Of(got));
                return letters; // closing the channel puts them back
            },
            ct
        );

    /// <summary>Hands over the dead letters that are there now, the eldest first; one whose handler returns is gone, an exception ends it.</summary>
    /// <returns>How many were handed over.</returns>
    public Task<int> TakeDeadLettersAsync(Func<DeadLetter, CancellationToken, Task> handle, CancellationToken ct) =>
        WithChannelAsync(
            async channel =>
            {
                var left = (await channel.QueueDeclarePassiveAsync(DeadLetters, ct)).MessageCount;
                var taken = 0;
                for (; left > 0 && await channel.BasicGetAsync(DeadLetters, autoAck: false, ct) is { } got; left--)
                {
                    await handle(DeadLetter.Of(got), ct);
                    await channel.BasicAckAsync(got.DeliveryTag, multiple: false, ct);
                    taken++;
                }
                return taken;
            },
            ct
        );

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
    static async Task<QueueLoad> DeclareQueueAsync(
        IChannel channel,
        string name,
        Dictionary<string, object?> arguments,
        CancellationToken ct
    )
    {
        await channel.ExchangeDeclareAsync(name, ExchangeType.Fanout, durable: true, cancellationToken: ct);
        var declared = await channel.QueueDeclareAsync(
            name,
            durable: true,
            exclusive: false,
            autoDelete: false,
            arguments,
            cancellationToken: ct
        );
        await channel.QueueBindAsync(name, name, routingKey: "", cancellationToken: ct);
        return QueueLoad.Of(declared);
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
