using System.Security.Cryptography;
using System.Text.Json;
using Fleet.Jobs.Rows;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Fleet.Jobs;

/// <summary>What a claim is still good for.</summary>
public enum ClaimState
{
    /// <summary>The worker holds the job; what it wrote is written.</summary>
    Held,

    /// <summary>The owner called the job off; nothing was written. Clean up, then <see cref="JobClaims.ConfirmCancelAsync"/>.</summary>
    CancelAsked,

    /// <summary>The job belongs to somebody else or is over; nothing was written. Stop, clean up, write nothing.</summary>
    Lost,
}

/// <summary>A worker's right to work on a job, and to write about it.</summary>
public sealed record JobClaim
{
    public required Guid JobId { get; init; }

    /// <summary>Unique number of this claim; part of every object key that it writes.</summary>
    public required long Fence { get; init; }

    /// <summary>From 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>Failed tries before this one.</summary>
    public required int Failures { get; init; }

    public required Guid TenantId { get; init; }

    /// <summary>Whose slots it has: interactive goes first elsewhere too.</summary>
    public JobQueue Queue { get; init; }

    public required string Source { get; init; }

    /// <summary>Link to the message whose sound the file gets; null when it keeps its own.</summary>
    public string? AudioSource { get; init; }

    public required JobOptions Options { get; init; }

    /// <summary>What the link holds, when an earlier attempt found out.</summary>
    public JobMedia? Media { get; init; }

    /// <summary>W3C trace context of the request that made the job.</summary>
    public string? Traceparent { get; init; }

    internal static JobClaim Of(Job job) =>
        new()
        {
            JobId = job.Id,
            Fence = job.Fence,
            Attempt = job.Attempt,
            Failures = job.Failures,
            TenantId = job.TenantId,
            Queue = job.Queue,
            Source = job.Source,
            AudioSource = job.AudioSource,
            Options = job.Options,
            Media = job.Media,
            Traceparent = job.Traceparent,
        };
}

/// <summary>
/// What workers do to jobs. Every write carries the claim's fence and is refused once the claim is lost, so a worker
/// that was thought dead cannot change anything. Times are the database's, so that no two clocks are compared.
/// </summary>
public sealed class JobClaims(IDbContextFactory<FleetDb> contexts, AssetCare care, IOptions<JobsOptions> options)
{
    static readonly TimeSpan LongestWait = TimeSpan.FromDays(14);

    /// <summary>How often a worker should call <see cref="RenewAsync"/>.</summary>
    public TimeSpan RenewEvery => options.Value.Lease / 4;

    /// <summary>
    /// Takes the job of a queue whose turn it is (<see cref="JobTurns"/>); null when none waits (a duplicate or late message),
    /// or when the queue is paused: the job waits for the end of the pause then, and its message is used up.
    /// </summary>
    /// <param name="worker">Who asks, for people: at most 128 characters.</param>
    public async Task<JobClaim?> ClaimNextAsync(JobQueue queue, string worker, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (
            await JobTurns.DrawOrNullAsync(db, queue, RandomNumberGenerator.GetInt32(int.MaxValue), ct) is not { } jobId
        )
            return null;
        var claim = await HoldBackAsync(db, queue, jobId, ct) ? null : await TakeAsync(db, jobId, worker, ct);
        await transaction.CommitAsync(ct);
        return claim;
    }

    /// <summary>Takes this job out of turn, if it is queued and due; else null.</summary>
    public async Task<JobClaim?> ClaimAsync(Guid jobId, string worker, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var claim = await TakeAsync(db, jobId, worker, ct);
        await transaction.CommitAsync(ct);
        return claim;
    }

    static async Task<bool> HoldBackAsync(FleetDb db, JobQueue queue, Guid jobId, CancellationToken ct) =>
        await db.Database.ExecuteSqlAsync(
            $"""
            update job set enqueued_at = null, wait_reason = 'paused'
            where id = {jobId} and exists (select 1 from queue_pause where queue = {EnumText.Of(queue)})
            """,
            ct
        ) > 0;

    async Task<JobClaim?> TakeAsync(FleetDb db, Guid jobId, string worker, CancellationToken ct)
    {
        var rows = await db
            .Jobs.FromSql(
                $"""
                with taken as (
                    update job set status = 'running', attempt = attempt + 1, fence = nextval('job_fence'),
                        worker = {worker}, lease_until = now() + {options.Value.Lease},
                        started_at = coalesce(started_at, now()), stage = 'resolving', wait_reason = null,
                        wait_until = null, enqueued_at = null, event_seq = event_seq + 1
                    where id = {jobId} and status = 'queued' and run_at <= now() and asset_id is null
                    returning *
                ), logged as (
                    insert into job_event (job_id, seq, type, data, created_at)
                    select id, event_seq, 'claimed', jsonb_build_object('attempt', attempt, 'worker', worker), now()
                    from taken
                )
                select * from taken
                """
            )
            .AsNoTracking()
            .ToListAsync(ct);
        return rows is [var job] ? JobClaim.Of(job) : null;
    }

    /// <summary>Keeps the claim for another lease and tells how far the work is. Also keeps a claim that is asked to stop, while it cleans up.</summary>
    /// <param name="asset">What is being fetched: those who wait for it see how far it is.</param>
    public async Task<ClaimState> RenewAsync(
        JobClaim claim,
        JobProgress? progress,
        AssetProgress? asset,
        CancellationToken ct
    )
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var renewed = await db
            .Database.SqlQuery<string>(
                $"""
                with renewed as (
                    update job set lease_until = now() + {options.Value.Lease},
                        bytes_done = coalesce({progress?.BytesDone}, bytes_done),
                        bytes_total = coalesce({progress?.BytesTotal}, bytes_total),
                        bytes_per_second = {progress?.BytesPerSecond},
                        progress_at = case when {progress is null} then progress_at else now() end
                    where id = {claim.JobId} and fence = {claim.Fence} and status in ('running', 'canceling')
                    returning status
                ), mirrored as (
                    update asset set bytes_done = least({asset?.BytesDone}, source_bytes),
                        bytes_per_second = {progress?.BytesPerSecond}, progress_at = now()
                    where id = {asset?.AssetId} and fence = {claim.Fence} and result is null
                        and exists (select 1 from renewed)
                )
                select status from renewed
                """
            )
            .ToListAsync(ct);
        return renewed switch
        {
            ["running"] => ClaimState.Held,
            ["canceling"] => ClaimState.CancelAsked,
            _ => ClaimState.Lost,
        };
    }

    /// <summary>Says what the worker is doing: resolving, waiting, downloading, remuxing, uploading, finalizing.</summary>
    public async Task<ClaimState> SetStageAsync(JobClaim claim, string stage, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var written = await db.Database.ExecuteSqlAsync(
            $"""
            with staged as (
                update job set stage = {stage}, event_seq = event_seq + 1
                where id = {claim.JobId} and fence = {claim.Fence} and status = 'running'
                returning id, event_seq
            )
            insert into job_event (job_id, seq, type, data, created_at)
            select id, event_seq, 'stage', jsonb_build_object('stage', {stage}::text), now() from staged
            """,
            ct
        );
        return written > 0 ? ClaimState.Held : await WhyRefusedAsync(db, claim, ct);
    }

    /// <summary>Gives the job back to be taken again at once: the slice is over, or the worker is stopping.</summary>
    public Task<ClaimState> YieldAsync(JobClaim claim, CancellationToken ct) =>
        WriteAsync(
            claim,
            db =>
                db.Database.ExecuteSqlAsync(
                    $"""
                    update job set status = 'queued', lease_until = null, stage = null, run_at = now(), enqueued_at = now()
                    where id = {claim.JobId} and fence = {claim.Fence} and status = 'running'
                    """,
                    ct
                ),
            async db =>
            {
                await Outbox.AddAsync(db, claim.JobId, ct);
                await JobLog.AppendAsync(db, claim.JobId, "yielded", new { claim.Attempt }, ct);
            },
            ct
        );

    /// <summary>Gives the job back until a time, for no fault of its own: flood or capacity. Not counted as a try.</summary>
    /// <param name="wait">Cut to 14 days, Telegram's longest flood wait.</param>
    public Task<ClaimState> PostponeAsync(JobClaim claim, WaitReason reason, TimeSpan wait, CancellationToken ct)
    {
        var pause = wait < LongestWait ? wait : LongestWait;
        var why = EnumText.Of(reason);
        return WriteAsync(
            claim,
            db =>
                db.Database.ExecuteSqlAsync(
                    $"""
                    update job set status = 'queued', lease_until = null, stage = null, run_at = now() + {pause},
                        wait_reason = {why}, wait_until = now() + {pause}, enqueued_at = null
                    where id = {claim.JobId} and fence = {claim.Fence} and status = 'running'
                    """,
                    ct
                ),
            db => JobLog.AppendAsync(db, claim.JobId, "postponed", new { reason = why, pause.TotalSeconds }, ct),
            ct
        );
    }

    /// <summary>Ends the attempt with a fault that may pass: tried again later, or failed when this was the eighth try.</summary>
    public Task<ClaimState> RetryAsync(JobClaim claim, JobError error, CancellationToken ct)
    {
        var failures = claim.Failures + 1;
        if (failures >= RetryPolicy.MaxTries)
            return FailAsync(claim, error, ct);
        var pause = RetryPolicy.Pause(failures, RandomNumberGenerator.GetInt32(1000) / 1000.0);
        var json = JsonSerializer.Serialize(error with { Attempt = claim.Attempt }, JobJson.Options);
        return WriteAsync(
            claim,
            db =>
                db.Database.ExecuteSqlAsync(
                    $"""
                    update job set status = 'queued', lease_until = null, stage = null, failures = {failures},
                        run_at = now() + {pause}, wait_reason = 'retry', wait_until = now() + {pause},
                        enqueued_at = null, error = {json}::jsonb
                    where id = {claim.JobId} and fence = {claim.Fence} and status = 'running'
                    """,
                    ct
                ),
            db => JobLog.AppendAsync(db, claim.JobId, "retried", new { error.Code, pause.TotalSeconds }, ct),
            ct
        );
    }

    /// <summary>Ends the attempt as its fault demands: fails at once, tries again, or waits until <paramref name="wait"/> is over.</summary>
    /// <param name="wait">How long to wait for flood and capacity faults; default 30 s.</param>
    public Task<ClaimState> EndAsync(JobClaim claim, JobError error, TimeSpan? wait, CancellationToken ct) =>
        JobFaults.Of(error.Code).Class switch
        {
            FaultClass.Flood => PostponeAsync(claim, WaitReason.Flood, wait ?? TimeSpan.FromSeconds(30), ct),
            FaultClass.Capacity => PostponeAsync(claim, WaitReason.Capacity, wait ?? TimeSpan.FromSeconds(30), ct),
            FaultClass.Transient => RetryAsync(claim, error, ct),
            _ => FailAsync(claim, error, ct),
        };

    /// <summary>Ends the job with an error, and writes its webhooks in the same transaction. Those who wait for what it was fetching fail alike, unless the fault is its link's.</summary>
    public Task<ClaimState> FailAsync(JobClaim claim, JobError error, CancellationToken ct)
    {
        var json = JsonSerializer.Serialize(error with { Attempt = claim.Attempt }, JobJson.Options);
        return EndAsync(
            claim,
            db =>
                db.Database.ExecuteSqlAsync(
                    $"""
                    update job set status = 'failed', finished_at = now(), lease_until = null, error = {json}::jsonb
                    where id = {claim.JobId} and fence = {claim.Fence} and status = 'running'
                    """,
                    ct
                ),
            db => JobEnding.BlameAsync(db, claim.JobId, claim.Fence, error, ct),
            ct
        );
    }

    /// <summary>Ends a job that the owner called off, after the worker has stopped. What it was fetching goes on with another job, or is given up.</summary>
    public Task<ClaimState> ConfirmCancelAsync(JobClaim claim, CancellationToken ct) =>
        EndAsync(
            claim,
            db =>
                db.Database.ExecuteSqlAsync(
                    $"""
                    update job set status = 'canceled', finished_at = now(), lease_until = null, stage = null
                    where id = {claim.JobId} and fence = {claim.Fence} and status = 'canceling'
                    """,
                    ct
                ),
            _ => Task.CompletedTask,
            ct
        );

    async Task<ClaimState> EndAsync(
        JobClaim claim,
        Func<FleetDb, Task<int>> write,
        Func<FleetDb, Task> andThen,
        CancellationToken ct
    )
    {
        List<Guid> left = [];
        var state = await WriteAsync(
            claim,
            write,
            async db =>
            {
                await andThen(db);
                left = await JobEnding.AnnounceAsync(db, claim.JobId, options.Value.PublicUrl, ct);
            },
            ct
        );
        await care.TendAsync(left, ct);
        return state;
    }

    async Task<ClaimState> WriteAsync(
        JobClaim claim,
        Func<FleetDb, Task<int>> write,
        Func<FleetDb, Task> andThen,
        CancellationToken ct
    )
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await write(db) == 0)
            return await WhyRefusedAsync(db, claim, ct);
        await andThen(db);
        await transaction.CommitAsync(ct);
        return ClaimState.Held;
    }

    internal static async Task<ClaimState> WhyRefusedAsync(FleetDb db, JobClaim claim, CancellationToken ct) =>
        await db.Jobs.AnyAsync(
            job => job.Id == claim.JobId && job.Fence == claim.Fence && job.Status == JobStatus.Canceling,
            ct
        )
            ? ClaimState.CancelAsked
            : ClaimState.Lost;
}
