namespace Fleet.Telegram;

/// <summary>When a request is given up, to be asked anew over another connection.</summary>
static class SlowRule
{
    /// <summary>Always slow, as in Telegram Desktop; unless the line needs that long for every part.</summary>
    public static readonly TimeSpan Always = TimeSpan.FromSeconds(8);

    /// <summary>Never slow.</summary>
    public static readonly TimeSpan Never = TimeSpan.FromSeconds(2);

    const int SilentMedians = 8;
    const int UsualMedians = 3;
    const int MostDoublings = 6;

    /// <summary>Whether to stop waiting.</summary>
    /// <param name="age">Time since the request left.</param>
    /// <param name="silence">Time since its connection last answered anything, or since the request left if that is less.</param>
    /// <param name="median">What answers over the connection took lately; null when nothing is known.</param>
    /// <param name="givenUp">How often this part was given up before. Each time doubles the patience, so that a line which is slow
    /// for good still gets it.</param>
    public static bool IsSlow(TimeSpan age, TimeSpan silence, TimeSpan? median, int givenUp)
    {
        var patience = 1 << Math.Min(givenUp, MostDoublings);
        if (age >= Longer(Always, median * UsualMedians) * patience)
            return true;
        return median is { } usual && silence >= Longer(Never, usual * SilentMedians) * patience;
    }

    static TimeSpan Longer(TimeSpan one, TimeSpan? other) => other > one ? other.Value : one;
}
