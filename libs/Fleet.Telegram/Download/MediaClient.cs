using System.ComponentModel.DataAnnotations;
using Fleet.MtProto;

namespace Fleet.Telegram;

/// <summary>How much of one account a <see cref="MediaClient"/> may use.</summary>
public sealed record MediaClientOptions
{
    /// <summary>Connections per data centre; null: 2, with Telegram Premium 8.</summary>
    [Range(1, 32)]
    public int? Connections { get; init; }

    /// <summary>Longest FLOOD_WAIT slept through. Default 1 minute: nobody else could go on with the file.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan SleepThroughMax { get; init; } = TimeSpan.FromMinutes(1);
}

/// <summary>Reads files with one account, all in this process: the engine without any service. Keeps one pool per data centre.</summary>
public sealed class MediaClient(
    MainSession session,
    MainSessionOptions telegram,
    MediaClientOptions options,
    MediaReaderContext context
) : IAsyncDisposable
{
    const int FreeWindow = 2 << 20;
    const int PremiumWindow = 16 << 20;

    readonly SemaphoreSlim _gate = new(1, 1);
    readonly Dictionary<int, DcKey> _keys = [];
    readonly Dictionary<int, DcPool> _pools = [];
    readonly List<DcPool> _retired = [];
    readonly CdnNetwork _cdn = new(session.FindCdnAsync, context.Time, context.Log);
    IReadOnlyList<DcAddress> _addresses = telegram.Addresses;

    /// <summary>Keys made or given so far, one per data centre; worth keeping for the next run.</summary>
    public IReadOnlyCollection<DcKey> Keys => _keys.Values;

    /// <summary>Adds a key made earlier. A refused one is replaced.</summary>
    public void AddKey(DcKey key) => _keys[key.Dc] = key;

    /// <summary>Opens a file for reading; makes a key for its data centre when there is none.</summary>
    /// <exception cref="TelegramException">No access to the data centre.</exception>
    public async Task<MediaReader> OpenAsync(ResolvedMedia media, CancellationToken ct)
    {
        var pool = await PoolAsync(media.Description.Dc, renewal: null, ct);
        var access = new MediaAccess(pool, media.Location, session.State is { IsBot: true } ? null : _cdn);
        return new MediaReader(
            access,
            media.Description.Size,
            (renewal, token) => RenewAsync(media, renewal, token),
            context
        );
    }

    /// <summary>Closes every connection. Readers must have ended.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var pool in _pools.Values.Concat(_retired))
            await pool.DisposeAsync();
        _pools.Clear();
        await _cdn.DisposeAsync();
        _gate.Dispose();
    }

    async Task<MediaAccess> RenewAsync(ResolvedMedia media, AccessRenewal renewal, CancellationToken ct)
    {
        var stale = renewal.Stale;
        if (renewal.Fault == AccessFault.FileReference)
        {
            var fresh = await session.LocateAsync(media.Origin, media.Description.Key, ct);
            return stale with { Location = fresh.Location };
        }
        if (renewal.Fault == AccessFault.Takeout && stale.Pool.TakeoutId is { } ended)
            await session.RestartTakeoutAsync(ended, renewal.Cause, ct);
        return stale with { Pool = await PoolAsync(renewal.Dc, renewal, ct) };
    }

    /// <summary>The pool of a data centre, opened when there is none.</summary>
    /// <param name="dc">The data centre.</param>
    /// <param name="renewal">What was wrong with a pool that is not to be used again; null when nothing was.</param>
    async Task<DcPool> PoolAsync(int dc, AccessRenewal? renewal, CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            var stale = renewal is { Fault: not AccessFault.Migrated } ? renewal.Stale.Pool : null;
            if (_pools.TryGetValue(dc, out var open) && !ReferenceEquals(open, stale))
                return open;
            if (open is not null)
            {
                _pools.Remove(dc);
                _retired.Add(open); // parts may still be on their way out of it
            }
            if (open is not null && renewal is { Fault: AccessFault.KeyRejected })
                _keys.Remove(dc);
            if (renewal is { Fault: AccessFault.Address })
                _addresses = await session.GetAddressesAsync(ct);
            if (!_keys.TryGetValue(dc, out var key))
                _keys[dc] = key = await session.CreateDcKeyAsync(dc, ct);
            return _pools[dc] = new DcPool(PoolOptions(key), context.Time, context.Log);
        }
        finally
        {
            _gate.Release();
        }
    }

    DcPoolOptions PoolOptions(DcKey key)
    {
        var premium = session.State is { IsPremium: true };
        var connections = options.Connections ?? (premium ? 8 : 2);
        // Two parts per connection, for whoever asks for more connections than the account's rule.
        var asked = Math.Min(PremiumWindow, connections * 2 * context.Options.PartBytes);
        var window = premium ? PremiumWindow : FreeWindow;
        return new DcPoolOptions
        {
            Dc = key.Dc,
            Addresses = (telegram with { Addresses = _addresses }).MediaAddresses(key.Dc),
            TakeoutId = session.TakeoutId,
            AuthKey = key.AuthKey,
            ServerSalt = key.ServerSalt,
            Client = telegram.Client,
            Transport = telegram.Transport,
            Proxy = telegram.Proxy,
            Connections = connections,
            WindowBytes = options.Connections is null ? window : Math.Max(window, asked),
            SleepThroughMax = options.SleepThroughMax,
        };
    }
}
