using System.Threading.Channels;
using Fleet.Telegram;

namespace Fleet.Worker.Transfer;

/// <summary>
/// What this process knows of accounts that must wait in a data centre: when one lease is told to wait, the other leases
/// of the account stop with it, and one that begins before the wait is over does not ask.
/// </summary>
sealed class FloodBoard(TimeProvider time)
{
    const int MostNews = 1000;

    readonly Channel<FloodNews> _news = Channel.CreateBounded<FloodNews>(
        new BoundedChannelOptions(MostNews) { FullMode = BoundedChannelFullMode.DropOldest }
    );
    readonly Lock _lock = new();
    readonly Dictionary<(string Account, int Dc), DateTimeOffset> _until = [];
    readonly Dictionary<(string Account, int Dc), List<DcPool>> _pools = [];

    /// <summary>A pool of the account begins, until <see cref="Remove"/>.</summary>
    public void Add(string account, int dc, DcPool pool)
    {
        TimeSpan left;
        lock (_lock)
        {
            if (!_pools.TryGetValue((account, dc), out var pools))
                _pools[(account, dc)] = pools = [];
            pools.Add(pool);
            left = _until.GetValueOrDefault((account, dc)) - time.GetUtcNow();
        }
        if (left > TimeSpan.Zero)
            pool.Park(left);
    }

    /// <summary>A pool of the account ends.</summary>
    public void Remove(string account, int dc, DcPool pool)
    {
        lock (_lock)
        {
            var pools = _pools[(account, dc)];
            pools.Remove(pool);
            if (pools.Count == 0)
                _pools.Remove((account, dc));
            if (_until.TryGetValue((account, dc), out var until) && until <= time.GetUtcNow())
                _until.Remove((account, dc));
        }
    }

    /// <summary>What other workers should hear of.</summary>
    public ChannelReader<FloodNews> News => _news.Reader;

    /// <summary>Telegram told this process that the account must wait.</summary>
    public void Told(string account, int dc, TimeSpan wait)
    {
        Flood(account, dc, wait);
        _news.Writer.TryWrite(new(account, dc, (long)wait.TotalMilliseconds));
    }

    /// <summary>The account must wait, as others were told.</summary>
    public void Flood(string account, int dc, TimeSpan wait)
    {
        DcPool[] pools;
        lock (_lock)
        {
            var until = time.GetUtcNow() + wait;
            if (until > _until.GetValueOrDefault((account, dc)))
                _until[(account, dc)] = until;
            pools = [.. _pools.GetValueOrDefault((account, dc)) ?? []];
        }
        foreach (var pool in pools)
            pool.Park(wait);
    }
}
