using Fleet.Broker.Accounts;
using Fleet.Sessions;

namespace Fleet.Broker.Admin;

/// <summary>Ends an account's main session, wherever it runs.</summary>
sealed class SessionEnd(AccountStore store, MainSessions sessions, Ownership ownership, OwnerRoute route)
{
    /// <summary>Has the session closed. An owner that cannot be asked closes it by itself when it renews its claim: the
    /// account's state forbids that.</summary>
    public async Task CloseAsync(string id, CancellationToken ct)
    {
        await sessions.CloseAsync(id);
        if (await ownership.OwnerAsync(id, ct) is not { } owner || route.To(owner) is not { } replica)
            return;
        try
        {
            await replica.SendAsync(HttpMethod.Post, $"accounts/{id}/close", ct);
        }
        catch (BrokerException e) when (e.IsTransient)
        {
            // Its claim will not be renewed.
        }
    }

    /// <summary>Ends the login at Telegram, and then the session. A login that is gone already is no error.</summary>
    /// <exception cref="BrokerException">telegram_unavailable, flood; broker_unavailable: the owner does not answer.</exception>
    public async Task LogOutAsync(string id, CancellationToken ct)
    {
        var account = await store.FindAsync(id, ct);
        await route.RunAsync(
            async () => await LogOutHereAsync(account, ct),
            async owner =>
            {
                await owner.SendAsync(HttpMethod.Post, $"accounts/{id}/log-out", ct);
                return true;
            }
        );
    }

    /// <summary>As <see cref="LogOutAsync"/>, at the owner.</summary>
    /// <exception cref="OwnedElsewhereException">This replica is not it.</exception>
    public async Task<bool> LogOutHereAsync(AccountInfo account, CancellationToken ct)
    {
        var loggedOut = await sessions.UseAsync(account, (session, c) => session.LogOutAsync(c), ct);
        await sessions.CloseAsync(account.Id);
        return loggedOut;
    }
}
