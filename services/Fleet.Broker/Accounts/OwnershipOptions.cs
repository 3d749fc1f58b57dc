using System.ComponentModel.DataAnnotations;

namespace Fleet.Broker.Accounts;

/// <summary>How replicas divide the accounts' main sessions among them. Section <c>Ownership</c>.</summary>
public sealed record OwnershipOptions
{
    /// <summary>
    /// Address at which the other replicas reach this one; must be its own alone. Default: the first address it
    /// listens on, with the machine's name in place of a wildcard.
    /// </summary>
    public Uri? Address { get; init; }

    /// <summary>A claim ends this long after its last renewal, which is every quarter of it. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Claim { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Telegram is told to close a main session's connection when it has heard nothing for this long
    /// (ping_delay_disconnect); whole seconds. Another replica takes an account over no sooner than this after the claim
    /// of an owner that died or stands still. Default 15 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan ServerCloses { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long after a renewal nobody else may claim.</summary>
    internal TimeSpan Reserved => Claim + ServerCloses;

    /// <summary>Longest wait for the answer of the replica that owns an account. Shorter than the deadline of those who ask, so
    /// that another account can be tried when an owner stands still. Default 12 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(12);

    /// <summary>A main session that nobody used for this long is closed. Default 5 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Longest pause between attempts to connect a main session; the first is 1 s. Default 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(1);
}
