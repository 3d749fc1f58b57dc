using System.Data.Common;

namespace Fleet.Broker.Accounts;

/// <summary>The usable accounts, read from Postgres at most every <see cref="MaxAge"/>; one read at a time.</summary>
sealed class AccountDirectory(AccountStore store, TimeProvider time)
{
    /// <summary>How old the view may be; a new login is seen after this at the latest.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(5);

    readonly SemaphoreSlim _reading = new(1, 1);
    AccountView? _view;
    AccountView? _last;
    DateTimeOffset _readAt;

    /// <summary>The view.</summary>
    public async Task<AccountView> GetAsync(CancellationToken ct)
    {
        if (FreshOrNull() is { } fresh)
            return fresh;
        await _reading.WaitAsync(ct);
        try
        {
            if (FreshOrNull() is { } other)
                return other;
            var now = time.GetUtcNow();
            var view = await store.ReadViewAsync(now, ct);
            (_readAt, _view, _last) = (now, view, view);
            return view;
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
    public void Invalidate() => _view = null;

    AccountView? FreshOrNull() => _view is { } view && time.GetUtcNow() - _readAt < MaxAge ? view : null;
}
