using Fleet.Jobs.Rows;
using Microsoft.EntityFrameworkCore;

namespace Fleet.Jobs;

/// <summary>Who changed what of a tenant's settings: its keys, its addresses, its files.</summary>
public sealed class AuditLog(IDbContextFactory<FleetDb> contexts)
{
    /// <summary>Writes an entry.</summary>
    /// <param name="action">For example webhook_endpoint.rotate_secret; at most 64 characters.</param>
    /// <param name="target">Id of what was changed, no secret; at most 128 characters.</param>
    public async Task WriteAsync(Caller caller, string action, string target, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into audit_entry (tenant_id, key_id, action, target, at)
            values ({caller.TenantId}, {caller.KeyId}, {action}, {target}, now())
            """,
            ct
        );
    }

    /// <summary>The tenant's entries, newest first.</summary>
    /// <param name="before">Only entries with a smaller id; null begins with the newest.</param>
    /// <param name="limit">At most <see cref="JobStore.MaxPage"/>.</param>
    public async Task<IReadOnlyList<AuditEntry>> ReadAsync(Guid tenantId, long? before, int limit, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return await db
            .AuditEntries.AsNoTracking()
            .Where(entry => entry.TenantId == tenantId && (before == null || entry.Id < before))
            .OrderByDescending(entry => entry.Id)
            .Take(Math.Clamp(limit, 1, JobStore.MaxPage))
            .ToListAsync(ct);
    }
}
