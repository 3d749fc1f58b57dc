using Fleet.Hosting;
using Fleet.Jobs;
using Fleet.Jobs.Rows;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Fleet.Intake.Api;

/// <summary>The body of POST /v1/api-keys.</summary>
public sealed record CreateApiKeyRequest
{
    /// <summary>What it is for, at most 64 characters.</summary>
    public string? Name { get; init; }

    /// <summary>jobs:read, jobs:write, webhooks, admin: at least one, and none that your own key lacks.</summary>
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>When it ends by itself; absent when it does not.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>An API key.</summary>
public sealed record ApiKeyResource
{
    /// <summary>The 12 characters after the prefix of its text.</summary>
    public required string Id { get; init; }

    public string? Name { get; init; }
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>The key itself: flt_live_…. Only in the answer that makes it.</summary>
    public string? Key { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>To the minute.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }

    internal static ApiKeyResource Of(ApiKey row, string? text) =>
        new()
        {
            Id = row.Id,
            Name = row.Name,
            Scopes = row.Scopes,
            Key = text,
            CreatedAt = row.CreatedAt,
            LastUsedAt = row.LastUsedAt,
            ExpiresAt = row.ExpiresAt,
            RevokedAt = row.RevokedAt,
        };
}

/// <summary>The tenant's keys, newest first.</summary>
public sealed record ApiKeyList(IReadOnlyList<ApiKeyResource> Data);

/// <summary>/v1/api-keys. To rotate a key, make a second one, use it, and remove the first.</summary>
sealed class ApiKeyEndpoints(ApiKeyStore keys, AuditLog audit, TimeProvider time)
{
    const int MaxName = 64;

    public async Task<Created<ApiKeyResource>> CreateAsync(HttpContext http, CancellationToken ct)
    {
        var body = (await JsonBody.ReadAsync<CreateApiKeyRequest>(http)).Value;
        ProblemItem[] faults = [.. Faults(body, http.Caller())];
        if (faults is [var fault, ..])
            throw new ProblemException(IntakeProblems.ValidationFailed, fault.Detail) { Errors = faults };
        var made =
            await keys.CreateOrNullAsync(
                http.Caller().TenantId,
                body.Name,
                [.. body.Scopes.Distinct(StringComparer.Ordinal)],
                body.ExpiresAt?.ToUniversalTime(),
                ct
            ) ?? throw new ProblemException(IntakeProblems.TooManyKeys, $"At most {ApiKeyStore.MaxPerTenant} keys.");
        await audit.WriteAsync(http.Caller(), "api_key.create", made.Row.Id, ct);
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Created($"/v1/api-keys/{made.Row.Id}", ApiKeyResource.Of(made.Row, made.Text));
    }

    public async Task<Ok<ApiKeyList>> ListAsync(HttpContext http, CancellationToken ct)
    {
        var rows = await keys.ListAsync(http.Caller().TenantId, ct);
        return TypedResults.Ok(new ApiKeyList([.. rows.Select(row => ApiKeyResource.Of(row, text: null))]));
    }

    /// <summary>Ends a key at once, and signs out the browsers that it signed in.</summary>
    public async Task<NoContent> RevokeAsync(HttpContext http, string id)
    {
        if (!await keys.RevokeAsync(http.Caller().TenantId, id, http.RequestAborted))
            throw new ProblemException(IntakeProblems.KeyNotFound, "There is no such key.");
        await audit.WriteAsync(http.Caller(), "api_key.revoke", id, http.RequestAborted);
        return TypedResults.NoContent();
    }

    IEnumerable<ProblemItem> Faults(CreateApiKeyRequest body, Caller caller)
    {
        if (body.Name is { } name && (name.Length is 0 or > MaxName || name.Any(char.IsControl)))
            yield return new("/name", $"1 to {MaxName} characters, no control characters.");
        if (body.Scopes.Count == 0 || body.Scopes.Any(scope => !ApiScopes.All.Contains(scope, StringComparer.Ordinal)))
            yield return new("/scopes", $"At least one of {string.Join(", ", ApiScopes.All)}.");
        else if (body.Scopes.Any(scope => !caller.Scopes.Contains(scope, StringComparer.Ordinal)))
            yield return new("/scopes", "A key gives no rights that it does not have.");
        if (body.ExpiresAt <= time.GetUtcNow())
            yield return new("/expires_at", "A time to come.");
    }
}

/// <summary>Maps <see cref="ApiKeyEndpoints"/>.</summary>
static class ApiKeyRoutes
{
    public static void MapApiKeys(this WebApplication app)
    {
        var keys = app.Services.GetRequiredService<ApiKeyEndpoints>();
        var group = app.MapGroup("/v1/api-keys").WithTags("account");
        group
            .MapPost("", keys.CreateAsync)
            .RequireScope(ApiScopes.Admin)
            .Accepts<CreateApiKeyRequest>("application/json")
            .ProducesProblems(400, 413, 415, 422)
            .WithSummary("Make an API key");
        group.MapGet("", keys.ListAsync).RequireScope(ApiScopes.Admin).WithSummary("List the API keys");
        group
            .MapDelete("/{id}", keys.RevokeAsync)
            .RequireScope(ApiScopes.Admin)
            .ProducesProblems(404)
            .WithSummary("End an API key");
    }
}
