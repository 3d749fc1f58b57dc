using System.Diagnostics;
using Fleet.Hosting;
using Fleet.Jobs;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Fleet.Worker;

/// <summary>Claims a job, lets the pipeline work on it, and writes how that ended: once, under the claim's fence.</summary>
sealed partial class JobRunner(
    JobClaims claims,
    Assets assets,
    Pipeline pipeline,
    IOptions<WorkerOptions> options,
    WorkerAddress address,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<JobRunner> log
)
{
    static readonly ActivitySource Activities = new("Fleet.Worker");

    static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(0.5);
    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>Runs one attempt on the job whose turn it is, or nothing when none waits: a duplicate or late message.</summary>
    public async Task RunAsync(JobQueue queue, CancellationToken ct)
    {
        if (await ClaimOrNullAsync(queue, ct) is not { } claim)
            return;
        using var activity = Activities.StartActivity(
            "job.attempt",
            ActivityKind.Consumer,
            parentContext: default,
            links: ActivityContext.TryParse(claim.Traceparent, null, out var origin) ? [new ActivityLink(origin)] : null
        );
        activity?.SetTag("job.id", claim.JobId).SetTag("job.attempt", claim.Attempt).SetTag("job.fence", claim.Fence);

        await using var attempt = new JobAttempt(claim, claims, assets, options.Value, time, log);
        await using var draining = lifetime.ApplicationStopping.Register(() => _ = DrainAsync(attempt));
        await RunAsync(attempt);
    }

    /// <summary>
    /// While the database is away the message is held: given back it would come again at once, and after a few rounds of
    /// that be a dead letter.
    /// </summary>
    /// <exception cref="OperationCanceledException">The worker is stopping; the message goes to another one.</exception>
    async Task<JobClaim?> ClaimOrNullAsync(JobQueue queue, CancellationToken ct)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, lifetime.ApplicationStopping);
        var worker = await address.FindAsync(both.Token);
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
            try
            {
                both.Token.ThrowIfCancellationRequested();
                return await claims.ClaimNextAsync(queue, worker, ct);
            }
            catch (Exception e) when (e is NpgsqlException { IsTransient: true } or TimeoutException)
            {
                ClaimingFailed(log, e.GetType().Name);
                await Task.Delay(pause, time, both.Token);
            }
    }

    async Task RunAsync(JobAttempt attempt)
    {
        try
        {
            EndAs(attempt, await pipeline.RunAsync(attempt));
        }
        catch (Exception e) when (attempt.Reason != StopReason.None)
        {
            await StopAsync(attempt, e);
        }
        catch (Exception e) when (Fault.Of(e, attempt.Stage, time.GetUtcNow()) is { } fault)
        {
            await FailAsync(attempt, fault, e);
        }
    }

    void EndAs(JobAttempt attempt, AssetTurn turn)
    {
        if (turn is AssetTurn.Succeeded { SizeBytes: var bytes })
        {
            attempt.EndsAs("succeeded");
            JobSucceeded(log, attempt.Claim.JobId, attempt.Claim.Attempt, bytes);
            return;
        }
        attempt.EndsAs("attached");
        JobAttached(log, attempt.Claim.JobId);
    }

    /// <summary>Ends an attempt that was stopped from outside.</summary>
    async Task StopAsync(JobAttempt attempt, Exception? cause)
    {
        attempt.EndsAs(EnumText.Of(attempt.Reason));
        AttemptStopped(log, attempt.Claim.JobId, attempt.Reason, cause?.GetType().Name);
        switch (attempt.Reason)
        {
            case StopReason.CancelAsked:
                await claims.ConfirmCancelAsync(attempt.Claim, CancellationToken.None);
                break;
            case StopReason.Stopping:
            case StopReason.SliceOver:
                await claims.YieldAsync(attempt.Claim, CancellationToken.None);
                break;
            default:
                break; // the claim is another's: its uploads too
        }
    }

    async Task FailAsync(JobAttempt attempt, Fault fault, Exception cause)
    {
        attempt.EndsAs(fault.Error.Code);
        if (fault.IsBug)
            AttemptBroke(log, cause, attempt.Claim.JobId);
        else
            AttemptFailed(log, attempt.Claim.JobId, attempt.Claim.Attempt, fault.Error.Code, fault.Error.Detail);
        var state = await claims.EndAsync(attempt.Claim, fault.Error, fault.Wait, CancellationToken.None);
        if (state == ClaimState.CancelAsked)
        {
            attempt.Stop(StopReason.CancelAsked);
            await StopAsync(attempt, cause);
        }
    }

    /// <summary>Lets an attempt that is nearly done finish; gives back the others, and all of them when the process is to come back.</summary>
    async Task DrainAsync(JobAttempt attempt)
    {
        try
        {
            if (!Restart.IsWanted)
                await Task.Delay(options.Value.DrainGrace, time, attempt.Token);
            attempt.Stop(StopReason.Stopping);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // it ended by itself
        }
    }

    [LoggerMessage(LogLevel.Warning, "The database does not answer; a message waits for it: {Error}")]
    static partial void ClaimingFailed(ILogger log, string error);

    [LoggerMessage(LogLevel.Information, "Job {JobId} succeeded in attempt {Attempt}: {Bytes} bytes stored")]
    static partial void JobSucceeded(ILogger log, Guid jobId, int attempt, long bytes);

    [LoggerMessage(LogLevel.Information, "Job {JobId} waits for a file that another job fetches")]
    static partial void JobAttached(ILogger log, Guid jobId);

    [LoggerMessage(LogLevel.Information, "The attempt on job {JobId} was stopped: {Reason} ({Cause})")]
    static partial void AttemptStopped(ILogger log, Guid jobId, StopReason reason, string? cause);

    [LoggerMessage(LogLevel.Warning, "Attempt {Attempt} on job {JobId} failed: {Code}: {Detail}")]
    static partial void AttemptFailed(ILogger log, Guid jobId, int attempt, string code, string? detail);

    [LoggerMessage(LogLevel.Error, "The attempt on job {JobId} met a defect")]
    static partial void AttemptBroke(ILogger log, Exception error, Guid jobId);
}
