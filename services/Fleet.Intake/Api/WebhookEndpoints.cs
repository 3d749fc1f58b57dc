using Fleet.Hosting;
using Fleet.Jobs;
using Fleet.Jobs.Rows;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Fleet.Intake.Api;

/// <summary>/v1/webhook-endpoints and /v1/deliveries.</summary>
sealed class WebhookEndpoints(WebhookStore webhooks, AuditLog audit)
{
    const int MaxPerTenant = 20;

    public async Task<Created<WebhookEndpointResource>> CreateAsync(HttpContext http, CancellationToken ct)
    {
        var body = await JsonBody.ReadAsync<CreateWebhookEndpointRequest>(http);
        var faults = WebhookUrls.Faults("/url", body.Value.Url).ToList();
        if (faults is [var fault, ..])
            throw new ProblemException(IntakeProblems.ValidationFailed, fault.Detail) { Errors = faults };

        var tenantId = http.Caller().TenantId;
        var known = await webhooks.ListAsync(tenantId, ct);
        if (known.Count >= MaxPerTenant)
            throw new ProblemException(IntakeProblems.TooManyEndpoints, $"At most {MaxPerTenant} addresses.");
        var endpoint =
            await webhooks.CreateOrNullAsync(tenantId, body.Value.Url, ct)
            ?? throw new ProblemException(IntakeProblems.EndpointExists, "Rotate its secret to get a new one.");
        await AuditAsync(http, "create", endpoint.Id);
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Created(
            $"/v1/webhook-endpoints/{endpoint.Id}",
            WebhookEndpointResource.Of(endpoint, withSecret: true)
        );
    }

    public async Task<Ok<WebhookEndpointList>> ListAsync(HttpContext http, CancellationToken ct)
    {
        var endpoints = await webhooks.ListAsync(http.Caller().TenantId, ct);
        return TypedResults.Ok(
            new WebhookEndpointList([.. endpoints.Select(row => WebhookEndpointResource.Of(row, withSecret: false))])
        );
    }

    public async Task<Ok<WebhookEndpointResource>> GetAsync(HttpContext http, Guid id) =>
        TypedResults.Ok(WebhookEndpointResource.Of(await FindAsync(http, id), withSecret: false));

    public async Task<NoContent> DeleteAsync(HttpContext http, Guid id)
    {
        if (!await webhooks.DeleteAsync(http.Caller().TenantId, id, http.RequestAborted))
            throw NotFound(id);
        await AuditAsync(http, "delete", id);
        return TypedResults.NoContent();
    }

    /// <summary>Gives the address a new secret. For 24 hours the old one signs too.</summary>
    public async Task<Ok<WebhookEndpointResource>> RotateAsync(HttpContext http, Guid id)
    {
        var endpoint =
            await webhooks.RotateOrNullAsync(http.Caller().TenantId, id, http.RequestAborted) ?? throw NotFound(id);
        await AuditAsync(http, "rotate_secret", id);
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(WebhookEndpointResource.Of(endpoint, withSecret: true));
    }

    /// <summary>Lets the address get events again. What was given up meanwhile can be recovered.</summary>
    public Task<Ok<WebhookEndpointResource>> EnableAsync(HttpContext http, Guid id) =>
        SwitchAsync(http, id, isOn: true);

    /// <summary>The address gets no events until it is enabled.</summary>
    public Task<Ok<WebhookEndpointResource>> DisableAsync(HttpContext http, Guid id) =>
        SwitchAsync(http, id, isOn: false);

    /// <summary>Has an event of type webhook.test sent to the address, once.</summary>
    public async Task<Accepted<DeliveryResource>> TestAsync(HttpContext http, Guid id) =>
        Accepted(await webhooks.TestOrNullAsync(http.Caller().TenantId, id, http.RequestAborted) ?? throw NotFound(id));

    /// <summary>What was sent to the address, newest first.</summary>
    /// <param name="state">pending, delivered or failed.</param>
    /// <param name="limit">1 to 200, default 50; more gives 200.</param>
    /// <param name="cursor">next_cursor of the page before.</param>
    public async Task<Ok<DeliveryPage>> DeliveriesAsync(
        HttpContext http,
        Guid id,
        string? state,
        string? limit,
        string? cursor
    )
    {
        var endpoint = await FindAsync(http, id);
        DeliveryState? wanted = state is null
            ? null
            : EnumText.ParseOrNull<DeliveryState>(state)
                ?? throw new ProblemException(IntakeProblems.InvalidQuery, "state is pending, delivered or failed.");
        var size = JobEndpoints.ReadLimit(limit);
        var page = await webhooks.ListDeliveriesAsync(endpoint.Id, wanted, cursor, size, http.RequestAborted);
        return TypedResults.Ok(
            new DeliveryPage([.. page.Select(DeliveryResource.Of)], page.Count == size ? page[^1].Id : null)
        );
    }

    /// <summary>Has a delivery sent once more, under its own id.</summary>
    public async Task<Accepted<DeliveryResource>> RedeliverAsync(HttpContext http, string id) =>
        Accepted(
            await webhooks.RedeliverOrNullAsync(http.Caller().TenantId, id, http.RequestAborted)
                ?? throw new ProblemException(IntakeProblems.DeliveryNotFound, "There is no such delivery.")
        );

    /// <summary>Has everything that failed during a time sent again, with all its tries.</summary>
    public async Task<Accepted<RecoverResult>> RecoverAsync(HttpContext http, Guid id)
    {
        var endpoint = await FindAsync(http, id);
        var body = (await JsonBody.ReadAsync<RecoverRequest>(http)).Value;
        var count = await webhooks.RecoverAsync(endpoint.Id, body.Since, body.Until, http.RequestAborted);
        await AuditAsync(http, "recover", id);
        return TypedResults.Accepted($"/v1/webhook-endpoints/{id}/deliveries", new RecoverResult(count));
    }

    async Task<Ok<WebhookEndpointResource>> SwitchAsync(HttpContext http, Guid id, bool isOn)
    {
        var endpoint =
            await webhooks.SwitchOrNullAsync(http.Caller().TenantId, id, isOn, http.RequestAborted)
            ?? throw NotFound(id);
        await AuditAsync(http, isOn ? "enable" : "disable", id);
        return TypedResults.Ok(WebhookEndpointResource.Of(endpoint, withSecret: false));
    }

    async Task<WebhookEndpoint> FindAsync(HttpContext http, Guid id) =>
        await webhooks.FindOrNullAsync(http.Caller().TenantId, id, http.RequestAborted) ?? throw NotFound(id);

    Task AuditAsync(HttpContext http, string action, Guid id) =>
        audit.WriteAsync(http.Caller(), $"webhook_endpoint.{action}", id.ToString(), http.RequestAborted);

    static Accepted<DeliveryResource> Accepted(WebhookDelivery delivery) =>
        TypedResults.Accepted($"/v1/webhook-endpoints/{delivery.EndpointId}/deliveries", DeliveryResource.Of(delivery));

    static ProblemException NotFound(Guid id) =>
        new(IntakeProblems.EndpointNotFound, $"There is no endpoint {id}, or it belongs to somebody else.");
}

/// <summary>Maps <see cref="WebhookEndpoints"/>.</summary>
static class WebhookRoutes
{
    public static void MapWebhookEndpoints(this WebApplication app)
    {
        var webhooks = app.Services.GetRequiredService<WebhookEndpoints>();
        var group = app.MapGroup("/v1/webhook-endpoints").WithTags("webhooks");
        group
            .MapPost("", webhooks.CreateAsync)
            .RequireScope(ApiScopes.Webhooks)
            .Accepts<CreateWebhookEndpointRequest>("application/json")
            .ProducesProblems(400, 409, 413, 415, 422)
            .WithSummary("Register an address for webhooks");
        group
            .MapGet("", webhooks.ListAsync)
            .RequireScope(ApiScopes.Webhooks)
            .WithSummary("List the registered addresses");
        group.MapGet("/{id:guid}", webhooks.GetAsync).About("Read an address");
        group.MapDelete("/{id:guid}", webhooks.DeleteAsync).About("Remove an address");
        group.MapPost("/{id:guid}/rotate-secret", webhooks.RotateAsync).About("Change the secret of an address");
        group.MapPost("/{id:guid}/enable", webhooks.EnableAsync).About("Send events to an address again");
        group.MapPost("/{id:guid}/disable", webhooks.DisableAsync).About("Send no events to an address");
        group.MapPost("/{id:guid}/test", webhooks.TestAsync).About("Send a test event");
        group
            .MapGet("/{id:guid}/deliveries", webhooks.DeliveriesAsync)
            .About("List what was sent to an address")
            .ProducesProblems(400);
        group
            .MapPost("/{id:guid}/recover", webhooks.RecoverAsync)
            .About("Send again what failed")
            .Accepts<RecoverRequest>("application/json")
            .ProducesProblems(400, 413, 415, 422);
        app.MapPost("/v1/deliveries/{id}/redeliver", webhooks.RedeliverAsync)
            .About("Send a delivery again")
            .WithTags("webhooks");
    }

    /// <summary>What the addresses of something that exists have in common.</summary>
    static RouteHandlerBuilder About(this RouteHandlerBuilder endpoint, string summary) =>
        endpoint.RequireScope(ApiScopes.Webhooks).ProducesProblems(404).WithSummary(summary);
}
