using System.Diagnostics;
using Fleet.Jobs.Rows;
using Microsoft.EntityFrameworkCore;

namespace Fleet.Jobs;

/// <summary>A job to be made. The link and the options have been checked.</summary>
public sealed record NewJob
{
    public required Guid TenantId { get; init; }
    public required string Source { get; init; }

    /// <summary>Link to the message whose sound the file gets.</summary>
    public string? AudioSource { get; init; }

    public JobOptions Options { get; init; } = new();
    public JobQueue Queue { get; init; }
    public string? ClientRef { get; init; }
    public Dictionary<string, string>? Metadata { get; init; }

    /// <summary>Address that hears of this job alone, besides the tenant's endpoints.</summary>
    public string? WebhookUrl { get; init; }
}

/// <summary>What became of a request to make a job.</summary>
public abstract record CreateOutcome
{
    /// <summary>It was made.</summary>
    public sealed record Created(Job Job) : CreateOutcome;

    /// <summary>It had been made before under this key; this is its present state.</summary>
    public sealed record Replayed(Job Job) : CreateOutcome;

    /// <summary>The key was used for another request.</summary>
    public sealed record KeyReused : CreateOutcome;
}

/// <summary>What became of a request to call a job off.</summary>
public abstract record CancelOutcome
{
    /// <summary>The job is canceled, or its worker has been asked to stop.</summary>
    public sealed record Done(Job Job) : CancelOutcome;

    /// <summary>The job has ended otherwise.</summary>
    public sealed record TooLate(JobStatus Status) : CancelOutcome;

    /// <summary>The tenant has no such job.</summary>
    public sealed record NotFound : CancelOutcome;
}

/// <summary>What became of a request to try a job again.</summary>
public abstract record RetryOutcome
{
    /// <summary>The job is queued.</summary>
    public sealed record Done(Job Job) : RetryOutcome;

    /// <summary>The job has not failed.</summary>
    public sealed record NotFailed(JobStatus Status) : RetryOutcome;

    /// <summary>The tenant has no such job.</summary>
    public sealed record NotFound : RetryOutcome;
}

/// <summary>What clients do to jobs: make, read, list, call off, try again. A tenant sees only its own.</summary>
public sealed class JobStore(
    IDbContextFactory<FleetDb> contexts,
    AssetCare care,
    Microsoft.Extensions.Options.IOptions<JobsOptions> options,
    TimeProvider time
)
{
    /// <summary>Longest page of a list.</summary>
    public const int MaxPage = 200;

    /// <summary>Ends when the database has answered.</summary>
    public async Task PingAsync(CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        await db.Database.ExecuteSqlAsync($"select 1", ct);
    }

    /// <summary>Makes a job, its message and its idempotency record in one transaction. Of two equal requests at once, one makes the job and the other gets it.</summary>
    /// <param name="admit">Called before anything is made, and not for a request that was carried out before; may throw to refuse.</param>
    public async Task<CreateOutcome> CreateAsync(
        NewJob request,
        IdempotencyKey? key,
        Func<Task> admit,
        CancellationToken ct
    )
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        if (await IdempotencyKeys.FindOrNullAsync(db, request.TenantId, key, ct) is { } earlier)
            return await RepeatedAsync(db, earlier, key!, ct);

        await admit();
        await using (var transaction = await db.Database.BeginTransactionAsync(ct))
        {
            var job = await InsertAsync(db, request, ct);
            if (key is null || await IdempotencyKeys.TakeAsync(db, Record(job, key), ct))
            {
                await Outbox.AddAsync(db, job.Id, ct);
                await JobLog.AppendAsync(db, job.Id, "created", new { job.Source }, ct);
                await transaction.CommitAsync(ct);
                return new CreateOutcome.Created(job);
            }
        }

        db.ChangeTracker.Clear();
        var faster = await IdempotencyKeys.FindTakenAsync(db, request.TenantId, key, ct);
        return await RepeatedAsync(db, faster, key, ct);
    }

    /// <summary>A job of the tenant with its files, or null.</summary>
    public async Task<JobWithFiles?> FindOrNullAsync(Guid tenantId, Guid jobId, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var job = await db
            .Jobs.AsNoTracking()
            .FirstOrDefaultAsync(row => row.Id == jobId && row.TenantId == tenantId, ct);
        if (job is null)
            return null;
        await MirrorAsync(db, [job], ct);
        var files = await db.JobFiles.AsNoTracking().Where(f => f.JobId == jobId).OrderBy(f => f.Id).ToListAsync(ct);
        return new JobWithFiles(job, files);
    }

    /// <summary>A page of the tenant's jobs, newest first.</summary>
    /// <param name="statuses">Only these; empty means all.</param>
    /// <param name="batchId">Only those of this batch; null means all.</param>
    /// <param name="after">Only jobs older than this one; null starts with the newest.</param>
    /// <param name="limit">1 to <see cref="MaxPage"/>.</param>
    public async Task<IReadOnlyList<JobWithFiles>> ListAsync(
        Guid tenantId,
        IReadOnlyCollection<JobStatus> statuses,
        Guid? batchId,
        JobPosition? after,
        int limit,
        CancellationToken ct
    )
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var jobs = db.Jobs.AsNoTracking().Where(job => job.TenantId == tenantId);
        if (statuses.Count > 0)
            jobs = jobs.Where(job => statuses.Contains(job.Status));
        if (batchId is not null)
            jobs = jobs.Where(job => job.BatchId == batchId);
        if (after is not null)
        {
            jobs = jobs.Where(job =>
                EF.Functions.LessThan(
                    ValueTuple.Create(job.CreatedAt, job.Id),
                    ValueTuple.Create(after.CreatedAt, after.Id)
                )
            );
        }
        var page = await jobs.OrderByDescending(job => job.CreatedAt)
            .ThenByDescending(job => job.Id)
            .Take(Math.Clamp(limit, 1, MaxPage))
            .ToListAsync(ct);
        await MirrorAsync(db, page, ct);
        var ids = page.ConvertAll(job => job.Id);
        var files = await db
            .JobFiles.AsNoTracking()
            .Where(f => ids.Contains(f.JobId))
            .OrderBy(f => f.Id)
            .ToListAsync(ct);
        var byJob = files.ToLookup(file => file.JobId);
        return page.ConvertAll(job => new JobWithFiles(job, [.. byJob[job.Id]]));
    }

    /// <summary>History entries of a job after a number, oldest first, at most 200.</summary>
    public async Task<IReadOnlyList<JobHistory>> ReadHistoryAsync(Guid jobId, long afterSeq, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return await db
            .JobHistory.AsNoTracking()
            .Where(entry => entry.JobId == jobId && entry.Seq > afterSeq)
            .OrderBy(entry => entry.Seq)
            .Take(MaxPage)
            .ToListAsync(ct);
    }

    /// <summary>Calls a job off: a queued one is canceled at once, the worker of a running one is asked to stop.</summary>
    public async Task<CancelOutcome> CancelAsync(Guid tenantId, Guid jobId, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var found = await db
            .Jobs.FromSql($"select * from job where id = {jobId} and tenant_id = {tenantId} for update")
            .AsNoTracking()
            .ToListAsync(ct);
        if (found is not [var job])
            return new CancelOutcome.NotFound();
        if (JobStates.Next(job.Status, JobEvent.CancelAsked) is not { } next)
            return new CancelOutcome.TooLate(job.Status);
        if (next != job.Status)
        {
            var left = await WriteCancelAsync(db, job, next, ct);
            await transaction.CommitAsync(ct);
            await care.TendAsync(left, ct);
        }
        return new CancelOutcome.Done(await db.Jobs.AsNoTracking().SingleAsync(row => row.Id == jobId, ct));
    }

    /// <summary>Queues a failed job again, with all its tries.</summary>
    public async Task<RetryOutcome> RetryAsync(Guid tenantId, Guid jobId, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var queued = await JobRetries.QueueAgainAsync(db, tenantId, jobId, batchId: null, ct);
        var job = await db
            .Jobs.AsNoTracking()
            .FirstOrDefaultAsync(row => row.Id == jobId && row.TenantId == tenantId, ct);
        if (job is null)
            return new RetryOutcome.NotFound();
        return queued > 0 ? new RetryOutcome.Done(job) : new RetryOutcome.NotFailed(job.Status);
    }

    async Task<List<Guid>> WriteCancelAsync(FleetDb db, Job job, JobStatus next, CancellationToken ct)
    {
        if (next == JobStatus.Canceling)
        {
            await db.Database.ExecuteSqlAsync($"update job set status = 'canceling' where id = {job.Id}", ct);
            await JobLog.AppendAsync(db, job.Id, "cancel_asked", new { }, ct);
            return [];
        }
        await db.Database.ExecuteSqlAsync(
            $"""
            update job set status = 'canceled', finished_at = now(), wait_reason = null, wait_until = null,
                enqueued_at = null, asset_id = null
            where id = {job.Id}
            """,
            ct
        );
        return await JobEnding.AnnounceAsync(db, job.Id, options.Value.PublicUrl, ct);
    }

    /// <summary>Jobs that wait for what another one fetches show how far that is.</summary>
    static async Task MirrorAsync(FleetDb db, IEnumerable<Job> jobs, CancellationToken ct)
    {
        var waiting = jobs.Where(job => job.AssetId is not null).ToDictionary(job => job.Id);
        if (waiting.Count == 0)
            return;
        var ids = waiting.Keys.ToList();
        var progress =
            from share in db.JobAssets
            join asset in db.Assets on share.AssetId equals asset.Id
            where ids.Contains(share.JobId)
            group asset by share.JobId into files
            select new
            {
                JobId = files.Key,
                BytesDone = files.Sum(file => file.BytesDone),
                BytesPerSecond = files.Sum(file => file.BytesPerSecond),
                At = files.Max(file => file.ProgressAt),
            };
        foreach (var row in await progress.ToListAsync(ct))
        {
            var job = waiting[row.JobId];
            job.BytesDone = row.BytesDone;
            job.BytesPerSecond = row.BytesPerSecond;
            job.ProgressAt = row.At;
        }
    }

    async Task<Job> InsertAsync(FleetDb db, NewJob request, CancellationToken ct)
    {
        var now = AsStored(time.GetUtcNow());
        var job = RowOf(request, await EndpointOrNullAsync(db, request, now, ct), now, batchId: null);
        db.Jobs.Add(job);
        await db.SaveChangesAsync(ct);
        return job;
    }

    /// <summary>The endpoint of the address that a job names.</summary>
    internal static async Task<Guid?> EndpointOrNullAsync(
        FleetDb db,
        NewJob request,
        DateTimeOffset now,
        CancellationToken ct
    ) => request.WebhookUrl is { } url ? await WebhookStore.EnsureAsync(db, request.TenantId, url, now, ct) : null;

    internal static Job RowOf(NewJob request, Guid? endpoint, DateTimeOffset now, Guid? batchId) =>
        new()
        {
            Id = Guid.CreateVersion7(now),
            TenantId = request.TenantId,
            BatchId = batchId,
            Queue = request.Queue,
            Source = request.Source,
            AudioSource = request.AudioSource,
            Options = request.Options,
            ClientRef = request.ClientRef,
            Metadata = request.Metadata,
            Status = JobStatus.Queued,
            RunAt = now,
            EnqueuedAt = now,
            WebhookEndpointId = endpoint,
            Traceparent = Activity.Current?.Id,
            CreatedAt = now,
        };

    // Postgres keeps microseconds: the answer to the POST shows the same time as every later one.
    internal static DateTimeOffset AsStored(DateTimeOffset time) => new(time.Ticks / 10 * 10, TimeSpan.Zero);

    static IdempotencyRecord Record(Job job, IdempotencyKey key) =>
        new()
        {
            TenantId = job.TenantId,
            Operation = key.Operation,
            Key = key.Key,
            Fingerprint = key.Fingerprint,
            JobId = job.Id,
            CreatedAt = job.CreatedAt,
        };

    static async Task<CreateOutcome> RepeatedAsync(
        FleetDb db,
        IdempotencyRecord record,
        IdempotencyKey key,
        CancellationToken ct
    ) =>
        record.IsOf(key)
            ? new CreateOutcome.Replayed(await db.Jobs.AsNoTracking().SingleAsync(row => row.Id == record.JobId, ct))
            : new CreateOutcome.KeyReused();
}

/// <summary>A job and its results.</summary>
public sealed record JobWithFiles(Job Job, IReadOnlyList<JobFile> Files);

/// <summary>A place in a list of jobs.</summary>
public sealed record JobPosition(DateTimeOffset CreatedAt, Guid Id);
