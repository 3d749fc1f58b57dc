using Fleet.Jobs.Rows;
using Fleet.MtProto;
using Fleet.Telegram;

namespace Fleet.Broker.Accounts;

/// <summary>
/// What an operator must hear of an account: one line in the log with an event id that stays, one count in
/// fleet_broker_account_events_total, and the state and its reason in the admin API.
/// </summary>
sealed partial class AccountEvents(ILogger<AccountEvents> log)
{
    /// <summary>Telegram's errors that end a login or an account; anything else counts as logged_out.</summary>
    static readonly string[] Known =
    [
        "AUTH_KEY_DUPLICATED",
        "AUTH_KEY_UNREGISTERED",
        "AUTH_KEY_INVALID",
        "SESSION_REVOKED",
        "SESSION_EXPIRED",
        "USER_DEACTIVATED",
        "USER_DEACTIVATED_BAN",
    ];

    /// <summary>Telegram's word for what ended the login, such as AUTH_KEY_DUPLICATED.</summary>
    public static string ReasonOf(LoginException fault) =>
        fault.InnerException is RpcException rpc && Known.Contains(rpc.Type, StringComparer.Ordinal) ? rpc.Type
        : fault.InnerException is TransportErrorException ? "AUTH_KEY_UNKNOWN"
        : "LOGGED_OUT";

    /// <summary>The login or the account is gone.</summary>
    public void Lost(string account, AccountState state, string reason)
    {
        BrokerMetrics.AccountEvent(reason.ToLowerInvariant());
        LogLost(log, account, state, reason);
    }

    /// <summary>An operator changed something.</summary>
    /// <param name="what">disabled, enabled, draining, removed.</param>
    public void Changed(string account, string what, string? reason)
    {
        BrokerMetrics.AccountEvent(what);
        LogChanged(log, account, what, reason ?? "no reason given");
    }

    [LoggerMessage(
        4001,
        LogLevel.Error,
        "Account {Account} is lost: Telegram answered {Reason}; its state is {State}, and it connects no more",
        EventName = "AccountLost"
    )]
    static partial void LogLost(ILogger log, string account, AccountState state, string reason);

    [LoggerMessage(4002, LogLevel.Information, "Account {Account} is {What}: {Reason}", EventName = "AccountChanged")]
    static partial void LogChanged(ILogger log, string account, string what, string reason);
}
