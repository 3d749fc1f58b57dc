using Fleet.Broker.Accounts;
using Fleet.Sessions;
using Fleet.Telegram;
using Microsoft.Extensions.Options;

namespace Fleet.Broker.Verbs;

/// <summary>Something that login needs was not given, and nobody answered.</summary>
sealed class LoginInputException(string message) : Exception(message);

/// <summary>What the command line said.</summary>
sealed record LoginArguments(
    string Name,
    string? Phone,
    string? Code,
    string? Password,
    string? BotToken,
    bool Qr,
    ClientArguments Client
)
{
    public const int MaxName = 64;

    /// <summary>Reads --name NAME, one way of logging in (--phone P [--code C], --qr, --bot-token T), --password W for the
    /// first two, and what <see cref="ClientArguments"/> reads; null when they are wrong.</summary>
    public static LoginArguments? ParseOrNull(string[] args)
    {
        var qr = args.Contains("--qr", StringComparer.Ordinal);
        var pairs = args.Where(arg => arg is not "--qr").ToArray();
        if (
            args.Length - pairs.Length > 1
            || ClientArguments.ReadPairsOrNull(pairs) is not { } given
            || ClientArguments.TakeOrNull(given) is not { } client
        )
            return null;
        string? Take(string name) => given.Remove(name, out var value) ? value : null;
        var login = new LoginArguments(
            Take("--name") ?? "",
            Take("--phone"),
            Take("--code"),
            Take("--password"),
            Take("--bot-token"),
            qr,
            client
        );
        var byPhone = login.Phone is not null || login.Code is not null;
        var ways = (byPhone ? 1 : 0) + (qr ? 1 : 0) + (login.BotToken is null ? 0 : 1);
        var fits = ways <= 1 && (login.BotToken is null || login.Password is null);
        return given.Count == 0 && fits && login.Name.Length is > 0 and <= MaxName ? login : null;
    }

    /// <summary>Hides everything.</summary>
    public override string ToString() => nameof(LoginArguments);
}

/// <summary>Logs an account in and stores it sealed.</summary>
sealed class LoginVerb(
    AccountStore store,
    TelegramNetwork network,
    IOptions<TelegramOptions> options,
    TimeProvider time,
    ILogger<LoginVerb> log
)
{
    /// <summary>Runs the login to its end.</summary>
    /// <exception cref="LoginException">Telegram refused a step.</exception>
    /// <exception cref="LoginInputException">Something was not given.</exception>
    public async Task RunAsync(LoginArguments arguments, Terminal terminal, CancellationToken ct)
    {
        var client = arguments.Client.ToClient(options.Value, terminal);
        await using var session = new MainSession(network.Session(client), state: null, time, log);
        string? phone = null;
        if (arguments.BotToken is { } token)
            await session.SignInBotAsync(token, ct);
        else if (arguments.Qr)
            await WithPasswordAsync(session, () => ByQrAsync(session, terminal, ct), arguments, terminal, ct);
        else
            phone = await ByPhoneAsync(session, arguments, terminal, ct);

        var state = session.State ?? throw new InvalidOperationException("logged in without a state");
        var id = await store.SaveAsync(arguments.Name, Record(state, client, phone), ct);
        terminal.Say($"{arguments.Name} is logged in as account {id}, home DC {state.HomeDc}");
    }

    /// <summary>What is stored of a login.</summary>
    public static AccountRecord Record(SessionState state, AccountClient client, string? phone) =>
        new()
        {
            HomeDc = state.HomeDc,
            AuthKey = state.AuthKey,
            ServerSalt = state.ServerSalt,
            UserId = state.UserId,
            IsBot = state.IsBot,
            IsPremium = state.IsPremium,
            ApiId = client.ApiId,
            ApiHash = client.ApiHash,
            DeviceModel = client.DeviceModel,
            AppVersion = client.AppVersion,
            Proxy = client.Proxy,
            Phone = phone,
        };

    static async Task<string> ByPhoneAsync(
        MainSession session,
        LoginArguments arguments,
        Terminal terminal,
        CancellationToken ct
    )
    {
        var phone = arguments.Phone ?? Ask(terminal, "Phone number, in international form", secret: false);
        var sent = await session.SendCodeAsync(phone, ct);
        var code = arguments.Code ?? Ask(terminal, "Code that Telegram sent", secret: false);
        await WithPasswordAsync(session, () => session.SignInAsync(sent, code, ct), arguments, terminal, ct);
        return phone;
    }

    static Task ByQrAsync(MainSession session, Terminal terminal, CancellationToken ct)
    {
        terminal.Complain("In Telegram: Settings, Devices, Link desktop device. A new code comes every half minute.");
        return session.SignInByQrAsync(link => terminal.Say($"{QrText.Of(link)}\n{link}"), ct);
    }

    static async Task WithPasswordAsync(
        MainSession session,
        Func<Task> signIn,
        LoginArguments arguments,
        Terminal terminal,
        CancellationToken ct
    )
    {
        try
        {
            await signIn();
        }
        catch (LoginException e) when (e.Code is LoginErrors.PasswordNeeded)
        {
            var password = arguments.Password ?? Ask(terminal, "Two-step password", secret: true);
            await session.CheckPasswordAsync(password, ct);
        }
    }

    static string Ask(Terminal terminal, string question, bool secret) =>
        terminal.Ask(question, secret) is { Length: > 0 } answer
            ? answer
            : throw new LoginInputException($"not given: {question}");
}
