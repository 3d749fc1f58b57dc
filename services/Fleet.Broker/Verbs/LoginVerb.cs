using Fleet.Broker.Accounts;
using Fleet.Sessions;
using Fleet.Telegram;
using Microsoft.Extensions.Options;

namespace Fleet.Broker.Verbs;

/// <summary>Something that login needs was not given, and nobody answered.</summary>
sealed class LoginInputException(string message) : Exception(message);

/// <summary>What the command line said.</summary>
sealed record LoginArguments(string Name, string? Phone, string? Code, string? Password, string? BotToken)
{
    public const int MaxName = 64;

    /// <summary>Reads --name NAME and (--phone P [--code C] [--password W] | --bot-token T); null when they are wrong.</summary>
    public static LoginArguments? ParseOrNull(string[] args)
    {
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < args.Length; i += 2)
        {
            var known = args[i] is "--name" or "--phone" or "--code" or "--password" or "--bot-token";
            if (!known || i + 1 == args.Length || !given.TryAdd(args[i], args[i + 1]))
                return null;
        }

        var login = new LoginArguments(
            given.GetValueOrDefault("--name", ""),
            given.GetValueOrDefault("--phone"),
            given.GetValueOrDefault("--code"),
            given.GetValueOrDefault("--password"),
            given.GetValueOrDefault("--bot-token")
        );
        var userOnly = login.Phone ?? login.Code ?? login.Password;
        return login.Name.Length is > 0 and <= MaxName && (login.BotToken is null || userOnly is null) ? login : null;
    }
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
        var (apiId, apiHash) = (options.Value.ApiId, options.Value.ApiHash);
        if (apiId == 0 || apiHash.Length == 0)
            throw new LoginInputException("set FLEET_Telegram__ApiId and FLEET_Telegram__ApiHash (my.telegram.org)");
        await using var session = new MainSession(network.Session(apiId, apiHash), state: null, time, log);
        string? phone = null;
        if (arguments.BotToken is { } token)
            await session.SignInBotAsync(token, ct);
        else
            phone = await SignInUserAsync(session, arguments, terminal, ct);

        var state = session.State ?? throw new InvalidOperationException("logged in without a state");
        var id = await store.SaveAsync(arguments.Name, Record(state, options.Value, phone), ct);
        terminal.Say($"{arguments.Name} is logged in as account {id}, home DC {state.HomeDc}");
    }

    /// <summary>What is stored of a login made with the configured application.</summary>
    public static AccountRecord Record(SessionState state, TelegramOptions options, string? phone) =>
        new()
        {
            HomeDc = state.HomeDc,
            AuthKey = state.AuthKey,
            ServerSalt = state.ServerSalt,
            UserId = state.UserId,
            IsBot = state.IsBot,
            IsPremium = state.IsPremium,
            ApiId = options.ApiId,
            ApiHash = options.ApiHash,
            Phone = phone,
        };

    static async Task<string> SignInUserAsync(
        MainSession session,
        LoginArguments arguments,
        Terminal terminal,
        CancellationToken ct
    )
    {
        var phone = arguments.Phone ?? Ask(terminal, "Phone number, in international form", secret: false);
        var sent = await session.SendCodeAsync(phone, ct);
        var code = arguments.Code ?? Ask(terminal, "Code that Telegram sent", secret: false);
        try
        {
            await session.SignInAsync(sent, code, ct);
        }
        catch (LoginException e) when (e.Code is LoginErrors.PasswordNeeded)
        {
            var password = arguments.Password ?? Ask(terminal, "Two-step password", secret: true);
            await session.CheckPasswordAsync(password, ct);
        }

        return phone;
    }

    static string Ask(Terminal terminal, string question, bool secret) =>
        terminal.Ask(question, secret) is { Length: > 0 } answer
            ? answer
            : throw new LoginInputException($"not given: {question}");
}
