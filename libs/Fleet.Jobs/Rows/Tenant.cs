namespace Fleet.Jobs.Rows;

/// <summary>A customer. Sees only its own jobs.</summary>
public sealed class Tenant
{
    public Guid Id { get; init; }

    /// <summary>Unique, 1 to 64 characters.</summary>
    public required string Name { get; init; }

    /// <summary>Signs the webhooks of jobs that name a webhook_url (whsec_...). Secret.</summary>
    public required string WebhookSecret { get; set; }

    /// <summary>Its share of the slots while others wait too, 1 to 100.</summary>
    public int Weight { get; set; } = 1;

    /// <summary>Whether its jobs may encode picture and sound anew.</summary>
    public bool MayTranscode { get; set; }

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A credential of a tenant. The secret itself is not stored.</summary>
public sealed class ApiKey
{
    /// <summary>The 12 characters after the prefix; not secret.</summary>
    public required string Id { get; init; }

    public Guid TenantId { get; init; }

    /// <summary>SHA-256 of the secret part. 190 random bits need no slow hash.</summary>
    public required byte[] SecretSha256 { get; init; }

    /// <summary>What the key may do: see <see cref="ApiScopes"/>.</summary>
    public required string[] Scopes { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? LastUsedAt { get; set; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public DateTimeOffset? RevokedAt { get; set; }
}

/// <summary>A browser that is signed in with an API key, for as long as the key is valid. The token itself is not stored.</summary>
public sealed class WebSession
{
    /// <summary>SHA-256 of the token. 256 random bits need no slow hash.</summary>
    public required byte[] TokenSha256 { get; init; }

    /// <summary>The key that signed it in.</summary>
    public required string KeyId { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset ExpiresAt { get; init; }
}
