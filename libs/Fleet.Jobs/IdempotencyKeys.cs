using Fleet.Jobs.Rows;
using Microsoft.EntityFrameworkCore;

namespace Fleet.Jobs;

/// <summary>The client's promise that equal keys mean the same request.</summary>
/// <param name="Operation">Method and path template, for example "POST /v1/jobs".</param>
/// <param name="Key">1 to 255 characters.</param>
/// <param name="Fingerprint">SHA-256 of the canonical request body.</param>
public sealed record IdempotencyKey(string Operation, string Key, byte[] Fingerprint);

/// <summary>Records of what was made under which key.</summary>
static class IdempotencyKeys
{
    /// <summary>Writes the record in the transaction of what it names. Waits while another transaction holds the same key; then one of them finds it taken.</summary>
    public static async Task<bool> TakeAsync(FleetDb db, IdempotencyRecord record, CancellationToken ct) =>
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into idempotency (tenant_id, operation, key, fingerprint, job_id, batch_id, created_at)
            values ({record.TenantId}, {record.Operation}, {record.Key}, {record.Fingerprint}, {record.JobId},
                {record.BatchId}, {record.CreatedAt})
            on conflict do nothing
            """,
            ct
        ) == 1;

    /// <summary>The record of a key, or null when there is none, or no key.</summary>
    public static async Task<IdempotencyRecord?> FindOrNullAsync(
        FleetDb db,
        Guid tenantId,
        IdempotencyKey? key,
        CancellationToken ct
    ) =>
        key is null
            ? null
            : await db
                .Idempotency.AsNoTracking()
                .FirstOrDefaultAsync(
                    row => row.TenantId == tenantId && row.Operation == key.Operation && row.Key == key.Key,
                    ct
                );

    /// <summary>The record that another transaction has taken: it has committed, or taking the key would still wait.</summary>
    public static async Task<IdempotencyRecord> FindTakenAsync(
        FleetDb db,
        Guid tenantId,
        IdempotencyKey key,
        CancellationToken ct
    ) =>
        await FindOrNullAsync(db, tenantId, key, ct)
        ?? throw new InvalidOperationException("An idempotency record vanished while it was read.");

    /// <summary>Whether the record was made by the same request.</summary>
    public static bool IsOf(this IdempotencyRecord record, IdempotencyKey key) =>
        record.Fingerprint.AsSpan().SequenceEqual(key.Fingerprint);
}
