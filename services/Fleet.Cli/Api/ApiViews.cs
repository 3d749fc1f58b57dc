namespace Fleet.Cli;

/// <summary>A job as the API describes it; only what the verbs show.</summary>
sealed record JobView
{
    public required Guid Id { get; init; }

    /// <summary>queued, running, canceling, succeeded, failed or canceled.</summary>
    public required string Status { get; init; }

    public string? Stage { get; init; }
    public JobWaitView? Wait { get; init; }
    public JobProgressView? Progress { get; init; }
    public JobErrorView? Error { get; init; }
    public IReadOnlyList<JobFileView> Files { get; init; } = [];
    public JobMediaView? Media { get; init; }

    public bool HasEnded => Status is "succeeded" or "failed" or "canceled";

    /// <summary>What it does now, in a word or two.</summary>
    public string Doing =>
        Wait is { } wait ? $"waiting ({wait.Reason})"
        : Status is "running" && Stage is { } stage ? stage
        : Status;
}

/// <summary>Why a job does not move, and until when, where that is known.</summary>
sealed record JobWaitView(string Reason, DateTimeOffset? Until);

/// <summary>How far a job is.</summary>
sealed record JobProgressView(long BytesDone, long? BytesTotal, long? BytesPerSecond);

/// <summary>Why a job failed.</summary>
sealed record JobErrorView(string Code, string Title, string? Detail);

/// <summary>What the link holds.</summary>
sealed record JobMediaView(string? FileName, long SizeBytes);

/// <summary>A result.</summary>
sealed record JobFileView(string Id, string Name, long SizeBytes, string Sha256, string? Container, Uri ContentUrl);

/// <summary>A registered webhook address. The secret is there only in the answer that registers it.</summary>
sealed record WebhookEndpointView(Guid Id, Uri Url, string? Secret);

/// <summary>A list as the API wraps it.</summary>
sealed record ListView<T>(IReadOnlyList<T> Data);

/// <summary>The body of POST /v1/jobs.</summary>
sealed record JobRequest(JobSourceView Source)
{
    public object? Options { get; init; }
    public string? Queue { get; init; }
    public string? ClientRef { get; init; }
}

/// <summary>The body of POST /v1/batches.</summary>
sealed record BatchRequest(IReadOnlyList<string> Links, object? Options, string? Queue);

/// <summary>A batch as the API describes it; only what the verbs show.</summary>
sealed record BatchView(Guid Id, IReadOnlyList<RefusedLinkView> Refused);

/// <summary>A link that no job was made of.</summary>
sealed record RefusedLinkView(string Link, string Code, string? Detail);

/// <summary>A request to the API.</summary>
sealed record ApiCall(HttpMethod Method, string Path)
{
    public object? Body { get; init; }

    /// <summary>It has an Idempotency-Key.</summary>
    public bool IsOnce { get; init; }
}

/// <summary>Where the file comes from.</summary>
sealed record JobSourceView(string Link, string? AudioLink = null);
