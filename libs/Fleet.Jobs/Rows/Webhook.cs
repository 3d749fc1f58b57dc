namespace Fleet.Jobs.Rows;

/// <summary>An address of a tenant that wants to hear about its jobs.</summary>
public sealed class WebhookEndpoint
{
    public Guid Id { get; init; }
    public Guid TenantId { get; init; }

    /// <summary>Absolute http(s) address, at most 2048 characters; unique within the tenant.</summary>
    public required string Url { get; init; }

    /// <summary>whsec_ and base64 of 24 to 64 bytes. Secret.</summary>
    public required string Secret { get; set; }

    /// <summary>The secret before this one, which signs too until <see cref="OldSecretUntil"/>. Secret.</summary>
    public string? OldSecret { get; init; }

    public DateTimeOffset? OldSecretUntil { get; init; }

    /// <summary>True: gets the events of every job of the tenant. False: only those of jobs that name its address.</summary>
    public bool EveryJob { get; set; }

    /// <summary>Deliveries that failed since the last success.</summary>
    public int FailuresInRow { get; set; }

    public DateTimeOffset? FirstFailedAt { get; set; }
    public DateTimeOffset? DisabledAt { get; set; }

    /// <summary>Why it was disabled: gone, failing, by_owner.</summary>
    public string? DisabledReason { get; set; }

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>Where a delivery stands.</summary>
public enum DeliveryState
{
    /// <summary>To be sent at <see cref="WebhookDelivery.NextAt"/>.</summary>
    Pending,

    /// <summary>Answered with 2xx.</summary>
    Delivered,

    /// <summary>Given up.</summary>
    Failed,
}

/// <summary>One event for one endpoint, written in the transaction that ended the job.</summary>
public sealed class WebhookDelivery
{
    /// <summary>msg_ and 32 hexadecimal digits: the header webhook-id, the same on every try.</summary>
    public required string Id { get; init; }

    public Guid EndpointId { get; init; }

    /// <summary>The job that it tells of; null for a test.</summary>
    public Guid? JobId { get; init; }

    /// <summary>job.succeeded, job.failed, job.canceled or webhook.test.</summary>
    public required string EventType { get; init; }

    /// <summary>Number of the event in the job's history: a receiver may drop older ones.</summary>
    public long Seq { get; init; }

    /// <summary>The exact bytes that are signed and sent.</summary>
    public required byte[] Body { get; init; }

    public DeliveryState State { get; set; }

    /// <summary>Sent because its owner asked: one try, outside the schedule.</summary>
    public bool IsManual { get; set; }

    /// <summary>Tries so far.</summary>
    public int Attempt { get; set; }

    /// <summary>Next try; set exactly while pending. A dispatcher that takes the row moves it forward, which is its lease.</summary>
    public DateTimeOffset? NextAt { get; set; }

    public int? LastStatus { get; set; }
    public string? LastError { get; set; }

    /// <summary>Beginning of the last answer's body as text, at most 1024 characters; for the endpoint's owner alone.</summary>
    public string? LastResponse { get; set; }

    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? DeliveredAt { get; set; }
}
