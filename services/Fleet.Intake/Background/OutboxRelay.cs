using System.Diagnostics;
using Fleet.Hosting.Bus;
using Fleet.Jobs;
using Fleet.Jobs.Rows;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Fleet.Intake.Background;

/// <summary>Carries messages from the outbox to RabbitMQ: at once when Postgres announces one, else by looking every second.</summary>
sealed partial class OutboxRelay(
    Outbox outbox,
    QueueSender sender,
    NpgsqlDataSource database,
    IOptions<IntakeOptions> options,
    TimeProvider time,
    ILogger<OutboxRelay> log
) : BackgroundService
{
    const int Batch = 100;

    static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RelayWhileConnectedAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // Postgres or RabbitMQ is away: the messages stay in the outbox.
                RelayFailed(log, e);
                await Task.Delay(PauseAfterFailure, time, stoppingToken)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    async Task RelayWhileConnectedAsync(CancellationToken ct)
    {
        await using var listener = await database.OpenConnectionAsync(ct);
        await using (var listen = new NpgsqlCommand($"listen {Outbox.Channel}", listener))
            await listen.ExecuteNonQueryAsync(ct);
        while (true)
        {
            while (await outbox.RelayAsync(Batch, PublishAsync, ct) == Batch)
            {
                // More may wait.
            }
            await listener.WaitAsync(options.Value.OutboxInterval, ct);
        }
    }

    async Task PublishAsync(OutboxMessage message, CancellationToken ct)
    {
        // The trace of the request goes on in the worker: MassTransit sends the current context along.
        var hasParent = ActivityContext.TryParse(message.Traceparent, null, out var parent);
        using var span = hasParent
            ? IntakeMetrics.Source.StartActivity("outbox.publish", ActivityKind.Internal, parent)
            : null;
        await sender.SendAsync(JobQueues.NameOf(message.Queue), new JobQueued(message.JobId), ct);
        IntakeMetrics.Published(time.GetUtcNow() - message.CreatedAt);
    }

    [LoggerMessage(LogLevel.Warning, "Messages wait in the outbox: publishing failed")]
    static partial void RelayFailed(ILogger log, Exception e);
}
