using Fleet.Broker.Leases;

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
sealed record AccountInfo(string Id, string? Label, string State, bool IsBot, bool IsPremium, int HomeDc);

/// <summary>A known flood wait.</summary>
sealed record Flood(string Account, int Dc, string Class, DateTimeOffset Until);

/// <summary>The usable accounts and the flood waits at one moment.</summary>
sealed record AccountView(IReadOnlyList<AccountInfo> Usable, IReadOnlyList<Flood> Floods)
{
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
