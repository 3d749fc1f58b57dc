namespace Fleet.Notifier.Deliveries;

/// <summary>The ten attempts of the Standard Webhooks specification: the last is about 76 hours after the first.</summary>
/// <remarks>https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md</remarks>
public static class RetrySchedule
{
    /// <summary>Attempts before a delivery is given up.</summary>
    public const int MaxAttempts = 10;

    /// <summary>Share by which a pause may be shorter or longer.</summary>
    public const double Jitter = 0.2;

    /// <summary>Shortest pause after an endpoint said "too many requests" or did not answer in time.</summary>
    public static readonly TimeSpan SlowPause = TimeSpan.FromSeconds(60);

    static readonly TimeSpan[] Pauses =
    [
        TimeSpan.FromSeconds(5),
        TimeSpan.FromMinutes(5),
        TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(2),
        TimeSpan.FromHours(5),
        TimeSpan.FromHours(10),
        TimeSpan.FromHours(14),
        TimeSpan.FromHours(20),
        TimeSpan.FromHours(24),
    ];

    /// <summary>The pause after a failed attempt, or null when it was the last.</summary>
    /// <param name="attempt">Number of the attempt that failed, from 1.</param>
    /// <param name="jitter">0 to 1: 0 gives the shortest pause, 1 the longest.</param>
    /// <param name="retryAfter">What the endpoint asked for; held between the pause of the schedule and twice that.</param>
    /// <param name="slow">True after 429 or a timeout.</param>
    public static TimeSpan? PauseOrNull(int attempt, double jitter, TimeSpan? retryAfter, bool slow)
    {
        if (attempt is < 1 or >= MaxAttempts)
            return null;
        var scheduled = Pauses[attempt - 1];
        var pause = retryAfter is { } asked
            ? TimeSpan.FromTicks(Math.Clamp(asked.Ticks, scheduled.Ticks, 2 * scheduled.Ticks))
            : scheduled * (1 + Jitter * (2 * Math.Clamp(jitter, 0, 1) - 1));
        return slow && pause < SlowPause ? SlowPause : pause;
    }
}
