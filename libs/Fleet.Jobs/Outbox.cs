using Fleet.Jobs.Rows;
using Microsoft.EntityFrameworkCore;

namespace Fleet.Jobs;

/// <summary>Messages on their way from a transaction to RabbitMQ.</summary>
public sealed class Outbox(IDbContextFactory<FleetDb> contexts)
{
    /// <summary>Postgres notifies this channel when a message was added.</summary>
    public const string Channel = "fleet_outbox";

    /// <summary>
    /// Publishes up to <paramref name="limit"/> messages, oldest first and all at once, and deletes those that
    /// <paramref name="publish"/> returned for. At least once: a crash between the two publishes a message again.
    /// Several relays may run; each takes other rows. After an exception of <paramref name="publish"/>, which this throws,
    /// what was published stays deleted.
    /// </summary>
    /// <returns>How many were published; fewer than <paramref name="limit"/> means that none is left.</returns>
    public async Task<int> RelayAsync(
        int limit,
        Func<OutboxMessage, CancellationToken, Task> publish,
        CancellationToken ct
    )
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var messages = await db
            .Outbox.FromSql($"select * from outbox order by id for update skip locked limit {limit}")
            .AsNoTracking()
            .ToListAsync(ct);
        var publishing = messages.ConvertAll(async message => await publish(message, ct));
        try
        {
            await Task.WhenAll(publishing);
        }
        finally
        {
            var published = messages
                .Where((_, i) => publishing[i].IsCompletedSuccessfully)
                .Select(message => message.Id)
                .ToList();
            // Not cancelled by a shutdown: these are published, and left behind they would be published again.
            await db.Outbox.Where(row => published.Contains(row.Id)).ExecuteDeleteAsync(CancellationToken.None);
            await transaction.CommitAsync(CancellationToken.None);
        }
        return messages.Count;
    }

    /// <summary>Adds the message of a job in the caller's transaction.</summary>
    internal static Task AddAsync(FleetDb db, Guid jobId, CancellationToken ct) =>
        db.Database.ExecuteSqlAsync(
            $"""
            insert into outbox (queue, job_id, traceparent, created_at)
            select queue, id, traceparent, now() from job where id = {jobId}
            returning pg_notify({Channel}, '')
            """,
            ct
        );
}
