using Fleet.Jobs.Rows;
using Microsoft.EntityFrameworkCore;

namespace Fleet.Jobs;

/// <summary>Jobs to be made together. Every link and the options have been checked.</summary>
public sealed record NewBatch
{
    public required Guid TenantId { get; init; }
    public string? ClientRef { get; init; }

    /// <summary>1 to <see cref="BatchStore.MaxJobs"/>.</summary>
    public required IReadOnlyList<NewJob> Jobs { get; init; }

    public IReadOnlyList<RefusedLink> Refused { get; init; } = [];
}

/// <summary>A link of which no job was made.</summary>
/// <param name="Index">Its place in the request, from 0.</param>
/// <param name="Code">A code of the API's problems.</param>
public sealed record RefusedLink(int Index, string Link, string Code, string Detail);

/// <summary>A batch and how many of its jobs have which status.</summary>
public sealed record BatchWithCounts(Batch Batch, IReadOnlyDictionary<JobStatus, int> Counts);

/// <summary>What became of a request to make a batch.</summary>
public abstract record BatchOutcome
{
    /// <summary>It was made.</summary>
    public sealed record Created(Guid Id) : BatchOutcome;

    /// <summary>It had been made before under this key.</summary>
    public sealed record Replayed(Guid Id) : BatchOutcome;

    /// <summary>The key was used for another request.</summary>
    public sealed record KeyReused : BatchOutcome;
}

/// <summary>What clients do to batches. A tenant sees only its own.</summary>
public sealed class BatchStore(IDbContextFactory<FleetDb> contexts, JobStore jobs, TimeProvider time)
{
    /// <summary>Most jobs of one batch.</summary>
    public const int MaxJobs = 1000;

    /// <summary>Makes a batch, its jobs, their messages and the idempotency record in one transaction.</summary>
    /// <param name="admit">As that of <see cref="JobStore.CreateAsync"/>.</param>
    public async Task<BatchOutcome> CreateAsync(
        NewBatch request,
        IdempotencyKey? key,
        Func<Task> admit,
        CancellationToken ct
    )
    {
        if (request.Jobs.Count is 0 or > MaxJobs)
            throw new ArgumentException($"A batch has 1 to {MaxJobs} jobs.", nameof(request));
        await using var db = await contexts.CreateDbContextAsync(ct);
        if (await IdempotencyKeys.FindOrNullAsync(db, request.TenantId, key, ct) is { } earlier)
            return Repeated(earlier, key!);

        await admit();
        await using (var transaction = await db.Database.BeginTransactionAsync(ct))
        {
            var batch = await InsertAsync(db, request, ct);
            if (key is null || await IdempotencyKeys.TakeAsync(db, Record(batch, key), ct))
            {
                await transaction.CommitAsync(ct);
                return new BatchOutcome.Created(batch.Id);
            }
        }
        return Repeated(await IdempotencyKeys.FindTakenAsync(db, request.TenantId, key, ct), key);
    }

    /// <summary>A batch of the tenant, or null.</summary>
    public async Task<BatchWithCounts?> FindOrNullAsync(Guid tenantId, Guid batchId, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var found = db.Batches.AsNoTracking().Where(batch => batch.Id == batchId && batch.TenantId == tenantId);
        return (await CountAsync(db, await found.ToListAsync(ct), ct)).FirstOrDefault();
    }

    /// <summary>A page of the tenant's batches, newest first.</summary>
    /// <param name="after">Only batches older than this one; null starts with the newest.</param>
    /// <param name="limit">1 to <see cref="JobStore.MaxPage"/>.</param>
    public async Task<IReadOnlyList<BatchWithCounts>> ListAsync(
        Guid tenantId,
        JobPosition? after,
        int limit,
        CancellationToken ct
    )
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var batches = db.Batches.AsNoTracking().Where(batch => batch.TenantId == tenantId);
        if (after is not null)
        {
            batches = batches.Where(batch =>
                EF.Functions.LessThan(
                    ValueTuple.Create(batch.CreatedAt, batch.Id),
                    ValueTuple.Create(after.CreatedAt, after.Id)
                )
            );
        }
        var page = await batches
            .OrderByDescending(batch => batch.CreatedAt)
            .ThenByDescending(batch => batch.Id)
            .Take(Math.Clamp(limit, 1, JobStore.MaxPage))
            .ToListAsync(ct);
        return await CountAsync(db, page, ct);
    }

    /// <summary>Calls off every job of the batch that has not ended. False when the tenant has no such batch.</summary>
    public async Task<bool> CancelAsync(Guid tenantId, Guid batchId, CancellationToken ct)
    {
        if (await FindOrNullAsync(tenantId, batchId, ct) is null)
            return false;
        await using var db = await contexts.CreateDbContextAsync(ct);
        var open = await db
            .Jobs.Where(job =>
                job.BatchId == batchId && (job.Status == JobStatus.Queued || job.Status == JobStatus.Running)
            )
            .OrderByDescending(job => job.CreatedAt)
            .Select(job => job.Id)
            .ToListAsync(ct);
        foreach (var id in open)
            await jobs.CancelAsync(tenantId, id, ct);
        return true;
    }

    /// <summary>Queues the failed jobs of the batch again, with all their tries, where trying again may help. False when the tenant has no such batch.</summary>
    public async Task<bool> RetryFailedAsync(Guid tenantId, Guid batchId, CancellationToken ct)
    {
        if (await FindOrNullAsync(tenantId, batchId, ct) is null)
            return false;
        await using var db = await contexts.CreateDbContextAsync(ct);
        await JobRetries.QueueAgainAsync(db, tenantId, jobId: null, batchId, ct);
        return true;
    }

    async Task<Batch> InsertAsync(FleetDb db, NewBatch request, CancellationToken ct)
    {
        var now = JobStore.AsStored(time.GetUtcNow());
        var batch = new Batch
        {
            Id = Guid.CreateVersion7(now),
            TenantId = request.TenantId,
            ClientRef = request.ClientRef,
            Refused = request.Refused,
            CreatedAt = now,
        };
        db.Batches.Add(batch);
        await db.SaveChangesAsync(ct);
        // Its jobs name one address at most: they come of one request.
        var endpoint = await JobStore.EndpointOrNullAsync(db, request.Jobs[0], now, ct);
        db.Jobs.AddRange(request.Jobs.Select(job => JobStore.RowOf(job, endpoint, now, batch.Id)));
        await db.SaveChangesAsync(ct);
        await db.Database.ExecuteSqlAsync(
            $"""
            with made as (
                update job set event_seq = 1 where batch_id = {batch.Id} returning id, source, queue, traceparent
            ), logged as (
                insert into job_event (job_id, seq, type, data, created_at)
                select id, 1, 'created', jsonb_build_object('source', source), now() from made
            )
            insert into outbox (queue, job_id, traceparent, created_at)
            select queue, id, traceparent, now() from made order by id
            returning pg_notify({Outbox.Channel}, '')
            """,
            ct
        );
        return batch;
    }

    static async Task<IReadOnlyList<BatchWithCounts>> CountAsync(FleetDb db, List<Batch> batches, CancellationToken ct)
    {
        var ids = batches.ConvertAll(batch => batch.Id);
        var counts = await db
            .Jobs.Where(job => job.BatchId != null && ids.Contains(job.BatchId.Value))
            .GroupBy(job => new { job.BatchId, job.Status })
            .Select(jobs => new { jobs.Key, Count = jobs.Count() })
            .ToListAsync(ct);
        var byBatch = counts.ToLookup(row => row.Key.BatchId);
        return batches.ConvertAll(batch => new BatchWithCounts(
            batch,
            byBatch[batch.Id].ToDictionary(row => row.Key.Status, row => row.Count)
        ));
    }

    static BatchOutcome Repeated(IdempotencyRecord record, IdempotencyKey key) =>
        record.IsOf(key) && record.BatchId is { } id ? new BatchOutcome.Replayed(id) : new BatchOutcome.KeyReused();

    static IdempotencyRecord Record(Batch batch, IdempotencyKey key) =>
        new()
        {
            TenantId = batch.TenantId,
            Operation = key.Operation,
            Key = key.Key,
            Fingerprint = key.Fingerprint,
            BatchId = batch.Id,
            CreatedAt = batch.CreatedAt,
        };
}
