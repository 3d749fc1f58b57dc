using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Fleet.Emulator.Crypto;
using Fleet.Emulator.Handlers;

namespace Fleet.Emulator.Wire;

/// <summary>One data centre: its auth keys, known on its main and on its media address alike.</summary>
sealed class Dc(int id, RsaServerKey rsa)
{
    /// <summary>Auth keys kept; beyond it the oldest that nobody logged in with is forgotten.</summary>
    const int MaxAuthKeys = 20_000;

    readonly ConcurrentDictionary<long, AuthKeyState> _authKeys = new();
    readonly ConcurrentQueue<long> _order = new();

    public int Id => id;

    /// <summary>What it proves itself with in a key exchange.</summary>
    public RsaServerKey Rsa => rsa;

    public bool IsCdn => id == CdnMethods.Dc;

    public IEnumerable<AuthKeyState> AuthKeys => _authKeys.Values;

    public AuthKeyState? AuthKeyOrNull(long keyId) => _authKeys.GetValueOrDefault(keyId);

    public void Add(AuthKeyState key)
    {
        _authKeys[key.Id] = key;
        _order.Enqueue(key.Id);
        while (_authKeys.Count > MaxAuthKeys && _order.TryDequeue(out var oldest))
        {
            if (_authKeys.TryGetValue(oldest, out var candidate) && candidate.Login is null)
                _authKeys.TryRemove(oldest, out _);
            else
                _order.Enqueue(oldest);
        }
    }

    public void Remove(AuthKeyState key) => _authKeys.TryRemove(key.Id, out _);

    /// <summary>Forgets every key: clients get transport error -404.</summary>
    public void ForgetAuthKeys() => _authKeys.Clear();
}

/// <summary>One listening address of a data centre.</summary>
sealed class DcEndpoint(Dc dc, bool mediaOnly, Socket listener)
{
    public Dc Dc => dc;
    public bool MediaOnly => mediaOnly;
    public Socket Listener => listener;
    public int Port { get; } = ((IPEndPoint)listener.LocalEndPoint!).Port;
}
