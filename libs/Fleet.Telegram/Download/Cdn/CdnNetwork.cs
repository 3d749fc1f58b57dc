using Fleet.MtProto;
using Fleet.MtProto.Crypto;
using Microsoft.Extensions.Logging;

namespace Fleet.Telegram;

/// <summary>The CDN data centres that this process reads from: a key and a pool each, which belong to no account and are shared
/// by every reader. Safe for use by several threads.</summary>
/// <param name="find">Asked for a data centre that is not known yet, and again after a failure.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Where new keys are told.</param>
/// <remarks>https://core.telegram.org/cdn</remarks>
public sealed partial class CdnNetwork(FindCdn find, TimeProvider time, ILogger log) : IAsyncDisposable
{
    const int Connections = 4;
    const int WindowBytes = 16 << 20;

    /// <summary>Less than elsewhere: there is another way to the file.</summary>
    const int ConnectTries = 3;

    /// <summary>Pools that were replaced and may still have calls on their way out; the oldest is closed beyond it.</summary>
    const int MaxRetired = 8;

    static readonly TimeSpan KeyDeadline = TimeSpan.FromSeconds(15);

    readonly SemaphoreSlim _gate = new(1, 1);
    readonly Dictionary<int, (CdnServer Server, DcKey Key)> _known = [];
    readonly Dictionary<int, DcPool> _pools = [];
    readonly Queue<DcPool> _retired = new();

    /// <summary>Connections to a CDN data centre. Opens them with the key that is known, or makes one.</summary>
    /// <param name="refused">A pool whose key the data centre does not know any more: neither is used again.</param>
    /// <exception cref="UnavailableException">It cannot be reached, or proves itself with no key of its own.</exception>
    internal async Task<DcPool> PoolAsync(int dc, DcPool? refused, CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            if (_pools.TryGetValue(dc, out var open))
            {
                var isRefused = ReferenceEquals(open, refused);
                if (!isRefused && !open.IsBroken)
                    return open;
                if (isRefused)
                    _known.Remove(dc);
                _pools.Remove(dc);
                _retired.Enqueue(open);
                if (_retired.Count > MaxRetired)
                    await _retired.Dequeue().DisposeAsync();
            }
            if (!_known.TryGetValue(dc, out var known))
                _known[dc] = known = await IntroduceAsync(await find(dc, ct), ct);
            return _pools[dc] = new DcPool(PoolOptions(known.Server, known.Key), time, log);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Closes every connection. Readers must have ended.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var pool in _pools.Values.Concat(_retired))
            await pool.DisposeAsync();
        _pools.Clear();
        _gate.Dispose();
    }

    /// <summary>Makes the permanent key; a CDN takes no other.</summary>
    async Task<(CdnServer Server, DcKey Key)> IntroduceAsync(CdnServer server, CancellationToken ct)
    {
        var keys = KeysOf(server);
        MtProtoException? last = null;
        foreach (var address in server.Addresses)
        {
            try
            {
                await using var connection = await MtConnection.ConnectAsync(
                    new ConnectionOptions
                    {
                        Address = address,
                        Transport = server.Transport,
                        Proxy = server.Proxy,
                        Client = ClientOf(server),
                        ServerKeys = keys,
                        KeyExchangeTimeout = KeyDeadline,
                        Time = time,
                        Logger = log,
                    },
                    ct
                );
                KeyMade(log, server.Dc);
                return (server, new DcKey(server.Dc, connection.AuthKey, connection.ServerSalt));
            }
            catch (MtProtoException e)
            {
                last = e;
            }
        }
        throw new UnavailableException($"CDN {server.Dc} cannot be reached: {last?.Message ?? "no address"}", last);
    }

    static RsaKeySet KeysOf(CdnServer server)
    {
        try
        {
            return new RsaKeySet(server.PublicKeys.Select(RsaPublicKey.FromPem).DistinctBy(k => k.Fingerprint));
        }
        catch (FormatException e)
        {
            throw new UnavailableException($"A key of CDN {server.Dc} cannot be read.", e);
        }
    }

    static DcPoolOptions PoolOptions(CdnServer server, DcKey key) =>
        new()
        {
            Dc = server.Dc,
            Addresses = server.Addresses,
            AuthKey = key.AuthKey,
            ServerSalt = key.ServerSalt,
            Client = ClientOf(server),
            Transport = server.Transport,
            Proxy = server.Proxy,
            Connections = Connections,
            WindowBytes = WindowBytes,
            ConnectTries = ConnectTries,
        };

    // A CDN is run by others: it learns the application, and nothing about who runs it.
    static ClientInfo ClientOf(CdnServer server) =>
        new(server.ApiId, DeviceModel: "n/a", SystemVersion: "n/a", AppVersion: "n/a");

    [LoggerMessage(LogLevel.Information, "Made a key with CDN {Dc}")]
    static partial void KeyMade(ILogger log, int dc);
}
