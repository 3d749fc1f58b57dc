using System.Text.Json;
using Fleet.Jobs.Rows;
using Microsoft.EntityFrameworkCore;

namespace Fleet.Jobs;

/// <summary>What a client changes of a job; null where it stays as it is.</summary>
public sealed record JobChange(JobQueue? Queue, string? ClientRef, Dictionary<string, string>? Metadata);

/// <summary>What became of a request to change or forget a job.</summary>
public abstract record EditOutcome
{
    public sealed record Done : EditOutcome;

    /// <summary>Not in this status: only queued jobs change their queue, only ended ones are forgotten.</summary>
    public sealed record NotNow(JobStatus Status) : EditOutcome;

    /// <summary>The tenant has no such job.</summary>
    public sealed record NotFound : EditOutcome;
}

/// <summary>Changes jobs that exist, and forgets them. A tenant reaches only its own.</summary>
public sealed class JobEdits(IDbContextFactory<FleetDb> contexts, AssetCare care)
{
    /// <summary>Changes what a job is called, or its queue while it waits for its turn.</summary>
    public async Task<EditOutcome> ChangeAsync(Guid tenantId, Guid jobId, JobChange change, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await LockOrNullAsync(db, tenantId, jobId, ct) is not { } job)
            return new EditOutcome.NotFound();
        var moves = change.Queue is { } queue && queue != job.Queue;
        if (moves && job.Status != JobStatus.Queued)
            return new EditOutcome.NotNow(job.Status);
        var name = EnumText.Of(change.Queue ?? job.Queue);
        var metadata = JsonSerializer.Serialize(change.Metadata ?? job.Metadata, JobJson.Options);
        await db.Database.ExecuteSqlAsync(
            $"""
            update job set queue = {name}, client_ref = coalesce({change.ClientRef}, client_ref),
                metadata = nullif({metadata}::jsonb, 'null'::jsonb)
            where id = {jobId}
            """,
            ct
        );
        if (moves && job.EnqueuedAt is not null)
            await Outbox.AddAsync(db, jobId, ct); // the other queue has to hear of it
        await transaction.CommitAsync(ct);
        return new EditOutcome.Done();
    }

    /// <summary>Forgets an ended job with its history and its webhooks; its files are deleted unless other jobs have them too.</summary>
    public async Task<EditOutcome> ForgetAsync(Guid tenantId, Guid jobId, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        List<Guid> left;
        await using (var transaction = await db.Database.BeginTransactionAsync(ct))
        {
            if (await LockOrNullAsync(db, tenantId, jobId, ct) is not { } job)
                return new EditOutcome.NotFound();
            if (!JobStates.IsFinal(job.Status))
                return new EditOutcome.NotNow(job.Status);
            left = await db
                .Database.SqlQuery<Guid>($"delete from job_asset where job_id = {jobId} returning asset_id")
                .ToListAsync(ct);
            await db.Database.ExecuteSqlAsync($"delete from job where id = {jobId}", ct);
            await transaction.CommitAsync(ct);
        }
        await care.ForgetAsync(left, ct);
        return new EditOutcome.Done();
    }

    static async Task<Job?> LockOrNullAsync(FleetDb db, Guid tenantId, Guid jobId, CancellationToken ct) =>
        (
            await db
                .Jobs.FromSql($"select * from job where id = {jobId} and tenant_id = {tenantId} for update")
                .AsNoTracking()
                .ToListAsync(ct)
        ).SingleOrDefault();
}
