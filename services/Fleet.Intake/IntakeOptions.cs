using System.ComponentModel.DataAnnotations;

namespace Fleet.Intake;

/// <summary>Limits of the API and pace of the background work. Section <c>Intake</c>.</summary>
public sealed record IntakeOptions
{
    /// <summary>Longest request body in bytes. Default 64 KiB.</summary>
    [Range(1024, 1 << 20)]
    public int MaxBodyBytes { get; init; } = 64 * 1024;

    /// <summary>Longest body of a request for a batch, in bytes. Default 512 KiB.</summary>
    [Range(1024, 1 << 24)]
    public int MaxBatchBodyBytes { get; init; } = 512 * 1024;

    /// <summary>Life of a link that /content redirects to. Default 15 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "7.00:00:00")]
    public TimeSpan LinkLifetime { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Event streams open at once in this process; one more is refused with 503. Default 1000.</summary>
    [Range(1, 100_000)]
    public int MaxEventStreams { get; init; } = 1000;

    /// <summary>Live streams open at once in this process; one more is refused with 503. Default 256.</summary>
    [Range(1, 100_000)]
    public int MaxStreams { get; init; } = 256;

    /// <summary>Answers held back at once in this process because their caller prefers to wait; one more is answered at once. Default 256.</summary>
    [Range(1, 100_000)]
    public int MaxWaits { get; init; } = 256;

    /// <summary>How often the outbox is read when nothing was announced. Default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan OutboxInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often the reconciler looks for expired leases and due jobs. Default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan ReconcileInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A queued job older than this should have a message in its queue; else it is published again. Default 60 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan LostMessageAge { get; init; } = TimeSpan.FromSeconds(60);
}
