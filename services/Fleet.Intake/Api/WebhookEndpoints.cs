using Fleet.Hosting;
using Fleet.Jobs;
using Fleet.Jobs.Rows;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Fleet.Intake.Api;

/// <summary>The body of POST /v1/webhook-endpoints.</summary>
public sealed record CreateWebhookEndpointRequest
{
    /// <summary>An absolute http(s) address, at most 2048 characters.</summary>
    public required string Url { get; init; }
}

/// <summary>An address that hears of the end of every job.</summary>
public sealed record WebhookEndpointResource
{
    public required Guid Id { get; init; }
    public required string Url { get; init; }

    /// <summary>whsec_…: verifies the signatures. Only in the answer that creates the endpoint.</summary>
    public string? Secret { get; init; }

    public DateTimeOffset? DisabledAt { get; init; }

    /// <summary>gone, failing or by_owner.</summary>
    public string? DisabledReason { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    internal static WebhookEndpointResource Of(WebhookEndpoint endpoint, bool withSecret) =>
        new()
        {
            Id = endpoint.Id,
            Url = endpoint.Url,
            Secret = withSecret ? endpoint.Secret : null,
            DisabledAt = endpoint.DisabledAt,
            DisabledReason = endpoint.DisabledReason,
            CreatedAt = endpoint.CreatedAt,
        };
}

/// <summary>Every registered address of the tenant.</summary>
public sealed record WebhookEndpointList(IReadOnlyList<WebhookEndpointResource> Data);

/// <summary>/v1/webhook-endpoints.</summary>
static class WebhookEndpoints
{
    const int MaxPerTenant = 20;

    public static void MapWebhookEndpoints(this WebApplication app)
    {
        var group = app.MapGroup("/v1/webhook-endpoints").WithTags("webhooks");
        group
            .MapPost("", CreateAsync)
            .RequireScope(ApiScopes.Webhooks)
            .Accepts<CreateWebhookEndpointRequest>("application/json")
            .ProducesProblems(400, 409, 413, 415, 422)
            .WithSummary("Register an address for webhooks");
        group.MapGet("", ListAsync).RequireScope(ApiScopes.Webhooks).WithSummary("List the registered addresses");
        group
            .MapDelete("/{id:guid}", DeleteAsync)
            .RequireScope(ApiScopes.Webhooks)
            .ProducesProblems(404)
            .WithSummary("Remove an address");
    }

    static async Task<Created<WebhookEndpointResource>> CreateAsync(HttpContext http, TenantStore tenants)
    {
        var body = await JsonBody.ReadAsync<CreateWebhookEndpointRequest>(http);
        var faults = WebhookUrls.Faults("/url", body.Value.Url).ToList();
        if (faults is [var fault, ..])
            throw new ProblemException(IntakeProblems.ValidationFailed, fault.Detail) { Errors = faults };

        var tenantId = http.Caller().TenantId;
        var known = await tenants.ListEndpointsAsync(tenantId, http.RequestAborted);
        if (known.Count >= MaxPerTenant)
            throw new ProblemException(IntakeProblems.TooManyEndpoints, $"At most {MaxPerTenant} addresses.");
        var endpoint =
            await tenants.CreateEndpointOrNullAsync(tenantId, body.Value.Url, http.RequestAborted)
            ?? throw new ProblemException(IntakeProblems.EndpointExists, "Remove it first to get a new secret.");
        return TypedResults.Created(
            $"/v1/webhook-endpoints/{endpoint.Id}",
            WebhookEndpointResource.Of(endpoint, withSecret: true)
        );
    }

    static async Task<Ok<WebhookEndpointList>> ListAsync(HttpContext http, TenantStore tenants)
    {
        var endpoints = await tenants.ListEndpointsAsync(http.Caller().TenantId, http.RequestAborted);
        return TypedResults.Ok(
            new WebhookEndpointList([.. endpoints.Select(row => WebhookEndpointResource.Of(row, withSecret: false))])
        );
    }

    static async Task<NoContent> DeleteAsync(HttpContext http, Guid id, TenantStore tenants) =>
        await tenants.DeleteEndpointAsync(http.Caller().TenantId, id, http.RequestAborted)
            ? TypedResults.NoContent()
            : throw new ProblemException(IntakeProblems.EndpointNotFound, $"There is no endpoint {id}.");
}
