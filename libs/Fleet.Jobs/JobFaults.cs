namespace Fleet.Jobs;

/// <summary>What a fault means for the job.</summary>
public enum FaultClass
{
    /// <summary>Trying again cannot help: the job fails at once.</summary>
    Permanent,

    /// <summary>May pass: tried again with growing pauses, 8 tries in all.</summary>
    Transient,

    /// <summary>Telegram asks to wait: does not count as a try.</summary>
    Flood,

    /// <summary>The fleet is busy: does not count as a try.</summary>
    Capacity,
}

/// <summary>A kind of failure of a job.</summary>
/// <param name="Code">Stable snake_case name that programs compare.</param>
/// <param name="Class">What it means for the job.</param>
/// <param name="Title">One sentence, the same for every occurrence.</param>
public sealed record JobFault(string Code, FaultClass Class, string Title);

/// <summary>Every code that <c>job.error.code</c> can have. The broker's codes are among them under the same names.</summary>
public static class JobFaults
{
    public const string WorkerLost = "worker_lost";
    public const string Internal = "internal_error";

    static readonly JobFault[] Known =
    [
        new("link_invalid", FaultClass.Permanent, "This is not a Telegram link."),
        new("link_unsupported", FaultClass.Permanent, "Links of this form cannot be downloaded."),
        new("message_not_found", FaultClass.Permanent, "The chat or the message does not exist."),
        new("no_media", FaultClass.Permanent, "The message holds no file."),
        new("content_protected", FaultClass.Permanent, "The chat forbids saving its content."),
        new("source_private", FaultClass.Permanent, "No account of this service may read the chat."),
        new("invite_names_no_message", FaultClass.Permanent, "An invitation names no message."),
        new("too_many_items", FaultClass.Permanent, "The link asks for more files than one job may have."),
        new("too_large", FaultClass.Permanent, "The file is larger than the limit."),
        new("media_unsupported", FaultClass.Permanent, "The file cannot be put into the container that was asked for."),
        new("media_lengths_differ", FaultClass.Permanent, "Picture and sound do not last equally long."),
        new("transcode_too_long", FaultClass.Permanent, "The film is too long to be encoded anew."),
        new("not_one_file", FaultClass.Permanent, "Picture and sound that are to be joined are one file each."),
        new("media_truncated", FaultClass.Permanent, "The file is cut off."),
        new("media_invalid", FaultClass.Permanent, "The file is no media file, or it is damaged."),
        new(WorkerLost, FaultClass.Permanent, "The worker was lost three times while it ran this job."),
        new("flood", FaultClass.Flood, "Telegram asked to wait."),
        new("no_capacity", FaultClass.Capacity, "Every account is busy."),
        new("no_account", FaultClass.Capacity, "There is no usable account."),
        new("account_unusable", FaultClass.Transient, "The account cannot be used."),
        new("telegram_unavailable", FaultClass.Transient, "Telegram cannot be reached or answered wrongly."),
        new("broker_unavailable", FaultClass.Transient, "The session broker cannot be reached."),
        new("transfer_corrupt", FaultClass.Transient, "The bytes that arrived are not the file's."),
        new("hash_mismatch", FaultClass.Transient, "The bytes that Telegram sends do not have the hash that it gives."),
        new("storage_unavailable", FaultClass.Transient, "The object store cannot be reached."),
        new("remux_failed", FaultClass.Transient, "FFmpeg failed."),
        new("remux_timeout", FaultClass.Transient, "FFmpeg made no progress."),
        new("media_tool_missing", FaultClass.Transient, "The worker has no FFmpeg."),
        new("disk_full", FaultClass.Transient, "The worker has no room for the file."),
        new(Internal, FaultClass.Transient, "The worker failed."),
    ];

    static readonly Dictionary<string, JobFault> ByCode = Known.ToDictionary(
        fault => fault.Code,
        StringComparer.Ordinal
    );

    /// <summary>True when the fault lies in how the job asked, so that another link to the same file may do.</summary>
    public static bool IsOfLink(string code) =>
        code is "message_not_found" or "no_media" or "content_protected" or "source_private" or "link_unsupported";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<JobFault> All => Known;

    /// <summary>The fault with a code; a code that is not registered counts as <see cref="Internal"/>.</summary>
    public static JobFault Of(string code) => ByCode.GetValueOrDefault(code) ?? ByCode[Internal];
}

/// <summary>Why a job failed, or why its last attempt did. Shown to the client: no secret in it.</summary>
public sealed record JobError
{
    /// <summary>An entry of <see cref="JobFaults"/>.</summary>
    public required string Code { get; init; }

    /// <summary>One sentence, the same for every occurrence.</summary>
    public required string Title { get; init; }

    /// <summary>What happened this time.</summary>
    public string? Detail { get; init; }

    /// <summary>Stage in which it happened.</summary>
    public string? Stage { get; init; }

    /// <summary>Attempt in which it happened, from 1.</summary>
    public int Attempt { get; init; }

    /// <summary>True when submitting the same job again may succeed.</summary>
    public bool Retryable { get; init; }

    /// <summary>Describes one occurrence of a registered fault.</summary>
    public static JobError Of(string code, string? detail = null)
    {
        var fault = JobFaults.Of(code);
        return new JobError
        {
            Code = fault.Code,
            Title = fault.Title,
            Detail = detail,
            Retryable = fault is { Class: not FaultClass.Permanent } or { Code: JobFaults.WorkerLost },
        };
    }
}

/// <summary>How long a job pauses between tries.</summary>
public static class RetryPolicy
{
    /// <summary>Tries before a transient fault becomes final.</summary>
    public const int MaxTries = 8;

    /// <summary>Lost leases before the job fails with <see cref="JobFaults.WorkerLost"/>.</summary>
    public const int MaxLostLeases = 3;

    static readonly TimeSpan First = TimeSpan.FromSeconds(2);
    static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    /// <summary>2 s, 4 s, 8 s ... up to 15 min, each lengthened by up to a quarter.</summary>
    /// <param name="failures">Failed tries so far, from 1.</param>
    /// <param name="jitter">0 to 1.</param>
    public static TimeSpan Pause(int failures, double jitter)
    {
        var doubled = First * Math.Pow(2, Math.Min(failures, 16) - 1);
        var capped = doubled < Longest ? doubled : Longest;
        return capped * (1 + Math.Clamp(jitter, 0, 1) / 4);
    }
}
