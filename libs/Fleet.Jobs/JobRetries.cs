using Microsoft.EntityFrameworkCore;

namespace Fleet.Jobs;

/// <summary>Failed jobs that are tried once more, from where they stopped.</summary>
static class JobRetries
{
    /// <summary>Queues failed jobs of the tenant again with all their tries: one by name, or those of a batch where trying again may help.</summary>
    /// <returns>How many were queued.</returns>
    public static Task<int> QueueAgainAsync(
        FleetDb db,
        Guid tenantId,
        Guid? jobId,
        Guid? batchId,
        CancellationToken ct
    ) =>
        db.Database.ExecuteSqlAsync(
            $"""
            with again as (
                update job set status = 'queued', finished_at = null, stage = null, failures = 0, lost_leases = 0,
                    run_at = now(), enqueued_at = now(), event_seq = event_seq + 1
                where tenant_id = {tenantId} and status = 'failed'
                    and (id = {jobId} or (batch_id = {batchId} and (error ->> 'retryable')::boolean))
                returning id, queue, traceparent, event_seq
            ), logged as (
                insert into job_event (job_id, seq, type, data, created_at)
                select id, event_seq, 'retry_asked', jsonb_build_object(), now() from again
            )
            insert into outbox (queue, job_id, traceparent, created_at)
            select queue, id, traceparent, now() from again
            returning pg_notify({Outbox.Channel}, '')
            """,
            ct
        );
}
