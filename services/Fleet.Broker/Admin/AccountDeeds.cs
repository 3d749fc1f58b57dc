using Fleet.Broker.Accounts;
using Fleet.Jobs.Rows;
using Fleet.Sessions;

namespace Fleet.Broker.Admin;

/// <summary>Takes an account out at once: no lease, no connection. Its leases end when they are to be renewed.</summary>
sealed class DisableAccount(
    AccountStore store,
    AccountDirectory directory,
    SessionEnd session,
    AccountReport report,
    AccountEvents events
)
{
    /// <exception cref="BrokerException">account_not_found, account_state.</exception>
    public async Task<AccountStatus> RunAsync(string id, string? reason, CancellationToken ct)
    {
        await store.MoveAsync(id, AccountEvent.Disable, reason, ct);
        directory.Invalidate();
        events.Changed(id, "disabled", reason);
        await session.CloseAsync(id, ct);
        return await report.GetAsync(id, ct);
    }
}

/// <summary>Puts an account back that was disabled, drained, spared or banned. Whether Telegram lets it, its first use tells.</summary>
sealed class EnableAccount(AccountStore store, AccountDirectory directory, AccountReport report, AccountEvents events)
{
    /// <exception cref="BrokerException">account_not_found; account_state: it is logged out.</exception>
    public async Task<AccountStatus> RunAsync(string id, string? reason, CancellationToken ct)
    {
        await store.MoveAsync(id, AccountEvent.Enable, reason, ct);
        directory.Invalidate();
        events.Changed(id, "enabled", reason);
        return await report.GetAsync(id, ct);
    }
}

/// <summary>Takes an account out gently: no new lease, those that run end by themselves, and its session when it is idle.</summary>
sealed class DrainAccount(AccountStore store, AccountDirectory directory, AccountReport report, AccountEvents events)
{
    /// <exception cref="BrokerException">account_not_found; account_state: it is out already.</exception>
    public async Task<AccountStatus> RunAsync(string id, string? reason, CancellationToken ct)
    {
        await store.MoveAsync(id, AccountEvent.Drain, reason, ct);
        directory.Invalidate();
        events.Changed(id, "draining", reason);
        return await report.GetAsync(id, ct);
    }
}

/// <summary>Logs an account out at Telegram, which ends its keys in every data centre, and deletes all that is known of it.</summary>
sealed class RemoveAccount(AccountStore store, AccountDirectory directory, SessionEnd session, AccountEvents events)
{
    /// <summary>Until Telegram confirmed the logout the account stays, draining, and the removal can be repeated.</summary>
    /// <param name="force">Deletes it without telling Telegram: the login stays in its user's list of devices.</param>
    /// <exception cref="BrokerException">account_not_found; why Telegram could not be told.</exception>
    public async Task RunAsync(string id, string? reason, bool force, CancellationToken ct)
    {
        var change = await store.MoveAsync(id, AccountEvent.Remove, reason ?? "being removed", ct);
        directory.Invalidate();
        if (change.To is AccountState.Draining && !force)
            await LogOutAsync(id, ct);
        else
            await session.CloseAsync(id, ct);
        await store.DeleteAsync(id, ct);
        directory.Invalidate();
        events.Changed(id, "removed", reason);
    }

    async Task LogOutAsync(string id, CancellationToken ct)
    {
        try
        {
            await session.LogOutAsync(id, ct);
        }
        catch (BrokerException e) when (e.Code is BrokerCodes.AccountUnusable)
        {
            var change = await store.MoveAsync(id, AccountEvent.Remove, reason: null, ct);
            if (change.To is AccountState.Draining) // else Telegram said that there is no login any more
                throw;
        }
    }
}
