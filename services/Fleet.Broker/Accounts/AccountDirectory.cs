using System.Data.Common;

namespace Fleet.Broker.Accounts;

/// <summary>
/// The usable accounts as Postgres has them, never older than <see cref="MaxAge"/>; one read at a time. A view that is asked for
/// is read again before it is too old, so that nobody waits for that.
/// </summary>
sealed class AccountDirectory(AccountStore store, TimeProvider time)
{
    /// <summary>How old the view may be; a new login is seen after this at the latest.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(5);

    static readonly TimeSpan RenewAge = MaxAge / 2;

    readonly Lock _lock = new();
    readonly SemaphoreSlim _reading = new(1, 1);
    AccountView? _view;
    AccountView? _last;
    int _changes;

    /// <summary>The view.</summary>
    public async Task<AccountView> GetAsync(CancellationToken ct)
    {
        if (FreshOrNull() is { } fresh)
        {
            if (time.GetUtcNow() - fresh.ReadAt > RenewAge)
                _ = RenewAsync();
            return fresh;
        }
        await _reading.WaitAsync(ct);
        try
        {
            if (FreshOrNull() is { } other)
                return other;
            return await ReadAsync(ct);
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>The view, or the last one while Postgres is away: leases that run go on.</summary>
    public async Task<AccountView> GetOrLastAsync(CancellationToken ct)
    {
        try
        {
            return await GetAsync(ct);
        }
        catch (DbException) when (_last is not null)
        {
            return _last;
        }
    }

    /// <summary>Makes the next <see cref="GetAsync"/> read again: an account or a flood changed here.</summary>
    public void Invalidate()
    {
        lock (_lock)
        {
            _changes++;
            _view = null;
        }
    }

    AccountView? FreshOrNull() => _view is { } view && time.GetUtcNow() - view.ReadAt < MaxAge ? view : null;

    async Task RenewAsync()
    {
        if (!await _reading.WaitAsync(TimeSpan.Zero))
            return; // it is being read
        try
        {
            await ReadAsync(CancellationToken.None);
        }
        catch (Exception e) when (e is DbException or InvalidOperationException)
        {
            // whoever asks when the view is too old meets the same, and is told
        }
        finally
        {
            _reading.Release();
        }
    }

    async Task<AccountView> ReadAsync(CancellationToken ct)
    {
        int seen;
        lock (_lock)
            seen = _changes;
        var view = await store.ReadViewAsync(time.GetUtcNow(), ct);
        lock (_lock)
        {
            _last = view;
            if (seen == _changes)
                _view = view; // else it may be without what changed meanwhile
        }
        return view;
    }
}
