using System.Collections.Concurrent;
using Fleet.Sessions;

namespace Fleet.Broker.Accounts;

/// <summary>
/// Opened secrets of the usable accounts. They are good while the account has not changed since
/// (<see cref="AccountInfo.ChangedAt"/>), which a replica knows after <see cref="AccountDirectory.MaxAge"/> at the latest.
/// </summary>
sealed class KeyRing(AccountStore store, AccountDirectory directory)
{
    readonly ConcurrentDictionary<string, Opened> _opened = new(StringComparer.Ordinal);

    /// <summary>The secrets of an account.</summary>
    /// <exception cref="BrokerException">account_unusable: it is gone, or cannot be opened.</exception>
    public async Task<AccountRecord> OpenAsync(AccountInfo account, CancellationToken ct) =>
        (await FindAsync(account, ct)).Record;

    /// <summary>The key of a data centre; null when none was made.</summary>
    /// <exception cref="BrokerException">account_unusable: the account is gone, or cannot be opened.</exception>
    public async Task<DcKeyRecord?> FindKeyAsync(AccountInfo account, int dc, CancellationToken ct)
    {
        var opened = await FindAsync(account, ct);
        if (opened.Keys.TryGetValue(dc, out var known))
            return known;
        if (await OpenAsync(() => store.FindDcKeyAsync(account.Id, dc, ct)) is not { } key)
            return null;
        return opened.Keys[dc] = key;
    }

    async Task<Opened> FindAsync(AccountInfo account, CancellationToken ct)
    {
        if (_opened.TryGetValue(account.Id, out var opened) && opened.ChangedAt == account.ChangedAt)
            return opened;
        var record = await OpenAsync(() => store.OpenAsync(account.Id, ct));
        await ForgetTheGoneAsync(ct);
        var key = new DcKeyRecord
        {
            Dc = record.HomeDc,
            AuthKey = record.AuthKey,
            ServerSalt = record.ServerSalt,
        };
        return _opened[account.Id] = new Opened(account.ChangedAt, record) { Keys = { [record.HomeDc] = key } };
    }

    /// <summary>Keeps no more than twice as many as there are accounts.</summary>
    async Task ForgetTheGoneAsync(CancellationToken ct)
    {
        var view = await directory.GetOrLastAsync(ct);
        if (_opened.Count <= 2 * (view.Usable.Count + view.Draining.Count + view.Broken.Count))
            return;
        foreach (var id in _opened.Keys.Where(id => view.Find(id) is null))
            _opened.TryRemove(id, out _);
    }

    static async Task<T> OpenAsync<T>(Func<Task<T>> open)
    {
        try
        {
            return await open();
        }
        catch (SealException e)
        {
            throw new BrokerException(BrokerCodes.AccountUnusable, "the account cannot be opened", inner: e);
        }
    }

    /// <param name="ChangedAt">What the account's was when it was opened, or an older one: never a newer one.</param>
    sealed record Opened(DateTimeOffset ChangedAt, AccountRecord Record)
    {
        public ConcurrentDictionary<int, DcKeyRecord> Keys { get; } = [];
    }
}
