using System.Security.Cryptography;
using Fleet.Jobs.Rows;
using Microsoft.EntityFrameworkCore;

namespace Fleet.Jobs;

/// <summary>What a caller may do, proven by an API key.</summary>
/// <param name="Scopes">See <see cref="ApiScopes"/>.</param>
public sealed record Caller(Guid TenantId, string KeyId, IReadOnlyList<string> Scopes)
{
    /// <summary>The operator lets the tenant's jobs encode picture and sound anew.</summary>
    public bool MayTranscode { get; init; }
}

/// <summary>A new API key. Its text and the webhook secret are shown once.</summary>
public sealed record CreatedKey(string Text, string WebhookSecret)
{
    /// <summary>Hides both.</summary>
    public override string ToString() => nameof(CreatedKey);
}

/// <summary>Tenants, their API keys and their webhook endpoints.</summary>
public sealed class TenantStore(IDbContextFactory<FleetDb> contexts, TimeProvider time)
{
    static readonly TimeSpan LastUsedStep = TimeSpan.FromMinutes(1);

    /// <summary>Makes a key with every scope; the tenant too, if there is none of this name.</summary>
    public async Task<CreatedKey> CreateKeyAsync(string tenantName, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var now = time.GetUtcNow();
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into tenant (id, name, webhook_secret, created_at)
            values ({Guid.CreateVersion7(now)}, {tenantName}, {NewWebhookSecret()}, {now})
            on conflict (name) do nothing
            """,
            ct
        );
        var tenant = await db.Tenants.AsNoTracking().SingleAsync(row => row.Name == tenantName, ct);
        var key = ApiKeyText.Create();
        db.ApiKeys.Add(
            new ApiKey
            {
                Id = key.Id,
                TenantId = tenant.Id,
                SecretSha256 = key.SecretSha256,
                Scopes = [.. ApiScopes.All],
                CreatedAt = now,
            }
        );
        await db.SaveChangesAsync(ct);
        return new CreatedKey(key.Reveal(), tenant.WebhookSecret);
    }

    /// <summary>Sets a tenant's share of the slots.</summary>
    /// <param name="weight">1 to 100; twice the weight is twice the share while both have jobs waiting.</param>
    /// <returns>False when there is no tenant of this name.</returns>
    public async Task<bool> WeighAsync(string tenantName, int weight, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return await db
                .Tenants.Where(row => row.Name == tenantName)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.Weight, weight), ct) > 0;
    }

    /// <summary>Lets a tenant's jobs encode picture and sound anew, or no longer.</summary>
    /// <returns>False when there is no tenant of this name.</returns>
    public async Task<bool> PermitAsync(string tenantName, bool mayTranscode, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return await db
                .Tenants.Where(row => row.Name == tenantName)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.MayTranscode, mayTranscode), ct) > 0;
    }

    /// <summary>Who sent this key, or null when it is no valid key.</summary>
    public async Task<Caller?> AuthenticateOrNullAsync(string text, CancellationToken ct)
    {
        if (ApiKeyText.ParseOrNull(text) is not { } key)
            return null;
        await using var db = await contexts.CreateDbContextAsync(ct);
        var found = await (
            from apiKey in db.ApiKeys.AsNoTracking()
            join tenant in db.Tenants on apiKey.TenantId equals tenant.Id
            where apiKey.Id == key.Id
            select new { Key = apiKey, tenant.MayTranscode }
        ).FirstOrDefaultAsync(ct);
        var now = time.GetUtcNow();
        if (
            found is not { Key: var row }
            || !CryptographicOperations.FixedTimeEquals(row.SecretSha256, key.SecretSha256)
            || row.RevokedAt is not null
            || row.ExpiresAt <= now
        )
        {
            return null;
        }
        if (row.LastUsedAt is null || now - row.LastUsedAt > LastUsedStep)
        {
            await db
                .ApiKeys.Where(k => k.Id == key.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(k => k.LastUsedAt, now), ct);
        }
        return new Caller(row.TenantId, row.Id, row.Scopes) { MayTranscode = found.MayTranscode };
    }

    /// <summary>Registers an address for the events of every job, with a secret of its own; null when the tenant has it already.</summary>
    public async Task<WebhookEndpoint?> CreateEndpointOrNullAsync(Guid tenantId, string url, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var now = time.GetUtcNow();
        var endpoint = new WebhookEndpoint
        {
            Id = Guid.CreateVersion7(now),
            TenantId = tenantId,
            Url = url,
            Secret = NewWebhookSecret(),
            EveryJob = true,
            CreatedAt = now,
        };

        // An address known only from the webhook_url of a job becomes a registered one, with the new secret.
        var written = await db.Database.ExecuteSqlAsync(
            $"""
            insert into webhook_endpoint (id, tenant_id, url, secret, every_job, failures_in_row, created_at)
            values ({endpoint.Id}, {tenantId}, {url}, {endpoint.Secret}, true, 0, {now})
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
    public async Task<IReadOnlyList<WebhookEndpoint>> ListEndpointsAsync(Guid tenantId, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return await db
            .WebhookEndpoints.AsNoTracking()
            .Where(endpoint => endpoint.TenantId == tenantId && endpoint.EveryJob)
            .OrderBy(endpoint => endpoint.CreatedAt)
            .Take(100)
            .ToListAsync(ct);
    }

    /// <summary>Removes a registered address and what was still to be sent there; false when there is none.</summary>
    public async Task<bool> DeleteEndpointAsync(Guid tenantId, Guid endpointId, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return await db
                .WebhookEndpoints.Where(endpoint => endpoint.TenantId == tenantId && endpoint.Id == endpointId)
                .ExecuteDeleteAsync(ct) == 1;
    }

    /// <summary>The endpoint of a job's webhook_url, signed with the tenant's secret unless it is registered.</summary>
    internal static async Task<Guid> EnsureEndpointAsync(
        FleetDb db,
        Guid tenantId,
        string url,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into webhook_endpoint (id, tenant_id, url, secret, every_job, failures_in_row, created_at)
            select {Guid.CreateVersion7(
                now
            )}, id, {url}, webhook_secret, false, 0, {now} from tenant where id = {tenantId}
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
    static string NewWebhookSecret() => $"whsec_{Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))}";
}
