namespace Fleet.Telegram;

/// <summary>Delays between tries: doubles from the first to the longest, each shortened by up to a quarter at random so that many
/// clients do not come back at once.</summary>
sealed class Backoff(TimeSpan first, TimeSpan longest)
{
    /// <summary>How long to wait before the next try.</summary>
    /// <param name="failures">Failures in a row so far, 1 or more.</param>
    /// <param name="random">0 to 1.</param>
    public TimeSpan After(int failures, double random)
    {
        var doublings = Math.Clamp(failures - 1, 0, 30);
        var full = Math.Min(longest.TotalSeconds, first.TotalSeconds * Math.Pow(2, doublings));
        return TimeSpan.FromSeconds(full * (1 - (random / 4)));
    }
}
