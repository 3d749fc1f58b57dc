using System.Collections.Concurrent;

namespace Fleet.Emulator;

/// <summary>What the emulator was asked and what it did, since it started or since <see cref="Reset"/>.</summary>
public sealed class Counters
{
    readonly ConcurrentDictionary<(string Method, int Dc), long> _calls = new();
    long _bytesServed;
    long _bytesSent;
    int _openConnections;
    long _keyExchanges;
    long _zeroLedKeys;
    long _connections;
    long _duplicateKeys;
    long _callsInFloodWindow;
    long _callsWithUpdates;
    long _callsDespiteFlood;

    /// <summary>Content bytes sent in upload.file.</summary>
    public long BytesServed => Interlocked.Read(ref _bytesServed);

    /// <summary>Bytes given to sockets, framing and encryption included.</summary>
    public long BytesSent => Interlocked.Read(ref _bytesSent);

    /// <summary>Key exchanges finished.</summary>
    public long KeyExchanges => Interlocked.Read(ref _keyExchanges);

    /// <summary>Of these, keys whose first byte is zero. A client that drops it fails there, one exchange in 256.</summary>
    public long ZeroLedKeys => Interlocked.Read(ref _zeroLedKeys);

    /// <summary>TCP connections accepted.</summary>
    public long Connections => Interlocked.Read(ref _connections);

    /// <summary>TCP connections open at the moment; not reset.</summary>
    public int OpenConnections => Volatile.Read(ref _openConnections);

    /// <summary>Logins ended by AUTH_KEY_DUPLICATED.</summary>
    public long DuplicateKeys => Interlocked.Read(ref _duplicateKeys);

    /// <summary>
    /// Calls of an account and method that had been told FLOOD_WAIT_X and came before X seconds were over. Calls already
    /// under way when the wait was announced count too, so a client with n calls in flight may reach n - 1.
    /// </summary>
    public long CallsInFloodWindow => Interlocked.Read(ref _callsInFloodWindow);

    /// <summary>Calls of logged-in clients that were not wrapped in invokeWithoutUpdates: their connection is sent updates.</summary>
    public long CallsWithUpdates => Interlocked.Read(ref _callsWithUpdates);

    /// <summary>Of these, calls that came so long after the announcement that they cannot have been under way: a client never makes one.</summary>
    public long CallsDespiteFlood => Interlocked.Read(ref _callsDespiteFlood);

    /// <summary>Calls per method and data centre, for example ("upload.getFile", 4); refused ones too.</summary>
    public IReadOnlyDictionary<(string Method, int Dc), long> Calls => _calls;

    /// <summary>Calls of a method on all data centres, or on one.</summary>
    public long CallsOf(string method, int? dc = null) =>
        _calls.Where(c => c.Key.Method == method && (dc is null || c.Key.Dc == dc)).Sum(c => c.Value);

    public void Reset()
    {
        _calls.Clear();
        Interlocked.Exchange(ref _bytesServed, 0);
        Interlocked.Exchange(ref _bytesSent, 0);
        Interlocked.Exchange(ref _keyExchanges, 0);
        Interlocked.Exchange(ref _zeroLedKeys, 0);
        Interlocked.Exchange(ref _connections, 0);
        Interlocked.Exchange(ref _duplicateKeys, 0);
        Interlocked.Exchange(ref _callsInFloodWindow, 0);
        Interlocked.Exchange(ref _callsWithUpdates, 0);
        Interlocked.Exchange(ref _callsDespiteFlood, 0);
    }

    internal void AddCall(string method, int dc) => _calls.AddOrUpdate((method, dc), 1, (_, count) => count + 1);

    internal void AddBytes(int bytes) => Interlocked.Add(ref _bytesServed, bytes);

    internal void AddSent(int bytes) => Interlocked.Add(ref _bytesSent, bytes);

    internal void AddKeyExchange(byte[] key)
    {
        Interlocked.Increment(ref _keyExchanges);
        if (key[0] == 0)
            Interlocked.Increment(ref _zeroLedKeys);
    }

    internal void AddConnection()
    {
        Interlocked.Increment(ref _connections);
        Interlocked.Increment(ref _openConnections);
    }

    internal void RemoveConnection() => Interlocked.Decrement(ref _openConnections);

    internal void AddDuplicateKey() => Interlocked.Increment(ref _duplicateKeys);

    internal void AddCallWithUpdates() => Interlocked.Increment(ref _callsWithUpdates);

    internal void AddCallInFloodWindow(bool wasUnderWay)
    {
        Interlocked.Increment(ref _callsInFloodWindow);
        if (!wasUnderWay)
            Interlocked.Increment(ref _callsDespiteFlood);
    }
}
