using Fleet.Jobs.Rows;

namespace Fleet.Jobs;

/// <summary>A job as clients see it: the answer of the API and the data of a webhook.</summary>
public sealed record JobResource
{
    /// <summary>UUID.</summary>
    public required Guid Id { get; init; }

    /// <summary>queued, running, canceling, succeeded, failed or canceled.</summary>
    public required JobStatus Status { get; init; }

    /// <summary>What is being done (open list): resolving, waiting, downloading, remuxing, uploading, finalizing.</summary>
    public string? Stage { get; init; }

    /// <summary>Why nothing moves, while nothing moves.</summary>
    public JobWaitResource? Wait { get; init; }

    /// <summary>How far it is; absent before the first byte.</summary>
    public JobProgressResource? Progress { get; init; }

    /// <summary>Attempts begun.</summary>
    public required int Attempts { get; init; }

    /// <summary>Why it failed.</summary>
    public JobError? Error { get; init; }

    /// <summary>Where the file comes from.</summary>
    public required JobSource Source { get; init; }

    /// <summary>What was asked for.</summary>
    public required JobOptions Options { get; init; }

    /// <summary>interactive or bulk.</summary>
    public required JobQueue Queue { get; init; }

    /// <summary>The batch that it was asked for in, if any.</summary>
    public Guid? BatchId { get; init; }

    /// <summary>The client's own name for the job.</summary>
    public string? ClientRef { get; init; }

    /// <summary>The client's own pairs.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>What the link holds, once resolved.</summary>
    public JobMedia? Media { get; init; }

    /// <summary>The results; empty until the job has succeeded.</summary>
    public required IReadOnlyList<JobFileResource> Files { get; init; }

    /// <summary>Addresses of the job.</summary>
    public required JobLinksResource Links { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Describes a row and its files.</summary>
    public static JobResource Of(Job job, IEnumerable<JobFile> files, Uri? publicUrl)
    {
        var self = $"{publicUrl?.AbsoluteUri.TrimEnd('/')}/v1/jobs/{job.Id}";
        return new JobResource
        {
            Id = job.Id,
            Status = job.Status,
            Stage = job.Stage,
            Wait = job.WaitReason is { } reason ? new JobWaitResource(reason, job.WaitUntil) : null,
            Progress = ProgressOf(job),
            Attempts = job.Attempt,
            Error = job.Status == JobStatus.Failed ? job.Error : null,
            Source = new JobSource(job.Source) { AudioLink = job.AudioSource },
            Options = job.Options,
            Queue = job.Queue,
            BatchId = job.BatchId,
            ClientRef = job.ClientRef,
            Metadata = job.Metadata,
            Media = job.Media,
            Files = [.. files.Select(file => FileOf(file, self))],
            Links = new JobLinksResource(self, $"{self}/events", $"{self}/cancel"),
            CreatedAt = job.CreatedAt,
            StartedAt = job.StartedAt,
            FinishedAt = job.FinishedAt,
        };
    }

    static JobProgressResource? ProgressOf(Job job)
    {
        if (job.ProgressAt is not { } at)
            return null;
        var left = job.BytesTotal - job.BytesDone;
        return new JobProgressResource
        {
            BytesDone = job.BytesDone,
            BytesTotal = job.BytesTotal,
            Percent = job.BytesTotal is > 0 ? Math.Round(100.0 * job.BytesDone / job.BytesTotal.Value, 1) : null,
            BytesPerSecond = job.BytesPerSecond,
            EtaSeconds = job.BytesPerSecond is > 0 ? left / job.BytesPerSecond : null,
            UpdatedAt = at,
        };
    }

    static JobFileResource FileOf(JobFile file, string self) =>
        new()
        {
            Id = file.Id,
            Name = file.Name,
            SizeBytes = file.SizeBytes,
            ContentType = file.ContentType,
            Sha256 = Convert.ToHexStringLower(file.Sha256),
            Container = file.Container,
            DurationMs = file.DurationMs,
            Streams = file.Streams,
            Playable = file.Playable,
            ContentUrl = $"{self}/files/{file.Id}/content",
        };
}

/// <summary>Where a file comes from.</summary>
/// <param name="Link">A link to a Telegram message, at most 2048 characters.</param>
public sealed record JobSource(string Link)
{
    /// <summary>A link to the message whose sound the file gets instead of its own; picture and sound last equally long, within a second.</summary>
    public string? AudioLink { get; init; }
}

/// <summary>Why nothing moves.</summary>
/// <param name="Reason">flood, capacity, retry, or shared: another job is fetching the same file, and its progress is shown.</param>
/// <param name="Until">Until when; absent when the reason is shared.</param>
public sealed record JobWaitResource(WaitReason Reason, DateTimeOffset? Until);

/// <summary>Addresses of a job; paths when the service has no public address.</summary>
public sealed record JobLinksResource(string Self, string Events, string Cancel);

/// <summary>How far the present attempt is.</summary>
public sealed record JobProgressResource
{
    public required long BytesDone { get; init; }
    public long? BytesTotal { get; init; }

    /// <summary>0 to 100.</summary>
    public double? Percent { get; init; }

    public long? BytesPerSecond { get; init; }
    public long? EtaSeconds { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>A result.</summary>
public sealed record JobFileResource
{
    public required string Id { get; init; }

    /// <summary>Name for people, any Unicode.</summary>
    public required string Name { get; init; }

    public required long SizeBytes { get; init; }
    public required string ContentType { get; init; }

    /// <summary>64 hexadecimal digits.</summary>
    public required string Sha256 { get; init; }

    public string? Container { get; init; }
    public long? DurationMs { get; init; }
    public required IReadOnlyList<StreamInfo> Streams { get; init; }
    public Playability? Playable { get; init; }

    /// <summary>Stable address that redirects to a fresh link.</summary>
    public required string ContentUrl { get; init; }
}
