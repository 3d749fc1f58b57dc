namespace Fleet.Telegram;

/// <summary>How often something may be done: once per interval in the long run, after a pause a burst of some at once (GCRA).
/// Pure but for its own count; safe for use by several threads.</summary>
public sealed class CallBudget
{
    readonly Lock _lock = new();
    readonly TimeSpan _interval;
    readonly TimeSpan _ahead;
    TimeSpan _due = TimeSpan.MinValue;

    /// <param name="interval">One per this long; more than zero.</param>
    /// <param name="burst">At once at most; 1 or more.</param>
    public CallBudget(TimeSpan interval, int burst)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(burst, 1);
        _interval = interval;
        _ahead = interval * (burst - 1);
    }

    /// <summary>Takes the next place, unless it comes too late; then nothing is taken.</summary>
    /// <param name="now">Time since any fixed moment; it never runs backwards.</param>
    /// <param name="patience">How late it may come.</param>
    /// <param name="wait">How long until that place, from now; zero for at once.</param>
    public bool TryTake(TimeSpan now, TimeSpan patience, out TimeSpan wait)
    {
        lock (_lock)
        {
            var due = _due > now ? _due : now;
            var early = due - _ahead - now;
            wait = early > TimeSpan.Zero ? early : TimeSpan.Zero;
            if (wait > patience)
                return false;
            _due = due + _interval;
            return true;
        }
    }
}

/// <summary>What one account may ask Telegram while it resolves. Lives as long as the account, not as its connection.</summary>
/// <param name="Names">contacts.resolveUsername, which Telegram limits most.</param>
/// <param name="Reads">Every other call.</param>
public sealed record ResolveBudget(CallBudget Names, CallBudget Reads);
