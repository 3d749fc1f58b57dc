using System.Collections.Concurrent;
using System.Globalization;

namespace Fleet.Emulator.Handlers;

/// <summary>
/// Which account was told to wait in which data centre with which method. Counts calls that come too early; when enforced, answers them
/// with the seconds that are left, as Telegram does.
/// </summary>
sealed class FloodLedger(TimeProvider time, Counters counters, bool enforced)
{
    /// <summary>A call that comes so long after the announcement was not under way then.</summary>
    static readonly TimeSpan UnderWay = TimeSpan.FromMilliseconds(500);

    readonly ConcurrentDictionary<
        (long UserId, int Dc, string Method),
        (DateTimeOffset Since, DateTimeOffset Until)
    > _waits = new();

    public void Open(long userId, int dc, string method, int seconds)
    {
        var now = time.GetUtcNow();
        _waits[(userId, dc, method)] = (now, now.AddSeconds(seconds));
    }

    public RpcError? CheckOrNull(long userId, int dc, string method)
    {
        if (!_waits.TryGetValue((userId, dc, method), out var wait))
            return null;
        var now = time.GetUtcNow();
        var left = wait.Until - now;
        if (left <= TimeSpan.Zero)
        {
            _waits.TryRemove((userId, dc, method), out _);
            return null;
        }
        counters.AddCallInFloodWindow(wasUnderWay: now - wait.Since < UnderWay);
        if (!enforced)
            return null;
        var seconds = (int)Math.Ceiling(left.TotalSeconds);
        return new RpcError(420, string.Create(CultureInfo.InvariantCulture, $"FLOOD_WAIT_{seconds}"));
    }
}
