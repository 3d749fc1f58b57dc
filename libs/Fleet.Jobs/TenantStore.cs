using Fleet.Jobs.Rows;
using Microsoft.EntityFrameworkCore;

namespace Fleet.Jobs;

/// <summary>What a caller may do, proven by an API key.</summary>
/// <param name="Scopes">See <see cref="ApiScopes"/>.</param>
public sealed record Caller(Guid TenantId, string KeyId, IReadOnlyList<string> Scopes)
{
    /// <summary>The operator lets the tenant's jobs encode picture and sound anew.</summary>
    public bool MayTranscode { get; init; }

    /// <summary>Where the operator gave the tenant limits of its own.</summary>
    public TenantLimits Limits { get; init; } = new();

    internal static Caller Of(ApiKey key, Tenant tenant) =>
        new(tenant.Id, key.Id, key.Scopes) { MayTranscode = tenant.MayTranscode, Limits = tenant.Limits };
}

/// <summary>A new API key. Its text and the webhook secret are shown once.</summary>
public sealed record CreatedKey(string Text, string WebhookSecret)
{
    /// <summary>Hides both.</summary>
    public override string ToString() => nameof(CreatedKey);
}

/// <summary>What the operator decides about tenants.</summary>
public sealed class TenantStore(IDbContextFactory<FleetDb> contexts, ApiKeyStore keys, TimeProvider time)
{
    /// <summary>Makes a key with every scope; the tenant too, if there is none of this name.</summary>
    public async Task<CreatedKey> CreateKeyAsync(string tenantName, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var now = time.GetUtcNow();
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into tenant (id, name, webhook_secret, created_at)
            values ({Guid.CreateVersion7(now)}, {tenantName}, {WebhookStore.NewSecret()}, {now})
            on conflict (name) do nothing
            """,
            ct
        );
        var tenant = await db.Tenants.AsNoTracking().SingleAsync(row => row.Name == tenantName, ct);
        var made =
            await keys.CreateOrNullAsync(tenant.Id, name: null, ApiScopes.All, expiresAt: null, ct)
            ?? throw new InvalidOperationException($"Tenant {tenantName} has {ApiKeyStore.MaxPerTenant} keys already.");
        return new CreatedKey(made.Text, tenant.WebhookSecret);
    }

    /// <summary>Sets a tenant's share of the slots.</summary>
    /// <param name="weight">1 to 100; twice the weight is twice the share while both have jobs waiting.</param>
    /// <returns>False when there is no tenant of this name.</returns>
    public Task<bool> WeighAsync(string tenantName, int weight, CancellationToken ct) =>
        ChangeAsync(tenantName, tenant => tenant.Weight = weight, ct);

    /// <summary>Lets a tenant's jobs encode picture and sound anew, or no longer.</summary>
    /// <returns>False when there is no tenant of this name.</returns>
    public Task<bool> PermitAsync(string tenantName, bool mayTranscode, CancellationToken ct) =>
        ChangeAsync(tenantName, tenant => tenant.MayTranscode = mayTranscode, ct);

    /// <summary>Gives a tenant limits of its own; where they say nothing, those of the service hold.</summary>
    /// <returns>False when there is no tenant of this name.</returns>
    public Task<bool> LimitAsync(string tenantName, TenantLimits limits, CancellationToken ct) =>
        ChangeAsync(tenantName, tenant => tenant.Limit(limits), ct);

    async Task<bool> ChangeAsync(string tenantName, Action<Tenant> change, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        if (await db.Tenants.SingleOrDefaultAsync(row => row.Name == tenantName, ct) is not { } tenant)
            return false;
        change(tenant);
        await db.SaveChangesAsync(ct);
        return true;
    }
}
