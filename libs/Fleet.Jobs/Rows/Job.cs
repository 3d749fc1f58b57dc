namespace Fleet.Jobs.Rows;

/// <summary>One request to turn a link into a file. The truth about it: RabbitMQ and Redis only speed it up.</summary>
public sealed class Job
{
    public Guid Id { get; init; }
    public Guid TenantId { get; init; }

    /// <summary>The batch that it was asked for in, if any.</summary>
    public Guid? BatchId { get; init; }

    public JobQueue Queue { get; init; }

    /// <summary>The link as the client gave it, at most 2048 characters.</summary>
    public required string Source { get; init; }

    /// <summary>The link to the message whose sound the file gets; null when it keeps its own.</summary>
    public string? AudioSource { get; init; }

    public required JobOptions Options { get; init; }

    /// <summary>The client's own name for the job; at most 255 characters.</summary>
    public string? ClientRef { get; init; }

    /// <summary>The client's own pairs, handed back unchanged; at most 16.</summary>
    public Dictionary<string, string>? Metadata { get; init; }

    public JobStatus Status { get; init; }

    /// <summary>What the worker is doing (open list): resolving, waiting, downloading, remuxing, uploading, finalizing.</summary>
    public string? Stage { get; init; }

    public WaitReason? WaitReason { get; init; }

    /// <summary>Set exactly when <see cref="WaitReason"/> is, unless that is <see cref="WaitReason.Shared"/> or <see cref="WaitReason.Paused"/>.</summary>
    public DateTimeOffset? WaitUntil { get; init; }

    /// <summary>What it waits for while another job brings it; set exactly when <see cref="WaitReason"/> is <see cref="WaitReason.Shared"/>.</summary>
    public Guid? AssetId { get; init; }

    /// <summary>Earliest time of the next claim.</summary>
    public DateTimeOffset RunAt { get; init; }

    /// <summary>When its message was last put into the outbox; null while it waits for <see cref="RunAt"/>, is held back or is not queued.</summary>
    public DateTimeOffset? EnqueuedAt { get; init; }

    /// <summary>Claims so far.</summary>
    public int Attempt { get; init; }

    /// <summary>Attempts that ended with a transient fault.</summary>
    public int Failures { get; init; }

    /// <summary>Attempts whose worker was lost.</summary>
    public int LostLeases { get; init; }

    /// <summary>Number of the last claim, unique over all jobs. A worker writes only under its own.</summary>
    public long Fence { get; init; }

    /// <summary>Set exactly while a worker holds the job.</summary>
    public DateTimeOffset? LeaseUntil { get; init; }

    /// <summary>The last worker that claimed it.</summary>
    public string? Worker { get; init; }

    public long BytesDone { get; internal set; }
    public long? BytesTotal { get; init; }
    public long? BytesPerSecond { get; internal set; }
    public DateTimeOffset? ProgressAt { get; internal set; }

    /// <summary>What the link holds, once resolved.</summary>
    public JobMedia? Media { get; init; }

    /// <summary>Why it failed; while it is queued or running, why the last attempt did.</summary>
    public JobError? Error { get; init; }

    /// <summary>Endpoint of the webhook_url given with the job.</summary>
    public Guid? WebhookEndpointId { get; init; }

    /// <summary>W3C trace context of the request that made it.</summary>
    public string? Traceparent { get; init; }

    /// <summary>Number of the last entry of its history.</summary>
    public long EventSeq { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Set exactly when the status is final.</summary>
    public DateTimeOffset? FinishedAt { get; init; }
}

/// <summary>A file that a job produced.</summary>
public sealed class JobFile
{
    public Guid JobId { get; init; }

    /// <summary>Name inside the job, part of its address: for example "media".</summary>
    public required string Id { get; init; }

    /// <summary>Name for people, any Unicode.</summary>
    public required string Name { get; init; }

    /// <summary>Key in the object store; holds the fence of the attempt that wrote it. Null when the file is in <see cref="Content"/>.</summary>
    public string? ObjectKey { get; init; }

    /// <summary>The file itself, when it is a small one of the job's own; null when it is in the store.</summary>
    public byte[]? Content { get; init; }

    public long SizeBytes { get; init; }
    public required string ContentType { get; init; }

    /// <summary>32 bytes.</summary>
    public required byte[] Sha256 { get; init; }

    /// <summary>mp4, mkv, webm ...; null when it is no media file.</summary>
    public string? Container { get; init; }

    public long? DurationMs { get; init; }
    public required IReadOnlyList<StreamInfo> Streams { get; init; }
    public Playability? Playable { get; init; }
}

/// <summary>An entry of a job's history (table job_event).</summary>
public sealed class JobHistory
{
    public Guid JobId { get; init; }

    /// <summary>From 1, without gaps within a job.</summary>
    public long Seq { get; init; }

    /// <summary>created, claimed, media, stage, attached, yielded, postponed, retried, lease_lost, cancel_asked, retry_asked, succeeded, failed, canceled.</summary>
    public required string Type { get; init; }

    /// <summary>JSON object.</summary>
    public required string Data { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A message that is to be published; the row goes when RabbitMQ has confirmed it.</summary>
public sealed class OutboxMessage
{
    public long Id { get; init; }
    public JobQueue Queue { get; init; }
    public Guid JobId { get; init; }
    public string? Traceparent { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A request that was carried out under an Idempotency-Key, written in the job's own transaction.</summary>
public sealed class IdempotencyRecord
{
    public Guid TenantId { get; init; }

    /// <summary>Method and path template, for example "POST /v1/jobs".</summary>
    public required string Operation { get; init; }

    /// <summary>1 to 255 characters.</summary>
    public required string Key { get; init; }

    /// <summary>SHA-256 of the canonical request body.</summary>
    public required byte[] Fingerprint { get; init; }

    /// <summary>The job that was made, or null when it was a batch.</summary>
    public Guid? JobId { get; init; }

    public Guid? BatchId { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}
