using Fleet.Broker.Leases;
using Fleet.Jobs.Rows;

namespace Fleet.Broker.Accounts;

/// <summary>Groups of methods that Telegram limits apart.</summary>
static class MethodClass
{
    /// <summary>upload.getFile in one data centre.</summary>
    public const string Download = "download";

    /// <summary>Calls of the main session: names, messages, authorizations.</summary>
    public const string Resolve = "resolve";
}

/// <summary>An account without its secrets.</summary>
sealed record AccountInfo(string Id, string? Label, bool IsBot, bool IsPremium, int HomeDc);

/// <summary>The states before and after an event.</summary>
sealed record StateChange(AccountState From, AccountState To);

/// <summary>A known flood wait.</summary>
sealed record Flood(string Account, int Dc, string Class, DateTimeOffset Until);

/// <summary>The usable accounts and the flood waits at one moment.</summary>
sealed record AccountView(IReadOnlyList<AccountInfo> Usable, IReadOnlyList<Flood> Floods)
{
    /// <summary>Accounts without new leases, whose running ones go on.</summary>
    public IReadOnlyList<AccountInfo> Draining { get; init; } = [];

    /// <summary>Every account whose session may be used.</summary>
    public IEnumerable<AccountInfo> Serving => Usable.Concat(Draining);

    /// <summary>Differs when the set of usable accounts, or what they may carry, differs.</summary>
    public string Signature { get; } =
        string.Join(' ', Usable.Select(account => account.IsPremium ? account.Id + "+" : account.Id));

    /// <summary>Flood waits of one class in one data centre.</summary>
    public IEnumerable<ParkedUntil> ParkedFor(string methodClass, int dc) =>
        Floods
            .Where(flood => flood.Dc == dc && string.Equals(flood.Class, methodClass, StringComparison.Ordinal))
            .Select(flood => new ParkedUntil(flood.Account, dc, flood.Until));

    /// <summary>End of the account's wait for a class in a data centre; null when it need not wait.</summary>
    public DateTimeOffset? WaitOf(AccountInfo account, int dc, string methodClass, DateTimeOffset now) =>
        Floods
            .Where(flood =>
                flood.Dc == dc
                && flood.Until > now
                && string.Equals(flood.Account, account.Id, StringComparison.Ordinal)
                && string.Equals(flood.Class, methodClass, StringComparison.Ordinal)
            )
            .Select(flood => (DateTimeOffset?)flood.Until)
            .Max();
}
