using Fleet.Jobs.Rows;
using Microsoft.EntityFrameworkCore;

namespace Fleet.Jobs;

/// <summary>A queue as an operator sees it.</summary>
/// <param name="Queued">Jobs that may be taken at once.</param>
/// <param name="Waiting">Queued jobs that wait for something: a time, another job, or the end of the pause.</param>
/// <param name="Running">Jobs that a worker has.</param>
/// <param name="OldestSeconds">How long the eldest of the first has been there, in seconds.</param>
/// <param name="Pause">Null unless it is paused.</param>
public sealed record QueueView(
    JobQueue Queue,
    int Queued,
    int Waiting,
    int Running,
    double OldestSeconds,
    QueuePause? Pause
);

/// <summary>What operators do to queues. A paused queue goes on taking jobs and finishing those that run; it starts none.</summary>
public sealed class QueueControl(IDbContextFactory<FleetDb> contexts, TimeProvider time)
{
    /// <summary>Longest reason, in characters.</summary>
    public const int MaxReason = 255;

    /// <summary>Both queues. Counts every job that has not ended.</summary>
    public async Task<IReadOnlyList<QueueView>> ListAsync(CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var pauses = await db.QueuePauses.AsNoTracking().ToDictionaryAsync(pause => pause.Queue, ct);
        var counts = await db
            .Database.SqlQuery<QueueCount>(
                $"""
                select queue as "Queue", (count(*) filter (where enqueued_at is not null))::int as "Queued",
                    (count(*) filter (where status = 'queued' and enqueued_at is null))::int as "Waiting",
                    (count(*) filter (where status <> 'queued'))::int as "Running",
                    coalesce(extract(epoch from now() - min(enqueued_at)), 0)::float8 as "OldestSeconds"
                from job where status in ('queued', 'running', 'canceling') group by queue
                """
            )
            .ToDictionaryAsync(row => row.Queue, StringComparer.Ordinal, ct);
        return
        [
            .. Enum.GetValues<JobQueue>()
                .Select(queue =>
                {
                    var count = counts.GetValueOrDefault(EnumText.Of(queue)) ?? new QueueCount("", 0, 0, 0, 0);
                    return new QueueView(
                        queue,
                        count.Queued,
                        count.Waiting,
                        count.Running,
                        count.OldestSeconds,
                        pauses.GetValueOrDefault(queue)
                    );
                }),
        ];
    }

    /// <summary>Lets no more jobs of a queue start. A queue that is paused already gets the new reason.</summary>
    public async Task PauseAsync(JobQueue queue, string? reason, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into queue_pause (queue, reason, since) values ({EnumText.Of(queue)}, {reason}, {time.GetUtcNow()})
            on conflict (queue) do update set reason = excluded.reason
            """,
            ct
        );
    }

    /// <summary>Lets its jobs start again; the reconciler publishes those that were held back.</summary>
    /// <returns>False when it was not paused.</returns>
    public async Task<bool> ResumeAsync(JobQueue queue, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return await db.QueuePauses.Where(pause => pause.Queue == queue).ExecuteDeleteAsync(ct) > 0;
    }

    /// <summary>Publishes a job once more whose message was dead-lettered.</summary>
    /// <returns>False when it waits for no message: it runs, has ended, waits for something else, or is gone.</returns>
    public async Task<bool> PublishAgainAsync(Guid jobId, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return await db.Database.ExecuteSqlAsync(
                $"""
                with again as (
                    update job set enqueued_at = now()
                    where id = {jobId} and status = 'queued' and enqueued_at is not null
                    returning id, queue, traceparent
                )
                insert into outbox (queue, job_id, traceparent, created_at)
                select queue, id, traceparent, now() from again
                returning pg_notify({Outbox.Channel}, '')
                """,
                ct
            ) > 0;
    }

    sealed record QueueCount(string Queue, int Queued, int Waiting, int Running, double OldestSeconds);
}
