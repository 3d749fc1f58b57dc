using System.Collections.Concurrent;
using System.Security.Cryptography;
using Fleet.Emulator.Wire;

namespace Fleet.Emulator.Handlers;

/// <summary>Logins on their way from one data centre to another: good once, for one minute, at the named one only.</summary>
sealed class ExportedLogins(TimeProvider time)
{
    const int MaxWaiting = 10_000;
    static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);
    readonly ConcurrentDictionary<string, (Login Login, int Dc, DateTimeOffset Until)> _waiting = new(
        StringComparer.Ordinal
    );

    public byte[] Export(Login login, int dc)
    {
        var now = time.GetUtcNow();
        if (_waiting.Count >= MaxWaiting)
        {
            foreach (var stale in _waiting.Where(w => w.Value.Until < now))
                _waiting.TryRemove(stale.Key, out _);
        }
        if (_waiting.Count >= MaxWaiting)
            throw new RpcException(420, "FLOOD_WAIT_60");
        var token = RandomNumberGenerator.GetBytes(128);
        _waiting[Convert.ToHexString(token)] = (login, dc, now + Lifetime);
        return token;
    }

    public Login Import(long userId, byte[] token, int dc)
    {
        if (!_waiting.TryRemove(Convert.ToHexString(token), out var waiting))
            throw new RpcException(400, "AUTH_BYTES_INVALID");
        if (waiting.Until < time.GetUtcNow() || waiting.Dc != dc)
            throw new RpcException(400, "AUTH_BYTES_INVALID");
        if (waiting.Login.Account.UserId != userId)
            throw new RpcException(400, "USER_ID_INVALID");
        return waiting.Login;
    }
}
