using Microsoft.EntityFrameworkCore;

namespace Fleet.Jobs;

/// <summary>
/// Whose job is next. A message says that a queue has a job, and not which: a tenant is drawn among those whose jobs wait,
/// the likelier the more it weighs and the fewer of its jobs run, and its eldest job is taken. So whoever has ten thousand
/// jobs waiting does not keep one with a single job waiting, and in the long run each gets slots by its weight.
/// </summary>
/// <remarks>
/// It needs no state and no lock that two claims share, and costs one step in an index for every tenant with waiting jobs,
/// however many those have. Drawn is the least of -ln(u) · (running + 1) / weight, u being uniform and the tenant's own.
/// </remarks>
static class JobTurns
{
    /// <summary>The next job of a queue, locked until the transaction ends; null when nobody's waits.</summary>
    /// <param name="draw">A random number; the same one draws the same tenant.</param>
    public static async Task<Guid?> DrawOrNullAsync(FleetDb db, JobQueue queue, int draw, CancellationToken ct)
    {
        var name = EnumText.Of(queue);
        var drawn = await db
            .Database.SqlQuery<Guid>(
                $"""
                with recursive waiting as (
                    (
                        select tenant_id from job
                        where queue = {name} and status = 'queued' and enqueued_at is not null
                        order by tenant_id limit 1
                    )
                    union all
                    select (
                        select tenant_id from job
                        where queue = {name} and status = 'queued' and enqueued_at is not null
                            and tenant_id > waiting.tenant_id
                        order by tenant_id limit 1
                    )
                    from waiting where tenant_id is not null
                ), busy as (
                    select tenant_id, count(*) as jobs from job
                    where status in ('running', 'canceling') and queue = {name} group by tenant_id
                ), drawn as (
                    select id from tenant
                    join waiting on tenant_id = id
                    left join busy using (tenant_id)
                    order by -ln(((uuid_hash_extended(id, {(long)draw}) & 4294967295) + 1) / 4294967297.0)
                        * (coalesce(jobs, 0) + 1) / weight
                )
                select job.id as "Value" from drawn
                cross join lateral (
                    select id from job
                    where queue = {name} and status = 'queued' and enqueued_at is not null and tenant_id = drawn.id
                    order by id limit 1 for update skip locked
                ) job
                limit 1
                """
            )
            .ToListAsync(ct);
        return drawn is [var id] ? id : null;
    }
}
