using System.Data;
using System.Text.Json;
using Fleet.Jobs.Rows;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Fleet.Jobs;

/// <summary>
/// Puts right what crashes, restarts and lost messages left behind. One process at a time does it, under
/// <see cref="TryLeadAsync"/>; two at once would only repeat messages.
/// </summary>
public sealed class JobReconciler(
    IDbContextFactory<FleetDb> contexts,
    NpgsqlDataSource database,
    AssetCare care,
    IOptions<JobsOptions> options
)
{
    const long LeaderLock = 0x466C656574; // "Fleet"

    /// <summary>Rows taken by one call of one method: bounds its transaction. Callers repeat while it is reached.</summary>
    public const int Batch = 200;

    /// <summary>Takes the lead, or returns null while another process has it. Disposing gives it up; so does losing the connection.</summary>
    public async Task<Leadership?> TryLeadAsync(CancellationToken ct)
    {
        var connection = await database.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand($"select pg_try_advisory_lock({LeaderLock})", connection);
        if (await command.ExecuteScalarAsync(ct) is true)
            return new Leadership(connection);
        await connection.DisposeAsync();
        return null;
    }

    /// <summary>Jobs whose worker stopped renewing: queued again, or failed for the third time, or canceled if that was asked.</summary>
    public async Task<int> ExpireLeasesAsync(CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var expired = await db
            .Jobs.FromSql(
                $"""
                select * from job where status in ('running', 'canceling') and lease_until < now()
                order by lease_until limit {Batch} for update skip locked
                """
            )
            .AsNoTracking()
            .ToListAsync(ct);
        var left = new List<Guid>();
        foreach (var job in expired)
            left.AddRange(await ExpireAsync(db, job, ct));
        await transaction.CommitAsync(ct);
        await care.TendAsync(left, ct);
        return expired.Count;
    }

    /// <summary>Publishes the jobs whose <c>run_at</c> has come, of queues that are not paused; at most <see cref="Batch"/> of each.</summary>
    public async Task<int> EnqueueDueAsync(CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return await db.Database.ExecuteSqlAsync(
            $"""
            with due as (
                update job set enqueued_at = now(), wait_reason = null, wait_until = null
                where id in (
                    select due.id from unnest(array['interactive', 'bulk']) as queue (name)
                    cross join lateral (
                        select id from job
                        where queue = queue.name and status = 'queued' and enqueued_at is null and asset_id is null
                            and run_at <= now()
                        order by run_at limit {Batch} for update skip locked
                    ) due
                    where not exists (select 1 from queue_pause where queue_pause.queue = queue.name)
                )
                returning id, queue, traceparent
            )
            insert into outbox (queue, job_id, traceparent, created_at)
            select queue, id, traceparent, now() from due
            returning pg_notify({Outbox.Channel}, '')
            """,
            ct
        );
    }

    /// <summary>Jobs of a queue whose message has left the outbox and who have waited at least <paramref name="age"/>: RabbitMQ should hold as many messages.</summary>
    public async Task<int> CountPublishedAsync(JobQueue queue, TimeSpan age, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var name = EnumText.Of(queue);
        var counts = await db
            .Database.SqlQuery<int>(
                $"""
                select count(*)::int as "Value" from job j
                where status = 'queued' and queue = {name} and enqueued_at < now() - {age}
                    and not exists (select 1 from outbox o where o.job_id = j.id)
                """
            )
            .ToListAsync(ct);
        return counts[0];
    }

    /// <summary>Publishes again the jobs that <see cref="CountPublishedAsync"/> counts. A message that was there after all costs one refused claim.</summary>
    public async Task<int> RepublishAsync(JobQueue queue, TimeSpan age, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var name = EnumText.Of(queue);
        return await db.Database.ExecuteSqlAsync(
            $"""
            with lost as (
                update job set enqueued_at = now()
                where id in (
                    select id from job j
                    where status = 'queued' and queue = {name} and enqueued_at < now() - {age}
                        and not exists (select 1 from outbox o where o.job_id = j.id)
                    order by enqueued_at limit {Batch} for update skip locked
                )
                returning id, queue, traceparent
            )
            insert into outbox (queue, job_id, traceparent, created_at)
            select queue, id, traceparent, now() from lost
            returning pg_notify({Outbox.Channel}, '')
            """,
            ct
        );
    }

    /// <summary>Gives jobs that wait for an asset what a crash kept from them.</summary>
    public Task<int> TendAssetsAsync(CancellationToken ct) => care.TendForgottenAsync(ct);

    /// <summary>Forgets what has been kept long enough: idempotency keys, finished jobs with all that belongs to them, addresses and batches that only such jobs named, files that no job refers to.</summary>
    public async Task<int> SweepAsync(CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var keys = await db.Database.ExecuteSqlAsync(
            $"""
            delete from idempotency where (tenant_id, operation, key) in (
                select tenant_id, operation, key from idempotency
                where created_at < now() - {options.Value.KeepIdempotencyKeys} limit {Batch}
            )
            """,
            ct
        );
        var jobs = await db.Database.ExecuteSqlAsync(
            $"""
            delete from job where id in (
                select id from job
                where status in ('succeeded', 'failed', 'canceled')
                    and finished_at < now() - {options.Value.KeepFinished} limit {Batch}
            )
            """,
            ct
        );
        var endpoints = await db.Database.ExecuteSqlAsync(
            $"""
            delete from webhook_endpoint where id in (
                select id from webhook_endpoint e
                where not every_job and created_at < now() - {options.Value.KeepFinished}
                    and not exists (select 1 from job where webhook_endpoint_id = e.id) limit {Batch}
            )
            """,
            ct
        );
        var batches = await db.Database.ExecuteSqlAsync(
            $"""
            delete from batch where id in (
                select id from batch b
                where created_at < now() - {options.Value.KeepFinished}
                    and not exists (select 1 from job where batch_id = b.id) limit {Batch}
            )
            """,
            ct
        );
        return keys + jobs + endpoints + batches + await care.SweepAsync(Batch, ct);
    }

    /// <returns>Assets that nobody may work on now.</returns>
    async Task<List<Guid>> ExpireAsync(FleetDb db, Job job, CancellationToken ct)
    {
        var lost = job.LostLeases + 1;
        await JobLog.AppendAsync(db, job.Id, "lease_lost", new { job.Attempt, job.Worker }, ct);
        var happened = lost >= RetryPolicy.MaxLostLeases ? JobEvent.WorkerLost : JobEvent.LeaseLost;
        switch (JobStates.Next(job.Status, happened))
        {
            case JobStatus.Queued:
                await RequeueAsync(db, job, lost, ct);
                return [];
            case JobStatus.Failed:
                var error = JobError.Of(JobFaults.WorkerLost);
                await JobEnding.BlameAsync(db, job.Id, job.Fence, error, ct);
                return await EndAsync(db, job, lost, JobStatus.Failed, error, ct);
            default:
                return await EndAsync(db, job, lost, JobStatus.Canceled, job.Error, ct);
        }
    }

    static async Task RequeueAsync(FleetDb db, Job job, int lost, CancellationToken ct)
    {
        await db.Database.ExecuteSqlAsync(
            $"""
            update job set status = 'queued', lease_until = null, stage = null, lost_leases = {lost},
                run_at = now(), enqueued_at = now()
            where id = {job.Id}
            """,
            ct
        );
        await Outbox.AddAsync(db, job.Id, ct);
    }

    async Task<List<Guid>> EndAsync(
        FleetDb db,
        Job job,
        int lost,
        JobStatus status,
        JobError? error,
        CancellationToken ct
    )
    {
        var text = EnumText.Of(status);
        var json = error is null
            ? null
            : JsonSerializer.Serialize(error with { Attempt = job.Attempt, Stage = job.Stage }, JobJson.Options);
        await db.Database.ExecuteSqlAsync(
            $"""
            update job set status = {text}, finished_at = now(), lease_until = null, lost_leases = {lost},
                error = {json}::jsonb
            where id = {job.Id}
            """,
            ct
        );
        return await JobEnding.AnnounceAsync(db, job.Id, options.Value.PublicUrl, ct);
    }
}

/// <summary>The lead over the reconciling, held by a database session.</summary>
public sealed class Leadership : IAsyncDisposable
{
    readonly NpgsqlConnection _connection;

    internal Leadership(NpgsqlConnection connection) => _connection = connection;

    /// <summary>Throws when the session is gone, and with it the lead.</summary>
    public async Task ConfirmAsync(CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select 1", _connection);
        await command.ExecuteScalarAsync(ct);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // A pooled connection keeps its session, and the session the lock, until it is used again.
        await using (_connection)
        {
            if (_connection.FullState != ConnectionState.Open)
                return;
            try
            {
                await using var command = new NpgsqlCommand("select pg_advisory_unlock_all()", _connection);
                await command.ExecuteNonQueryAsync();
            }
            catch (NpgsqlException)
            {
                // The session is gone, and the lock with it.
            }
        }
    }
}
