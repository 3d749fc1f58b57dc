using System.Collections.Concurrent;
using System.Globalization;

namespace Fleet.Emulator.Handlers;

/// <summary>
/// Which account was told to wait with which method. Counts calls that come too early; when enforced, answers them
/// with the seconds that are left, as Telegram does.
/// </summary>
sealed class FloodLedger(TimeProvider time, Counters counters, bool enforced)
{
    readonly ConcurrentDictionary<(long UserId, string Method), DateTimeOffset> _until = new();

    public void Open(long userId, string method, int seconds) =>
        _until[(userId, method)] = time.GetUtcNow().AddSeconds(seconds);

    public RpcError? CheckOrNull(long userId, string method)
    {
        if (!_until.TryGetValue((userId, method), out var until))
            return null;
        var left = until - time.GetUtcNow();
        if (left <= TimeSpan.Zero)
        {
            _until.TryRemove((userId, method), out _);
            return null;
        }
        counters.AddCallInFloodWindow();
        if (!enforced)
            return null;
        var seconds = (int)Math.Ceiling(left.TotalSeconds);
        return new RpcError(420, string.Create(CultureInfo.InvariantCulture, $"FLOOD_WAIT_{seconds}"));
    }
}
