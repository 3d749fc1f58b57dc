using Microsoft.EntityFrameworkCore;

namespace Fleet.Jobs;

/// <summary>What tenants have used.</summary>
public sealed class UsageStore(IDbContextFactory<FleetDb> contexts)
{
    /// <summary>All of it. Counts a day's jobs: not for every request.</summary>
    public async Task<TenantUsage> ReadAsync(Guid tenantId, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var stored = await (
            from job in db.Jobs
            join file in db.JobFiles on job.Id equals file.JobId
            where job.TenantId == tenantId
            select (long?)file.SizeBytes
        ).SumAsync(ct);
        var active = await CountActiveAsync(db, tenantId, int.MaxValue, ct);
        var today = await TodayAsync(db, tenantId, ct);
        return new TenantUsage(active, today.Jobs, today.Bytes, stored ?? 0);
    }

    /// <summary>Jobs that have not ended, counted no further than a bound.</summary>
    public async Task<long> CountActiveAsync(Guid tenantId, int bound, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return await CountActiveAsync(db, tenantId, bound, ct);
    }

    /// <summary>Bytes of the files of the jobs made within the last 24 hours, as far as their links are resolved.</summary>
    public async Task<long> BytesTodayAsync(Guid tenantId, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return (await TodayAsync(db, tenantId, ct)).Bytes;
    }

    static async Task<long> CountActiveAsync(FleetDb db, Guid tenantId, int bound, CancellationToken ct)
    {
        var counted = await db
            .Database.SqlQuery<long>(
                $"""
                select count(*) as "Value" from (
                    select 1 from job where tenant_id = {tenantId} and status in ('queued', 'running', 'canceling')
                    limit {bound}
                ) active
                """
            )
            .ToListAsync(ct);
        return counted[0];
    }

    static async Task<Today> TodayAsync(FleetDb db, Guid tenantId, CancellationToken ct)
    {
        var found = await db
            .Database.SqlQuery<Today>(
                $"""
                select count(*) as jobs, coalesce(sum(bytes_total), 0)::bigint as bytes from job
                where tenant_id = {tenantId} and created_at > now() - interval '24 hours'
                """
            )
            .ToListAsync(ct);
        return found[0];
    }

    sealed record Today(long Jobs, long Bytes);
}
