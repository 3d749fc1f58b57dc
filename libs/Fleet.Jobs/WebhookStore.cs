using System.Security.Cryptography;
using System.Text.Json;
using Fleet.Jobs.Rows;
using Microsoft.EntityFrameworkCore;

namespace Fleet.Jobs;

/// <summary>The addresses that hear of a tenant's jobs, and what was sent there.</summary>
public sealed class WebhookStore(IDbContextFactory<FleetDb> contexts, TimeProvider time)
{
    /// <summary>How long the secret before the present one signs too.</summary>
    public static readonly TimeSpan RotationOverlap = TimeSpan.FromHours(24);

    /// <summary>Type of the event that a test sends.</summary>
    public const string TestEvent = "webhook.test";

    /// <summary>Registers an address for the events of every job, with a secret of its own; null when the tenant has it already.</summary>
    public async Task<WebhookEndpoint?> CreateOrNullAsync(Guid tenantId, string url, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var now = time.GetUtcNow();

        // An address known only from the webhook_url of a job becomes a registered one, with a new secret.
        var written = await db.Database.ExecuteSqlAsync(
            $"""
            insert into webhook_endpoint (id, tenant_id, url, secret, every_job, failures_in_row, created_at)
            values ({Guid.CreateVersion7(now)}, {tenantId}, {url}, {NewSecret()}, true, 0, {now})
            on conflict (tenant_id, url) do update set every_job = true, secret = excluded.secret
                where not webhook_endpoint.every_job
            """,
            ct
        );
        return written == 0
            ? null
            : await db.WebhookEndpoints.AsNoTracking().SingleAsync(e => e.TenantId == tenantId && e.Url == url, ct);
    }

    /// <summary>The tenant's registered addresses, oldest first, at most 100.</summary>
    public async Task<IReadOnlyList<WebhookEndpoint>> ListAsync(Guid tenantId, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return await db
            .WebhookEndpoints.AsNoTracking()
            .Where(endpoint => endpoint.TenantId == tenantId && endpoint.EveryJob)
            .OrderBy(endpoint => endpoint.CreatedAt)
            .Take(100)
            .ToListAsync(ct);
    }

    /// <summary>An address of the tenant, or null.</summary>
    public async Task<WebhookEndpoint?> FindOrNullAsync(Guid tenantId, Guid id, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return await db
            .WebhookEndpoints.AsNoTracking()
            .FirstOrDefaultAsync(endpoint => endpoint.TenantId == tenantId && endpoint.Id == id, ct);
    }

    /// <summary>Removes an address and what was still to be sent there; false when there is none.</summary>
    public async Task<bool> DeleteAsync(Guid tenantId, Guid id, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return await db
                .WebhookEndpoints.Where(endpoint => endpoint.TenantId == tenantId && endpoint.Id == id)
                .ExecuteDeleteAsync(ct) == 1;
    }

    /// <summary>Gives an address a new secret; the old one signs too for <see cref="RotationOverlap"/>. Null when there is no such address.</summary>
    public async Task<WebhookEndpoint?> RotateOrNullAsync(Guid tenantId, Guid id, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var until = JobStore.AsStored(time.GetUtcNow() + RotationOverlap);
        await db.Database.ExecuteSqlAsync(
            $"""
            update webhook_endpoint set old_secret = secret, old_secret_until = {until}, secret = {NewSecret()}
            where id = {id} and tenant_id = {tenantId}
            """,
            ct
        );
        return await FindOrNullAsync(tenantId, id, ct);
    }

    /// <summary>Lets an address get events, or none for the time being. Null when there is no such address.</summary>
    public async Task<WebhookEndpoint?> SwitchOrNullAsync(Guid tenantId, Guid id, bool isOn, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var now = JobStore.AsStored(time.GetUtcNow());
        await db.Database.ExecuteSqlAsync(
            isOn
                ? (FormattableString)
                    $"""
                    update webhook_endpoint set disabled_at = null, disabled_reason = null, failures_in_row = 0,
                        first_failed_at = null
                    where id = {id} and tenant_id = {tenantId}
                    """
                : $"""
                update webhook_endpoint set disabled_at = coalesce(disabled_at, {now}),
                    disabled_reason = coalesce(disabled_reason, 'by_owner')
                where id = {id} and tenant_id = {tenantId}
                """,
            ct
        );
        return await FindOrNullAsync(tenantId, id, ct);
    }

    /// <summary>Has a test event sent to an address. Null when there is no such address.</summary>
    public async Task<WebhookDelivery?> TestOrNullAsync(Guid tenantId, Guid id, CancellationToken ct)
    {
        if (await FindOrNullAsync(tenantId, id, ct) is not { } endpoint)
            return null;
        await using var db = await contexts.CreateDbContextAsync(ct);
        var now = JobStore.AsStored(time.GetUtcNow());
        var payload = new
        {
            Type = TestEvent,
            Timestamp = now,
            Data = new { EndpointId = endpoint.Id },
        };
        var delivery = new WebhookDelivery
        {
            Id = $"msg_{Guid.CreateVersion7():n}",
            EndpointId = endpoint.Id,
            EventType = TestEvent,
            Body = JsonSerializer.SerializeToUtf8Bytes(payload, JobJson.Options),
            State = DeliveryState.Pending,
            IsManual = true,
            NextAt = now,
            CreatedAt = now,
        };
        db.WebhookDeliveries.Add(delivery);
        await db.SaveChangesAsync(ct);
        return delivery;
    }

    /// <summary>What was sent to an address, newest first, without the bytes.</summary>
    /// <param name="state">Only these; null means all.</param>
    /// <param name="before">Only those made before this one; null begins with the newest.</param>
    /// <param name="limit">At most <see cref="JobStore.MaxPage"/>.</param>
    public async Task<IReadOnlyList<WebhookDelivery>> ListDeliveriesAsync(
        Guid endpointId,
        DeliveryState? state,
        string? before,
        int limit,
        CancellationToken ct
    )
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        // Ids begin with the time at which they were made.
        return await db
            .WebhookDeliveries.AsNoTracking()
            .Where(d => d.EndpointId == endpointId && (state == null || d.State == state))
            .Where(d => before == null || string.Compare(d.Id, before) < 0)
            .OrderByDescending(d => d.Id)
            .Take(Math.Clamp(limit, 1, JobStore.MaxPage))
            .ToListAsync(ct);
    }

    /// <summary>Has a delivery sent once more, under its own id; one try, whatever the schedule says. Null when the tenant has no such delivery.</summary>
    public async Task<WebhookDelivery?> RedeliverOrNullAsync(Guid tenantId, string id, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var now = JobStore.AsStored(time.GetUtcNow());
        // One that is pending keeps its schedule, and is only sooner.
        await db.Database.ExecuteSqlAsync(
            $"""
            update webhook_delivery d set is_manual = d.is_manual or state <> 'pending', state = 'pending', next_at = {now},
                delivered_at = null
            from webhook_endpoint e where e.id = d.endpoint_id and e.tenant_id = {tenantId} and d.id = {id}
            """,
            ct
        );
        return await (
            from delivery in db.WebhookDeliveries.AsNoTracking()
            join endpoint in db.WebhookEndpoints on delivery.EndpointId equals endpoint.Id
            where endpoint.TenantId == tenantId && delivery.Id == id
            select delivery
        ).FirstOrDefaultAsync(ct);
    }

    /// <summary>Has the failed deliveries of an address sent again, with all their tries.</summary>
    /// <param name="since">Made at this time or later.</param>
    /// <param name="until">Made before this time; null means now.</param>
    /// <returns>How many.</returns>
    public async Task<int> RecoverAsync(
        Guid endpointId,
        DateTimeOffset since,
        DateTimeOffset? until,
        CancellationToken ct
    )
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var now = JobStore.AsStored(time.GetUtcNow());
        return await db.Database.ExecuteSqlAsync(
            $"""
            update webhook_delivery set state = 'pending', next_at = {now}, attempt = 0, is_manual = false
            where endpoint_id = {endpointId} and state = 'failed' and created_at >= {since.ToUniversalTime()}
                and created_at < {(until ?? now).ToUniversalTime()}
            """,
            ct
        );
    }

    /// <summary>The endpoint of a job's webhook_url, signed with the tenant's secret unless it is registered.</summary>
    internal static async Task<Guid> EnsureAsync(
        FleetDb db,
        Guid tenantId,
        string url,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var id = Guid.CreateVersion7(now);
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into webhook_endpoint (id, tenant_id, url, secret, every_job, failures_in_row, created_at)
            select {id}, id, {url}, webhook_secret, false, 0, {now} from tenant where id = {tenantId}
            on conflict (tenant_id, url) do nothing
            """,
            ct
        );
        return await db
            .WebhookEndpoints.Where(endpoint => endpoint.TenantId == tenantId && endpoint.Url == url)
            .Select(endpoint => endpoint.Id)
            .SingleAsync(ct);
    }

    /// <summary>whsec_ and 32 random bytes.</summary>
    internal static string NewSecret() => $"whsec_{Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))}";
}
