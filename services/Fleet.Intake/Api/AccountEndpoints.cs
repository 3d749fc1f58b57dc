using System.Globalization;
using Fleet.Hosting;
using Fleet.Intake.Limits;
using Fleet.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Fleet.Intake.Api;

/// <summary>A change to the tenant's settings.</summary>
/// <param name="KeyId">The key that made it.</param>
/// <param name="Action">For example webhook_endpoint.rotate_secret (open list).</param>
/// <param name="Target">Id of what was changed.</param>
public sealed record AuditResource(string KeyId, string Action, string Target, DateTimeOffset At);

/// <summary>A page of changes, newest first.</summary>
/// <param name="NextCursor">Gives the next page; absent on the last.</param>
public sealed record AuditPage(IReadOnlyList<AuditResource> Data, string? NextCursor);

/// <summary>What the caller may ask for, has asked for, and has changed.</summary>
static class AccountEndpoints
{
    public static void MapAccount(this WebApplication app)
    {
        app.MapGet("/v1/limits", (HttpContext http, RateLimits limits) => TypedResults.Ok(limits.Of(http.Caller())))
            .RequireScope(ApiScopes.JobsRead)
            .WithTags("account")
            .WithSummary("What you may ask for");
        app.MapGet("/v1/usage", ReadUsageAsync)
            .RequireScope(ApiScopes.JobsRead)
            .WithTags("account")
            .WithSummary("What you have asked for");
        app.MapGet("/v1/audit", ReadAuditAsync)
            .RequireScope(ApiScopes.Admin)
            .ProducesProblems(400)
            .WithTags("account")
            .WithSummary("Who changed keys, addresses and files");
    }

    static async Task<Ok<TenantUsage>> ReadUsageAsync(HttpContext http, UsageStore usage) =>
        TypedResults.Ok(await usage.ReadAsync(http.Caller().TenantId, http.RequestAborted));

    static async Task<Ok<AuditPage>> ReadAuditAsync(HttpContext http, string? limit, string? cursor, AuditLog audit)
    {
        var size = JobEndpoints.ReadLimit(limit);
        long? before = null;
        if (cursor is not null)
        {
            before = long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                ? id
                : throw new ProblemException(IntakeProblems.InvalidCursor, "Start again without a cursor.");
        }
        var page = await audit.ReadAsync(http.Caller().TenantId, before, size, http.RequestAborted);
        var next = page.Count == size ? page[^1].Id.ToString(CultureInfo.InvariantCulture) : null;
        return TypedResults.Ok(
            new AuditPage([.. page.Select(e => new AuditResource(e.KeyId, e.Action, e.Target, e.At))], next)
        );
    }
}
