using System.Runtime.CompilerServices;
using Fleet.Jobs;
using Fleet.Jobs.Rows;
using Fleet.Notifier.Sending;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Fleet.Notifier.Deliveries;

/// <summary>A number from 0 to 1 for the length of the next pause.</summary>
public delegate double Jitter();

/// <summary>Sends what is due: claims one delivery when a slot is free, tries it, writes the result.</summary>
public sealed partial class Dispatcher(
    DeliveryStore deliveries,
    WebhookSender sender,
    IOptions<NotifierOptions> options,
    TimeProvider time,
    Jitter jitter,
    ILogger<Dispatcher> log
) : BackgroundService
{
    /// <summary>Shorter than a claim outlasts its request.</summary>
    static readonly TimeSpan FinishDeadline = TimeSpan.FromSeconds(10);

    readonly NotifierOptions _options = options.Value;
    readonly EndpointSlots _slots = new(options.Value.PerEndpoint);

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Parallel.ForEachAsync(
            ClaimAsync(stoppingToken),
            new ParallelOptions { MaxDegreeOfParallelism = _options.Parallelism, CancellationToken = stoppingToken },
            // A request in flight is not called off at shutdown: its deadline is shorter than the grace period.
            async (delivery, _) => await RunOneAsync(delivery)
        );

    async IAsyncEnumerable<ClaimedDelivery> ClaimAsync([EnumeratorCancellation] CancellationToken stopping)
    {
        while (true)
        {
            if (await ClaimOrNullAsync(stopping) is { } delivery)
            {
                _slots.Take(delivery.EndpointId);
                yield return delivery;
            }
            else
            {
                await Task.Delay(_options.PollInterval, time, stopping);
            }
        }
    }

    async Task<ClaimedDelivery?> ClaimOrNullAsync(CancellationToken stopping)
    {
        try
        {
            var now = time.GetUtcNow();
            var claimed = await deliveries.ClaimOrNullAsync(now, now + _options.Lease, _slots.Full(), stopping);
            if (claimed is null)
                await deliveries.DropDisabledAsync(now, stopping);
            return claimed;
        }
        catch (NpgsqlException e)
        {
            ClaimFailed(log, e.GetType().Name, e.SqlState);
            return null;
        }
    }

    async Task RunOneAsync(ClaimedDelivery delivery)
    {
        try
        {
            var started = time.GetTimestamp();
            var outcome = await sender.SendAsync(delivery, CancellationToken.None);
            NotifierMetrics.Record(outcome, time.GetElapsedTime(started));
            await FinishAsync(delivery, outcome);
        }
        catch (NpgsqlException e)
        {
            // The claim runs out and the delivery is sent again under the same id.
            FinishFailed(log, delivery.Id, e.GetType().Name, e.SqlState);
        }
        catch (OperationCanceledException e)
        {
            FinishFailed(log, delivery.Id, e.GetType().Name, sqlState: null); // likewise
        }
        finally
        {
            _slots.Release(delivery.EndpointId);
        }
    }

    async Task FinishAsync(ClaimedDelivery delivery, SendOutcome outcome)
    {
        using var deadline = new CancellationTokenSource(FinishDeadline, time);
        var now = time.GetUtcNow();
        var verdict = DeliveryVerdict.Of(
            delivery.Attempt,
            outcome,
            now - delivery.FirstFailedAt,
            jitter(),
            delivery.IsManual
        );
        if (!await deliveries.FinishAsync(delivery, outcome, verdict, now, deadline.Token))
            ClaimLost(log, delivery.Id, delivery.Attempt);
        else if (outcome.Fault is not { } fault)
            Delivered(log, delivery.Id, delivery.JobId, delivery.Attempt);
        else if (verdict.State == DeliveryState.Pending)
            WillRetry(log, delivery.Id, delivery.JobId, delivery.Attempt, EnumText.Of(fault), outcome.Status);
        else
            GivenUp(log, delivery.Id, delivery.JobId, delivery.Attempt, EnumText.Of(fault), outcome.Status);
        if (verdict.DisableReason is { } reason)
            EndpointDisabled(log, delivery.EndpointId, reason);
    }

    [LoggerMessage(LogLevel.Information, "Delivered {DeliveryId} of job {JobId} at attempt {Attempt}")]
    static partial void Delivered(ILogger log, string deliveryId, Guid? jobId, int attempt);

    [LoggerMessage(
        LogLevel.Information,
        "Delivery {DeliveryId} of job {JobId} failed at attempt {Attempt}: {Fault}, status {Status}"
    )]
    static partial void WillRetry(ILogger log, string deliveryId, Guid? jobId, int attempt, string fault, int? status);

    [LoggerMessage(
        LogLevel.Warning,
        "Gave up delivery {DeliveryId} of job {JobId} at attempt {Attempt}: {Fault}, status {Status}"
    )]
    static partial void GivenUp(ILogger log, string deliveryId, Guid? jobId, int attempt, string fault, int? status);

    [LoggerMessage(LogLevel.Warning, "Disabled webhook endpoint {EndpointId}: {Reason}")]
    static partial void EndpointDisabled(ILogger log, Guid endpointId, string reason);

    [LoggerMessage(
        LogLevel.Warning,
        "Lost the claim of delivery {DeliveryId} at attempt {Attempt}; result not written"
    )]
    static partial void ClaimLost(ILogger log, string deliveryId, int attempt);

    [LoggerMessage(LogLevel.Error, "Could not claim deliveries: {Error} {SqlState}")]
    static partial void ClaimFailed(ILogger log, string error, string? sqlState);

    [LoggerMessage(LogLevel.Error, "Could not write the result of delivery {DeliveryId}: {Error} {SqlState}")]
    static partial void FinishFailed(ILogger log, string deliveryId, string error, string? sqlState);
}
