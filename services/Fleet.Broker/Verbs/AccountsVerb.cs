using Fleet.Broker.Accounts;

namespace Fleet.Broker.Verbs;

/// <summary>Lists the accounts, one line each: id, state, kind, home data centre, name.</summary>
static class AccountsVerb
{
    /// <summary>Prints the list.</summary>
    public static async Task RunAsync(AccountStore store, Terminal terminal, CancellationToken ct)
    {
        foreach (var account in await store.ListAsync(ct))
        {
            var kind = account switch
            {
                { IsBot: true } => "bot",
                { IsPremium: true } => "premium",
                _ => "user",
            };
            terminal.Say(
                FormattableString.Invariant(
                    $"{account.Id}  {account.State, -10}  {kind, -7}  DC {account.HomeDc}  {account.Label}"
                )
            );
        }
    }
}
