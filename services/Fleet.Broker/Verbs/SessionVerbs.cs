using System.Globalization;
using System.Net;
using Fleet.Broker.Accounts;
using Fleet.Sessions;
using Fleet.Telegram;
using Microsoft.Extensions.Options;

namespace Fleet.Broker.Verbs;

/// <summary>What the command line said.</summary>
sealed record ImportArguments(string Name, ClientArguments Client)
{
    /// <summary>Reads --name NAME and what <see cref="ClientArguments"/> reads; null when they are wrong.</summary>
    public static ImportArguments? ParseOrNull(string[] args) =>
        ClientArguments.ReadPairsOrNull(args) is { } given
        && ClientArguments.TakeOrNull(given) is { } client
        && given.Remove("--name", out var name)
        && given.Count == 0
        && name.Length is > 0 and <= LoginArguments.MaxName
            ? new ImportArguments(name, client)
            : null;
}

/// <summary>Takes over a login that another program made, from its session string. That program must not use it any more:
/// Telegram closes a login that is used twice at a time.</summary>
sealed class ImportVerb(
    AccountStore store,
    Ownership ownership,
    TelegramNetwork network,
    IOptions<TelegramOptions> options,
    TimeProvider time,
    ILogger<ImportVerb> log
)
{
    /// <summary>Asks for the string, asks Telegram whose it is, and stores the login sealed.</summary>
    /// <exception cref="LoginException">Telegram does not know the login any more.</exception>
    /// <exception cref="LoginInputException">Something was not given.</exception>
    /// <exception cref="SessionStringException">It is no session string.</exception>
    public async Task RunAsync(ImportArguments arguments, Terminal terminal, CancellationToken ct)
    {
        var client = arguments.Client.ToClient(options.Value, terminal);
        var text = terminal.Ask("Session string of Telethon, GramJS, mtcute or Pyrogram", secret: true);
        if (text is not { Length: > 0 })
            throw new LoginInputException("not given: the session string");
        var portable = SessionString.Parse(text);
        if (portable.ApiId is { } made && made != client.ApiId)
            throw new LoginInputException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the login was made with api_id {made}: give --api-id {made}"
                )
            );
        if (
            await store.FindByKeyAsync(portable.AuthKey, ct) is { } known
            && await ownership.OwnerAsync(known, ct) is { } owner
        )
            throw new LoginInputException(
                $"account {known} has this login, and {owner} has it connected: disable it first, or Telegram ends it"
            );
        var given = new SessionState
        {
            HomeDc = portable.Dc,
            AuthKey = portable.AuthKey,
            UserId = portable.UserId ?? 0,
            IsBot = portable.IsBot ?? false,
        };
        await using var session = new MainSession(network.Session(client), given, time, log);
        var state = await session.VerifyAsync(ct);
        var id = await store.SaveAsync(arguments.Name, LoginVerb.Record(state, client, phone: null), ct);
        terminal.Say($"{arguments.Name} is logged in as account {id}, home DC {state.HomeDc}");
    }
}

/// <summary>Prints an account's login as the session string of another program.</summary>
sealed class ExportVerb(AccountStore store, TelegramNetwork network)
{
    /// <summary>The formats, by the word that the command line takes.</summary>
    public static readonly IReadOnlyDictionary<string, SessionFormat> Formats = new Dictionary<string, SessionFormat>(
        StringComparer.Ordinal
    )
    {
        ["telethon"] = SessionFormat.Telethon,
        ["gramjs"] = SessionFormat.GramJs,
        ["mtcute"] = SessionFormat.Mtcute,
        ["pyrogram"] = SessionFormat.Pyrogram,
    };

    /// <summary>Prints the string alone, and the warning beside it.</summary>
    /// <exception cref="BrokerException">account_unusable: there is no such account.</exception>
    /// <exception cref="SessionStringException">Its home data centre is configured by name, and strings carry IP addresses.</exception>
    public async Task RunAsync(string account, SessionFormat format, Terminal terminal, CancellationToken ct)
    {
        var record = await store.OpenAsync(account, ct);
        var home = network.HomeAddress(record.HomeDc);
        var session = new PortableSession
        {
            Dc = record.HomeDc,
            AuthKey = record.AuthKey,
            Address = IPAddress.TryParse(home.Host, out var host) ? new IPEndPoint(host, home.Port) : null,
            UserId = record.UserId,
            IsBot = record.IsBot,
            ApiId = record.ApiId,
        };
        terminal.Say(SessionString.Write(session, format));
        terminal.Complain(
            "Whoever has this string has the account. Stop Fleet's use of it before another program starts."
        );
    }
}

/// <summary>Seals with the current key what former keys hold, while brokers run.</summary>
static class RotateKeyVerb
{
    /// <summary>Says how many records were sealed anew.</summary>
    public static async Task RunAsync(SealRotation rotation, Terminal terminal, CancellationToken ct)
    {
        var count = await rotation.RunAsync(ct);
        terminal.Say(
            string.Create(CultureInfo.InvariantCulture, $"{count} records are sealed by key {rotation.KeyId} now")
        );
    }
}
