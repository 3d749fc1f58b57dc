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

    public int? RequestsPerMinute { get; private set; }
    public int? JobsPerDay { get; private set; }
    public int? ActiveJobs { get; private set; }
    public long? BytesPerDay { get; private set; }

    /// <summary>Limits of its own.</summary>
    public TenantLimits Limits =>
        new()
        {
            RequestsPerMinute = RequestsPerMinute,
            JobsPerDay = JobsPerDay,
            ActiveJobs = ActiveJobs,
            BytesPerDay = BytesPerDay,
        };

    /// <summary>Gives it limits of its own.</summary>
    public void Limit(TenantLimits limits) =>
        (RequestsPerMinute, JobsPerDay, ActiveJobs, BytesPerDay) = (
            limits.RequestsPerMinute,
            limits.JobsPerDay,
            limits.ActiveJobs,
            limits.BytesPerDay
        );

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A credential of a tenant. The secret itself is not stored.</summary>
public sealed class ApiKey
{
    /// <summary>The 12 characters after the prefix; not secret.</summary>
    public required string Id { get; init; }

    public Guid TenantId { get; init; }

    /// <summary>What it is for, in its owner's words; at most 64 characters.</summary>
    public string? Name { get; init; }

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

/// <summary>A change that a tenant's key made.</summary>
public sealed class AuditEntry
{
    public long Id { get; init; }
    public Guid TenantId { get; init; }

    /// <summary>The key that did it, or that signed the browser in.</summary>
    public required string KeyId { get; init; }

    /// <summary>For example webhook_endpoint.rotate_secret.</summary>
    public required string Action { get; init; }

    /// <summary>Id of what was changed.</summary>
    public required string Target { get; init; }

    public DateTimeOffset At { get; init; }
}
