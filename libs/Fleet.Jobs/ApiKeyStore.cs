using System.Security.Cryptography;
using Fleet.Jobs.Rows;
using Microsoft.EntityFrameworkCore;

namespace Fleet.Jobs;

/// <summary>The API keys of tenants.</summary>
public sealed class ApiKeyStore(IDbContextFactory<FleetDb> contexts, TimeProvider time)
{
    /// <summary>Keys of a tenant that are neither revoked nor expired.</summary>
    public const int MaxPerTenant = 50;

    static readonly TimeSpan LastUsedStep = TimeSpan.FromMinutes(1);

    /// <summary>Makes a key; null when the tenant has as many as it may.</summary>
    /// <param name="name">What it is for, at most 64 characters.</param>
    /// <param name="scopes">Of <see cref="ApiScopes"/>.</param>
    /// <returns>Its row, and its text, which is told once.</returns>
    public async Task<(ApiKey Row, string Text)?> CreateOrNullAsync(
        Guid tenantId,
        string? name,
        IReadOnlyList<string> scopes,
        DateTimeOffset? expiresAt,
        CancellationToken ct
    )
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var now = time.GetUtcNow();
        var live = await db.ApiKeys.CountAsync(
            key => key.TenantId == tenantId && key.RevokedAt == null && (key.ExpiresAt == null || key.ExpiresAt > now),
            ct
        );
        if (live >= MaxPerTenant)
            return null;
        var text = ApiKeyText.Create();
        var row = new ApiKey
        {
            Id = text.Id,
            TenantId = tenantId,
            Name = name,
            SecretSha256 = text.SecretSha256,
            Scopes = [.. scopes],
            CreatedAt = JobStore.AsStored(now),
            ExpiresAt = expiresAt,
        };
        db.ApiKeys.Add(row);
        await db.SaveChangesAsync(ct);
        return (row, text.Reveal());
    }

    /// <summary>The tenant's keys, newest first, at most 200.</summary>
    public async Task<IReadOnlyList<ApiKey>> ListAsync(Guid tenantId, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return await db
            .ApiKeys.AsNoTracking()
            .Where(key => key.TenantId == tenantId)
            .OrderByDescending(key => key.CreatedAt)
            .Take(JobStore.MaxPage)
            .ToListAsync(ct);
    }

    /// <summary>Ends a key; the browsers that it signed in are signed out. False when the tenant has no such key.</summary>
    public async Task<bool> RevokeAsync(Guid tenantId, string id, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var now = JobStore.AsStored(time.GetUtcNow());
        return await db
                .ApiKeys.Where(key => key.TenantId == tenantId && key.Id == id)
                .ExecuteUpdateAsync(set => set.SetProperty(key => key.RevokedAt, key => key.RevokedAt ?? now), ct) == 1;
    }

    /// <summary>Who sent this key, or null when it is no valid key.</summary>
    public async Task<Caller?> AuthenticateOrNullAsync(string text, CancellationToken ct)
    {
        if (ApiKeyText.ParseOrNull(text) is not { } given)
            return null;
        await using var db = await contexts.CreateDbContextAsync(ct);
        var found = await (
            from key in db.ApiKeys.AsNoTracking()
            join tenant in db.Tenants.AsNoTracking() on key.TenantId equals tenant.Id
            where key.Id == given.Id
            select new { Key = key, Tenant = tenant }
        ).FirstOrDefaultAsync(ct);
        var now = time.GetUtcNow();
        if (
            found is null
            || !CryptographicOperations.FixedTimeEquals(found.Key.SecretSha256, given.SecretSha256)
            || found.Key.RevokedAt is not null
            || found.Key.ExpiresAt <= now
        )
        {
            return null;
        }
        if (found.Key.LastUsedAt is null || now - found.Key.LastUsedAt > LastUsedStep)
        {
            await db
                .ApiKeys.Where(key => key.Id == given.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(key => key.LastUsedAt, now), ct);
        }
        return Caller.Of(found.Key, found.Tenant);
    }
}
