using Fleet.Sessions;
using Fleet.Telegram;
using Microsoft.Extensions.Options;

namespace Fleet.Worker.Transfer;

/// <summary>Gets leases from the broker. Waits a few seconds for one where that helps; longer waits are the job's.</summary>
sealed class LeaseDesk(
    BrokerClient broker,
    CdnNetwork cdn,
    IOptions<WorkerOptions> options,
    TimeProvider time,
    ILogger<LeaseDesk> log
)
{
    const int MaxTries = 3;

    public BrokerClient Broker => broker;

    /// <exception cref="BrokerException">None to be had, with the time at which to ask again where it is known.</exception>
    public async Task<DocumentLease> AcquireAsync(LeaseRequest request, JobAttempt attempt, CancellationToken ct)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return new(await broker.LeaseAsync(request, ct), broker, cdn, time, log);
            }
            catch (BrokerException e) when (ShortWait(e) is { } wait && tries < MaxTries)
            {
                var stage = attempt.Stage;
                await attempt.SetStageAsync("waiting");
                await Task.Delay(wait, time, ct);
                await attempt.SetStageAsync(stage);
            }
        }
    }

    TimeSpan? ShortWait(BrokerException error)
    {
        if (error.Code is not (BrokerCodes.Flood or BrokerCodes.NoCapacity) || error.RetryAt is not { } at)
            return null;
        var wait = at - time.GetUtcNow();
        if (wait > options.Value.LongestWait)
            return null;
        return wait > TimeSpan.Zero ? wait : TimeSpan.FromMilliseconds(100);
    }
}
