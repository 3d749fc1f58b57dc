namespace Fleet.Broker.Leases;

/// <summary>
/// How much weight an account may carry in one data centre: grows additively while it is used, shrinks by a factor when
/// Telegram asks to wait. No I/O and no clock. renew.lua does the same; a test holds the two against each other.
/// </summary>
static class CapRule
{
    /// <summary>Lowest cap. An idle account takes one lease whatever its cap: the probe after a flood.</summary>
    public const double Min = 0.5;

    /// <summary>Highest cap.</summary>
    public const double Max = 8;

    /// <summary>What a flood wait leaves of the cap.</summary>
    public const double FloodFactor = 0.5;

    /// <summary>What a premium wait leaves of the cap.</summary>
    public const double SlowFactor = 0.8;

    /// <summary>The cap after a report.</summary>
    /// <param name="cap">Before it, from <see cref="Min"/> to <see cref="Max"/>.</param>
    /// <param name="used">Weight of the leases that run, the reporting one included.</param>
    /// <param name="ok">Parts received. Each raises the cap by 1/cap while at least half of the cap is used.</param>
    /// <param name="slowed">There was a premium wait.</param>
    /// <param name="flooded">There was a flood wait that has not ended.</param>
    public static double Next(double cap, int used, int ok, bool slowed, bool flooded)
    {
        for (var i = 0; i < ok && cap < Max && used * 2 >= cap; i++)
            cap = Math.Min(Max, cap + (1 / cap));
        if (slowed)
            cap = Math.Max(Min, cap * SlowFactor);
        if (flooded)
            cap = Math.Max(Min, cap * FloodFactor);
        return cap;
    }
}
