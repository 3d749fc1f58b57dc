using System.Data.Common;
using Fleet.Broker.Accounts;
using Fleet.Broker.Admin;
using Fleet.Sessions;
using Fleet.Telegram;
using Microsoft.Extensions.Options;

namespace Fleet.Broker.Verbs;

/// <summary>The verbs of the command line beside serve. Exit codes: 0 done, 1 failed, 2 wrong usage.</summary>
static class BrokerVerbs
{
    const string Usage = """
        fleet-broker [serve]
        fleet-broker login --name NAME (--phone P [--code C] | --qr | --bot-token T) [--password W] [CLIENT]
                     logs an account in and stores it sealed; asks for what is not given; --qr shows codes for an app
                     that is logged in
        fleet-broker import --name NAME [CLIENT]
                     takes over the login behind a session string of Telethon, GramJS, mtcute or Pyrogram; asks for it
        fleet-broker export ACCOUNT telethon|gramjs|mtcute|pyrogram
                     prints an account's login as a session string
        fleet-broker rotate-key
                     seals every login with the current key, while brokers run; former keys are FLEET_Sessions__OldKeys__N
        fleet-broker accounts
                     lists the accounts
        fleet-broker accounts disable|enable|drain|remove ACCOUNT [--reason TEXT] [--force]
                     takes an account out at once, puts it back, takes it out when its leases have ended, or logs it out
                     and deletes it; --force deletes it though Telegram cannot be told
        CLIENT is what the account keeps for itself, where it differs from the settings: --api-id N [--api-hash H],
        --device-model TEXT, --app-version V, --proxy URL (socks5://… or tg://proxy?…); H and URL may be - to be asked for.
        Settings come from the environment: FLEET_Postgres__ConnectionString, FLEET_Sessions__Key or __KeyFile,
        FLEET_Telegram__ApiId, FLEET_Telegram__ApiHash, FLEET_Telegram__Dcs__0, FLEET_Telegram__RsaKeyFiles__0, and
        FLEET_Broker__Token for deeds on an account that a running broker has connected.
        """;

    /// <summary>Runs a verb on the terminal.</summary>
    public static async Task<int> RunAsync(WebApplicationBuilder builder, string verb, string[] args)
    {
        builder.Logging.ClearProviders();
        await using var app = builder.Build();
        using var stop = new CancellationTokenSource();
        Console.CancelKeyPress += (_, e) =>
        {
            e.Cancel = true;
            stop.Cancel();
        };
        return await RunAsync(app.Services, verb, args, new Terminal(), stop.Token);
    }

    /// <summary>Runs a verb.</summary>
    public static async Task<int> RunAsync(
        IServiceProvider services,
        string verb,
        string[] args,
        Terminal terminal,
        CancellationToken ct
    )
    {
        try
        {
            return await DispatchAsync(services, verb, args, terminal, ct);
        }
        catch (Exception e)
            when (e
                    is OptionsValidationException
                        or SealException
                        or DbException
                        or LoginInputException
                        or SessionStringException
                        or BrokerException
            )
        {
            terminal.Complain($"fleet-broker {verb}: {e.Message}");
        }
        catch (TelegramException e)
        {
            terminal.Complain($"fleet-broker {verb}: {e.Code}: {e.Message}");
        }
        catch (MtProto.MtProtoException e)
        {
            terminal.Complain($"fleet-broker {verb}: {e.Message}");
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            terminal.Complain($"fleet-broker {verb}: stopped");
        }

        return 1;
    }

    static async Task<int> DispatchAsync(
        IServiceProvider services,
        string verb,
        string[] args,
        Terminal terminal,
        CancellationToken ct
    )
    {
        switch (verb)
        {
            case "login":
                if (LoginArguments.ParseOrNull(args) is not { } login)
                    return Wrong(terminal);
                await ActivatorUtilities.CreateInstance<LoginVerb>(services).RunAsync(login, terminal, ct);
                return 0;
            case "import" when ImportArguments.ParseOrNull(args) is { } import:
                await ActivatorUtilities.CreateInstance<ImportVerb>(services).RunAsync(import, terminal, ct);
                return 0;
            case "export" when args is [var account, var word] && ExportVerb.Formats.TryGetValue(word, out var format):
                await ActivatorUtilities.CreateInstance<ExportVerb>(services).RunAsync(account, format, terminal, ct);
                return 0;
            case "rotate-key" when args.Length == 0:
                await RotateKeyVerb.RunAsync(ActivatorUtilities.CreateInstance<SealRotation>(services), terminal, ct);
                return 0;
            case "accounts" when args.Length == 0:
                await AccountsVerb.ListAsync(services.GetRequiredService<AccountReport>(), terminal, ct);
                return 0;
            case "accounts" when AccountsVerb.ParseOrNull(args) is { } deed:
                await AccountsVerb.RunAsync(services, deed, terminal, ct);
                return 0;
            case "help" or "--help" or "-h":
                terminal.Say(Usage);
                return 0;
            default:
                return Wrong(terminal);
        }
    }

    static int Wrong(Terminal terminal)
    {
        terminal.Complain(Usage);
        return 2;
    }
}
