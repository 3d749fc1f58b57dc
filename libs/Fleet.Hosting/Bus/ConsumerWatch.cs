using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Fleet.Hosting.Bus;

/// <summary>
/// Ends the process, with exit code 75, when one of its consumers gets nothing for
/// <see cref="RabbitMqOptions.ConsumerPatience"/> though RabbitMQ answers: its queue has no consumer at all, or messages wait
/// while the consumer has a free slot. Whoever runs the process starts it again. While RabbitMQ is away nothing is held
/// against anybody.
/// </summary>
/// <remarks>MassTransit 8.4.0 calls itself healthy when RabbitMQ took a consumer's channel away, and does not open another (its issue 6001).</remarks>
sealed partial class ConsumerWatch(
    RabbitMqAdmin admin,
    FleetBusBuilder bus,
    IServiceProvider services,
    IOptions<RabbitMqOptions> options,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<ConsumerWatch> log
) : BackgroundService
{
    static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(5);

    readonly Watched[] _watched =
    [
        .. bus.Consumers.Select(consumer => new Watched(consumer, consumer.Slots(services), time.GetTimestamp())),
    ];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.ConsumerPatience / 6, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var loads = await LookOrNullAsync(stoppingToken);
            foreach (var watched in _watched)
                if (loads is null || watched.IsServed(loads[watched.Queue]))
                    watched.ServedAt = time.GetTimestamp();
                else if (time.GetElapsedTime(watched.ServedAt) > options.Value.ConsumerPatience)
                {
                    ConsumerLost(log, watched.Queue);
                    Restart.Want();
                    _ = EndAsync();
                    lifetime.StopApplication();
                    return;
                }
        }
    }

    /// <summary>The bus takes its whole time to stop when RabbitMQ has forgotten its queues; jobs are given back by then.</summary>
    async Task EndAsync()
    {
        await Task.Delay(Goodbye, time, CancellationToken.None);
        Restart.Now();
    }

    async Task<IReadOnlyDictionary<string, QueueLoad>?> LookOrNullAsync(CancellationToken ct)
    {
        try
        {
            return await admin.DeclareAsync(ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            RabbitAway(log, e.GetType().Name);
            return null;
        }
    }

    sealed class Watched(FleetBusBuilder.Consumer consumer, int slots, long now)
    {
        long _arrived;

        public string Queue => consumer.Queue;

        public long ServedAt { get; set; } = now;

        public bool IsServed(QueueLoad load)
        {
            var arrived = consumer.Deliveries.Arrived;
            var gotSome = arrived != _arrived;
            _arrived = arrived;
            return load.Consumers > 0 && (load.Messages == 0 || gotSome || consumer.Deliveries.Held >= slots);
        }
    }

    [LoggerMessage(LogLevel.Critical, "No message of {Queue} reaches this process; it ends, to be started again")]
    static partial void ConsumerLost(ILogger log, string queue);

    [LoggerMessage(LogLevel.Debug, "RabbitMQ does not answer: {Error}")]
    static partial void RabbitAway(ILogger log, string error);
}
