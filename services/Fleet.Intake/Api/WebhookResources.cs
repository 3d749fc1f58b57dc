using Fleet.Jobs.Rows;

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

    /// <summary>whsec_…: verifies the signatures. Only in the answer that makes it.</summary>
    public string? Secret { get; init; }

    /// <summary>Until when the secret before the present one signs too.</summary>
    public DateTimeOffset? OldSecretUntil { get; init; }

    public DateTimeOffset? DisabledAt { get; init; }

    /// <summary>gone, failing or by_owner.</summary>
    public string? DisabledReason { get; init; }

    /// <summary>Tries that failed since the last success.</summary>
    public required int FailuresInRow { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    internal static WebhookEndpointResource Of(WebhookEndpoint endpoint, bool withSecret) =>
        new()
        {
            Id = endpoint.Id,
            Url = endpoint.Url,
            Secret = withSecret ? endpoint.Secret : null,
            OldSecretUntil = endpoint.OldSecretUntil,
            DisabledAt = endpoint.DisabledAt,
            DisabledReason = endpoint.DisabledReason,
            FailuresInRow = endpoint.FailuresInRow,
            CreatedAt = endpoint.CreatedAt,
        };
}

/// <summary>Every registered address of the tenant.</summary>
public sealed record WebhookEndpointList(IReadOnlyList<WebhookEndpointResource> Data);

/// <summary>One event on its way to one address.</summary>
public sealed record DeliveryResource
{
    /// <summary>The header webhook-id, the same on every try.</summary>
    public required string Id { get; init; }

    /// <summary>job.succeeded, job.failed, job.canceled or webhook.test.</summary>
    public required string EventType { get; init; }

    /// <summary>Absent for a test.</summary>
    public Guid? JobId { get; init; }

    /// <summary>pending, delivered or failed.</summary>
    public required DeliveryState State { get; init; }

    /// <summary>Tries so far.</summary>
    public required int Attempts { get; init; }

    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>HTTP status of the last answer.</summary>
    public int? LastStatus { get; init; }

    /// <summary>Why the last try failed, as a snake_case code.</summary>
    public string? LastError { get; init; }

    /// <summary>Beginning of the last answer, at most 1024 characters.</summary>
    public string? LastResponse { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? DeliveredAt { get; init; }

    internal static DeliveryResource Of(WebhookDelivery row) =>
        new()
        {
            Id = row.Id,
            EventType = row.EventType,
            JobId = row.JobId,
            State = row.State,
            Attempts = row.Attempt,
            NextAttemptAt = row.NextAt,
            LastStatus = row.LastStatus,
            LastError = row.LastError,
            LastResponse = row.LastResponse,
            CreatedAt = row.CreatedAt,
            DeliveredAt = row.DeliveredAt,
        };
}

/// <summary>A page of deliveries, newest first.</summary>
/// <param name="NextCursor">Gives the next page; absent on the last.</param>
public sealed record DeliveryPage(IReadOnlyList<DeliveryResource> Data, string? NextCursor);

/// <summary>The body of POST /v1/webhook-endpoints/{id}/recover.</summary>
public sealed record RecoverRequest
{
    /// <summary>What was made at this time or later.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>What was made before this time; absent means now.</summary>
    public DateTimeOffset? Until { get; init; }
}

/// <param name="Recovered">Deliveries that are tried again.</param>
public sealed record RecoverResult(int Recovered);
