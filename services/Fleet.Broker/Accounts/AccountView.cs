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
/// <param name="ChangedAt">When its row or one of its keys was last written.</param>
sealed record AccountInfo(string Id, string? Label, bool IsBot, bool IsPremium, int HomeDc, DateTimeOffset ChangedAt);

/// <summary>The states before and after an event.</summary>
sealed record StateChange(AccountState From, AccountState To);

/// <summary>A known flood wait.</summary>
sealed record Flood(string Account, int Dc, string Class, DateTimeOffset Until);

/// <summary>An account that showed a grave sign: left alone until a time, then tried with one lease in one data centre.</summary>
sealed record Circuit(string Account, int Dc, int Seconds, DateTimeOffset Until);

/// <summary>A data centre that nobody reads from until a time.</summary>
sealed record Pause(int Dc, int Level, DateTimeOffset Until);

/// <summary>The accounts and what they must wait for, at one moment.</summary>
/// <param name="Usable">Accounts for everything: active, and without a circuit.</param>
/// <param name="Floods">Waits that have not ended.</param>
/// <param name="Broken">Active accounts with a circuit, open or half-open.</param>
/// <param name="Pauses">Of data centres, also those that have ended.</param>
/// <param name="ReadAt">The moment.</param>
sealed record AccountView(
    IReadOnlyList<AccountInfo> Usable,
    IReadOnlyList<Flood> Floods,
    IReadOnlyList<(AccountInfo Account, Circuit Circuit)> Broken,
    IReadOnlyList<Pause> Pauses,
    DateTimeOffset ReadAt
)
{
    readonly Dictionary<string, AccountInfo> _byId = Usable
        .Concat(Broken.Where(broken => broken.Circuit.Until <= ReadAt).Select(broken => broken.Account))
        .ToDictionary(account => account.Id, StringComparer.Ordinal);

    /// <summary>Accounts without new leases, whose running ones go on.</summary>
    public IReadOnlyList<AccountInfo> Draining { get; init; } = [];

    /// <summary>Differs when the set of accounts that may be leased, or what they may carry, differs.</summary>
    public string Signature { get; } =
        string.Join(
            ' ',
            Usable
                .Select(account => account.IsPremium ? account.Id + "+" : account.Id)
                .Concat(Broken.Where(b => b.Circuit.Until <= ReadAt).Select(b => $"{b.Account.Id}?{b.Circuit.Dc}"))
        );

    /// <summary>An account whose session may be used, if only to be tried or until its leases have ended; null when there is none of
    /// this id.</summary>
    public AccountInfo? Find(string id) =>
        _byId.GetValueOrDefault(id)
        ?? Draining.FirstOrDefault(account => string.Equals(account.Id, id, StringComparison.Ordinal));

    /// <summary>The account's circuit; null when it has none.</summary>
    public Circuit? CircuitOf(string account) =>
        Broken.FirstOrDefault(b => string.Equals(b.Account.Id, account, StringComparison.Ordinal)).Circuit;

    /// <summary>Accounts that may be leased in a data centre; one whose circuit is half-open only where it is tried.</summary>
    public IReadOnlyList<LeasableAccount> LeasableIn(int dc) =>
        [
            .. Usable.Select(account => LeaseRules.Leasable(account.Id, account.IsPremium)),
            .. Broken
                .Where(broken => broken.Circuit.Dc == dc && broken.Circuit.Until <= ReadAt)
                .Select(broken => LeaseRules.Probe(broken.Account.Id)),
        ];

    /// <summary>Waits of one class in one data centre, those for everyone included.</summary>
    public IEnumerable<ParkedUntil> ParkedFor(string methodClass, int dc) =>
        Floods
            .Where(flood => flood.Dc == dc && string.Equals(flood.Class, methodClass, StringComparison.Ordinal))
            .Select(flood => new ParkedUntil(flood.Account, dc, flood.Until))
            .Concat(Pauses.Where(p => p.Dc == dc).Select(p => new ParkedUntil(ParkedUntil.Everyone, dc, p.Until)));

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
