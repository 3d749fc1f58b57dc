using Fleet.Jobs.Rows;

namespace Fleet.Broker.Accounts;

/// <summary>What changes the state of an account.</summary>
enum AccountEvent
{
    /// <summary>It was logged in, anew or again.</summary>
    LoggedIn,

    /// <summary>An operator takes it out at once.</summary>
    Disable,

    /// <summary>An operator puts it back.</summary>
    Enable,

    /// <summary>An operator takes it out when its leases have ended.</summary>
    Drain,

    /// <summary>An operator is about to remove it: it is used for nothing but to log out.</summary>
    Remove,

    /// <summary>Telegram does not know the login any more.</summary>
    LoggedOut,

    /// <summary>Telegram closed the account.</summary>
    Banned,
}

/// <summary>The states of an account. README has the same table, and a test holds them against each other.</summary>
static class AccountLife
{
    /// <summary>States in which an account may have a connection.</summary>
    public static readonly IReadOnlyList<AccountState> Connectable =
    [
        AccountState.Active,
        AccountState.Flooded,
        AccountState.Cooling,
        AccountState.Draining,
    ];

    /// <summary>The state after an event; null when it cannot happen then.</summary>
    public static AccountState? Next(AccountState state, AccountEvent e) =>
        (state, e) switch
        {
            (_, AccountEvent.LoggedIn) => AccountState.Active,
            (_, AccountEvent.Banned) => AccountState.Banned,
            (AccountState.Banned, AccountEvent.LoggedOut or AccountEvent.Remove) => AccountState.Banned,
            (_, AccountEvent.LoggedOut) or (AccountState.LoggedOut, AccountEvent.Remove) => AccountState.LoggedOut,
            (_, AccountEvent.Remove) => AccountState.Draining,
            (AccountState.LoggedOut, _) => null, // only a login helps
            (_, AccountEvent.Enable) => AccountState.Active,
            (AccountState.Banned, _) or (AccountState.Disabled, AccountEvent.Drain) => null,
            (_, AccountEvent.Disable) => AccountState.Disabled,
            (_, AccountEvent.Drain) => AccountState.Draining,
            _ => null,
        };
}
