namespace Fleet.Broker.Leases;

/// <summary>For how long an account is left alone after a grave sign. No I/O and no clock.</summary>
static class CircuitRule
{
    /// <summary>A longer wait is a grave sign.</summary>
    public static readonly TimeSpan GraveWait = TimeSpan.FromHours(1);

    /// <summary>Stands for a sign that names no time, such as PEER_FLOOD.</summary>
    public static readonly TimeSpan Unnamed = TimeSpan.FromHours(1);

    static readonly TimeSpan Longest = TimeSpan.FromDays(14);

    /// <summary>How long to open the circuit from <paramref name="now"/> on; null: it is open for as long already.</summary>
    /// <param name="opened">How long it was opened for the last time; null when there is none.</param>
    /// <param name="until">When it may be tried; after that it is half-open, and another sign means that the trial failed.</param>
    /// <param name="asked">The wait that the sign names.</param>
    /// <param name="now">The time.</param>
    public static TimeSpan? Next(TimeSpan? opened, DateTimeOffset until, TimeSpan asked, DateTimeOffset now)
    {
        if (opened is not { } before)
            return Shorter(asked, Longest);
        if (until > now)
            return now + asked > until ? Shorter(asked, Longest) : null;
        return Shorter(asked > before * 2 ? asked : before * 2, Longest);
    }

    static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;
}

/// <summary>
/// When a data centre tells several accounts to wait at once, nobody begins to read there for a while: 5 s, and twice
/// that each time it happens again, up to 5 min; from the beginning after 10 min without. No I/O and no clock.
/// </summary>
static class DcBackoff
{
    /// <summary>Waits announced within this time count as at once.</summary>
    public static readonly TimeSpan AtOnce = TimeSpan.FromMinutes(1);

    static readonly TimeSpan First = TimeSpan.FromSeconds(5);
    static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);
    static readonly TimeSpan Memory = TimeSpan.FromMinutes(10);

    /// <summary>The next pause; null when there is no reason for one, or one runs.</summary>
    /// <param name="level">Pauses in a row so far.</param>
    /// <param name="until">End of the last one.</param>
    /// <param name="flooded">Accounts that were told to wait at once.</param>
    /// <param name="accounts">Accounts that there are.</param>
    /// <param name="now">The time.</param>
    public static (int Level, TimeSpan Pause)? Next(
        int level,
        DateTimeOffset until,
        int flooded,
        int accounts,
        DateTimeOffset now
    )
    {
        if (flooded < 2 || flooded * 10 < accounts * 3 || now < until)
            return null;
        var next = now - until > Memory ? 1 : level + 1;
        var pause = First * Math.Pow(2, Math.Min(next, 16) - 1);
        return (next, pause < Longest ? pause : Longest);
    }
}
