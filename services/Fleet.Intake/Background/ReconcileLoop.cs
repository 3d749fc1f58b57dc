using Fleet.Hosting.Bus;
using Fleet.Jobs;
using Microsoft.Extensions.Options;

namespace Fleet.Intake.Background;

/// <summary>Runs the reconciler in the one process that has the lead.</summary>
sealed partial class ReconcileLoop(
    JobReconciler reconciler,
    RabbitMqAdmin rabbit,
    IOptions<IntakeOptions> options,
    TimeProvider time,
    ILogger<ReconcileLoop> log
) : BackgroundService
{
    static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(5);
    static readonly TimeSpan SweepEvery = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var lead = await reconciler.TryLeadAsync(stoppingToken);
                if (lead is not null)
                    await LeadAsync(lead, stoppingToken);
                await Task.Delay(PauseAfterFailure, time, stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                RoundFailed(log, e);
                await Task.Delay(PauseAfterFailure, time, stoppingToken)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    async Task LeadAsync(Leadership lead, CancellationToken ct)
    {
        TookLead(log);
        var watch = new LostMessageWatch(reconciler, rabbit, options.Value.LostMessageAge, time);
        long? sweptAt = null;
        while (true)
        {
            await lead.ConfirmAsync(ct);
            IntakeMetrics.Acted("lease_expired", await RepeatAsync(reconciler.ExpireLeasesAsync, ct));
            IntakeMetrics.Acted("due", await RepeatAsync(reconciler.EnqueueDueAsync, ct));
            IntakeMetrics.Acted("asset_tended", await reconciler.TendAssetsAsync(ct));
            await watch.LookAsync(ct);
            if (sweptAt is null || time.GetElapsedTime(sweptAt.Value) > SweepEvery)
            {
                IntakeMetrics.Acted("swept", await RepeatAsync(reconciler.SweepAsync, ct));
                sweptAt = time.GetTimestamp();
            }
            await Task.Delay(options.Value.ReconcileInterval, time, ct);
        }
    }

    static async Task<int> RepeatAsync(Func<CancellationToken, Task<int>> step, CancellationToken ct)
    {
        var total = 0;
        int rows;
        do
        {
            rows = await step(ct);
            total += rows;
        } while (rows >= JobReconciler.Batch);
        return total;
    }

    [LoggerMessage(LogLevel.Information, "This process reconciles now")]
    static partial void TookLead(ILogger log);

    [LoggerMessage(LogLevel.Warning, "Reconciling failed; trying again")]
    static partial void RoundFailed(ILogger log, Exception e);
}
