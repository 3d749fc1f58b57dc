using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Fleet.Hosting.Bus;

/// <summary>What a service does on the bus.</summary>
public sealed class FleetBusBuilder
{
    internal HashSet<string> Queues { get; } = new(StringComparer.Ordinal);

    internal List<Consumer> Consumers { get; } = [];

    /// <summary>Names queues that this service sends to; they are declared before the first message.</summary>
    public FleetBusBuilder SendTo(params IEnumerable<string> queues)
    {
        Queues.UnionWith(queues);
        return this;
    }

    /// <summary>
    /// Consumes a queue. At most <paramref name="slots"/> deliveries are held at once, and none is fetched ahead.
    /// A consumer that throws gets the message again until the delivery limit, then it is dead-lettered.
    /// </summary>
    public FleetBusBuilder Consume<TConsumer>(string queue, Func<IServiceProvider, int> slots)
        where TConsumer : class, IConsumer
    {
        Queues.Add(queue);
        Consumers.Add(
            new Consumer(
                queue,
                new(),
                slots,
                registration => registration.AddConsumer<TConsumer>(),
                (endpoint, context) => endpoint.ConfigureConsumer<TConsumer>(context)
            )
        );
        return this;
    }

    internal sealed record Consumer(
        string Queue,
        DeliveryCount Deliveries,
        Func<IServiceProvider, int> Slots,
        Action<IBusRegistrationConfigurator> Register,
        Action<IRabbitMqReceiveEndpointConfigurator, IBusRegistrationContext> Connect
    );
}

/// <summary>
/// RabbitMQ, set up for one message per job: quorum queues with a dead-letter queue, confirmed and mandatory publishes
/// (<see cref="QueueSender"/>), consumers by MassTransit, no broker-side delays, priorities or retries.
/// </summary>
public static class FleetBus
{
    /// <summary>Adds the bus, <see cref="QueueSender"/> and <see cref="RabbitMqAdmin"/>. The service starts without RabbitMQ and is not ready until it is there.</summary>
    public static IHostApplicationBuilder AddFleetBus(
        this IHostApplicationBuilder builder,
        Action<FleetBusBuilder> configure
    )
    {
        var bus = new FleetBusBuilder();
        configure(bus);

        var services = builder.Services;
        services.AddFleetOptions<RabbitMqOptions>();
        services.AddSingleton(bus);
        services.AddSingleton<RabbitMqAdmin>();
        services.AddSingleton<QueueSender>();
        services.AddReadyCheck("rabbitmq", PingAsync);
        if (bus.Consumers.Count > 0)
            AddConsumers(services, bus);
        return builder;
    }

    static void AddConsumers(IServiceCollection services, FleetBusBuilder bus)
    {
        services
            .AddOptions<MassTransitHostOptions>()
            .Configure<IOptions<DrainOptions>>(
                (host, drain) =>
                {
                    host.WaitUntilStarted = false;
                    host.StopTimeout = drain.Value.Timeout;
                    host.ConsumerStopTimeout = drain.Value.Timeout;
                }
            );
        services.AddMassTransit(registration =>
        {
            registration.DisableUsageTelemetry();
            foreach (var consumer in bus.Consumers)
                consumer.Register(registration);
            registration.AddReceiveObserver(_ => new DeliveryObserver(bus.Consumers));
            registration.UsingRabbitMq((context, rabbit) => Configure(context, rabbit, bus));
        });
        services.AddHostedService<ConsumerWatch>();
    }

    static async Task PingAsync(IServiceProvider services, CancellationToken ct)
    {
        await using var connection = await services.GetRequiredService<RabbitMqAdmin>().ConnectAsync(ct);
    }

    static void Configure(IBusRegistrationContext context, IRabbitMqBusFactoryConfigurator rabbit, FleetBusBuilder bus)
    {
        var options = context.GetRequiredService<IOptions<RabbitMqOptions>>().Value;
        rabbit.Host(
            options.Uri.Host,
            options.Port,
            options.VirtualHost,
            host =>
            {
                host.Username(options.UserName);
                host.Password(options.Password);
                if (options.Tls)
                    host.UseSsl();
            }
        );
        foreach (var consumer in bus.Consumers)
        {
            var slots = consumer.Slots(context);
            rabbit.ReceiveEndpoint(
                consumer.Queue,
                endpoint =>
                {
                    endpoint.ConfigureConsumeTopology = false;
                    endpoint.PublishFaults = false;
                    endpoint.PrefetchCount = slots;
                    endpoint.ConcurrentMessageLimit = slots;
                    endpoint.SetQuorumQueue();
                    foreach (var (key, value) in RabbitMqAdmin.QueueArguments(options))
                        endpoint.SetQueueArgument(key, value);
                    endpoint.RethrowFaultedMessages();
                    endpoint.ThrowOnSkippedMessages();
                    consumer.Connect(endpoint, context);
                }
            );
        }
    }
}
