using Fleet.Broker.Admin;

namespace Fleet.Broker.Verbs;

/// <summary>What the command line said after accounts.</summary>
sealed record AccountsArguments(string Deed, string Account, string? Reason, bool Force);

/// <summary>Lists the accounts, and does with one of them what the admin API does, by the same classes.</summary>
static class AccountsVerb
{
    /// <summary>Reads DEED ACCOUNT [--reason TEXT] [--force]; null when it is something else.</summary>
    public static AccountsArguments? ParseOrNull(string[] args)
    {
        if (args is not [("disable" or "enable" or "drain" or "remove") and var deed, { Length: > 0 } id, .. var rest])
            return null;
        var given = new AccountsArguments(deed, id, Reason: null, Force: false);
        while (rest.Length > 0)
        {
            switch (rest)
            {
                case ["--reason", { Length: > 0 } reason, .. var more] when given.Reason is null:
                    (given, rest) = (given with { Reason = reason }, more);
                    break;
                case ["--force", .. var more] when deed is "remove" && !given.Force:
                    (given, rest) = (given with { Force = true }, more);
                    break;
                default:
                    return null;
            }
        }
        return given;
    }

    /// <summary>One line each: id, state, kind, home data centre, name, and the reason of its state.</summary>
    public static async Task ListAsync(AccountReport report, Terminal terminal, CancellationToken ct)
    {
        foreach (var account in await report.ListAsync(ct))
            terminal.Say(Line(account));
    }

    /// <summary>Does it, and says what the account is now.</summary>
    public static async Task RunAsync(
        IServiceProvider services,
        AccountsArguments given,
        Terminal terminal,
        CancellationToken ct
    )
    {
        var (id, reason) = (given.Account, given.Reason);
        switch (given.Deed)
        {
            case "disable":
                terminal.Say(Line(await services.GetRequiredService<DisableAccount>().RunAsync(id, reason, ct)));
                break;
            case "enable":
                terminal.Say(Line(await services.GetRequiredService<EnableAccount>().RunAsync(id, reason, ct)));
                break;
            case "drain":
                terminal.Say(Line(await services.GetRequiredService<DrainAccount>().RunAsync(id, reason, ct)));
                break;
            default:
                await services.GetRequiredService<RemoveAccount>().RunAsync(id, reason, given.Force, ct);
                terminal.Say($"{id} is removed");
                break;
        }
    }

    static string Line(AccountStatus account)
    {
        var kind = account switch
        {
            { IsBot: true } => "bot",
            { IsPremium: true } => "premium",
            _ => "user",
        };
        var line = FormattableString.Invariant(
            $"{account.Id}  {account.State, -10}  {kind, -7}  DC {account.HomeDc}  {account.Label}"
        );
        return account.Reason is { } reason ? $"{line}  ({reason})" : line;
    }
}
