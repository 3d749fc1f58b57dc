using System.Data.Common;
using Fleet.Broker.Accounts;
using Fleet.Sessions;
using Fleet.Telegram;
using Microsoft.Extensions.Options;

namespace Fleet.Broker.Verbs;

/// <summary>The verbs of the command line beside serve. Exit codes: 0 done, 1 failed, 2 wrong usage.</summary>
static class BrokerVerbs
{
    const string Usage = """
        fleet-broker [serve]
        fleet-broker login --name NAME (--phone P [--code C] [--password W] | --bot-token T)
                     logs an account in and stores it sealed; asks for what is not given
        fleet-broker accounts
                     lists the accounts
        Settings come from the environment: FLEET_Postgres__ConnectionString, FLEET_Sessions__Key or __KeyFile,
        FLEET_Telegram__ApiId, FLEET_Telegram__ApiHash, FLEET_Telegram__Dcs__0, FLEET_Telegram__RsaKeyFiles__0.
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
            switch (verb)
            {
                case "login":
                    if (LoginArguments.ParseOrNull(args) is not { } login)
                        return Wrong(terminal);
                    await ActivatorUtilities.CreateInstance<LoginVerb>(services).RunAsync(login, terminal, ct);
                    return 0;
                case "accounts" when args.Length == 0:
                    await AccountsVerb.RunAsync(services.GetRequiredService<AccountStore>(), terminal, ct);
                    return 0;
                case "help" or "--help" or "-h":
                    terminal.Say(Usage);
                    return 0;
                default:
                    return Wrong(terminal);
            }
        }
        catch (Exception e)
            when (e is OptionsValidationException or SealException or DbException or LoginInputException)
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

    static int Wrong(Terminal terminal)
    {
        terminal.Complain(Usage);
        return 2;
    }
}
