using Fleet.Jobs;
using Fleet.Sessions;
using Fleet.Telegram;
using Microsoft.Extensions.Options;

namespace Fleet.Worker.Transfer;

/// <summary>Gets leases from the broker. Waits a few seconds for one where that helps, in line with the others while every account is
/// busy; longer waits are the job's.</summary>
sealed class LeaseDesk(
    BrokerClient broker,
    CdnNetwork cdn,
    FloodBoard floods,
    IOptions<WorkerOptions> options,
    TimeProvider time,
    ILogger<LeaseDesk> log
)
{
    const int MaxTries = 3;

    /// <summary>The broker lets nobody wait longer.</summary>
    static readonly TimeSpan LongestInLine = TimeSpan.FromSeconds(20);

    public BrokerClient Broker => broker;

    public TimeProvider Time => time;

    /// <summary>Accounts that a file may be read through with so many bytes to go.</summary>
    public int AccountsFor(long bytes) => options.Value.AccountsFor(bytes);

    /// <exception cref="BrokerException">None to be had, with the time at which to ask again where it is known.</exception>
    public async Task<DocumentLease> AcquireAsync(LeaseRequest request, JobAttempt attempt, CancellationToken ct)
    {
        request = request with
        {
            Tenant = attempt.Claim.TenantId.ToString(),
            Priority = attempt.Claim.Queue == JobQueue.Bulk ? LeasePriority.Bulk : LeasePriority.Interactive,
        };
        var stage = attempt.Stage;
        for (var tries = 1; ; tries++)
        {
            try
            {
                var grant = await broker.LeaseAsync(request, ct);
                await attempt.SetStageAsync(stage);
                return new(grant, broker, cdn, floods, time, log);
            }
            catch (BrokerException e) when (e.Code is BrokerCodes.NoCapacity && request.WaitMs == 0)
            {
                await attempt.SetStageAsync("waiting");
                var wait = options.Value.LongestWait < LongestInLine ? options.Value.LongestWait : LongestInLine;
                request = request with { WaitMs = Math.Max(1, (int)wait.TotalMilliseconds) };
            }
            catch (BrokerException e) when (ShortFlood(e) is { } wait && tries < MaxTries)
            {
                await attempt.SetStageAsync("waiting");
                await Task.Delay(wait, time, ct);
            }
        }
    }

    /// <summary>One more account for a file that is being read; null when none is free. Nobody waits for it.</summary>
    public async Task<DocumentLease?> TrySpareAsync(LeaseRequest request, JobAttempt attempt, CancellationToken ct)
    {
        request = request with { Tenant = attempt.Claim.TenantId.ToString(), Priority = LeasePriority.Spare };
        try
        {
            return new(await broker.LeaseAsync(request, ct), broker, cdn, floods, time, log) { IsSpare = true };
        }
        catch (BrokerException)
        {
            return null;
        }
    }

    TimeSpan? ShortFlood(BrokerException error)
    {
        if (error.Code is not BrokerCodes.Flood || error.RetryAt is not { } at)
            return null;
        var wait = at - time.GetUtcNow();
        if (wait > options.Value.LongestWait)
            return null;
        return wait > TimeSpan.Zero ? wait : TimeSpan.FromMilliseconds(100);
    }
}
