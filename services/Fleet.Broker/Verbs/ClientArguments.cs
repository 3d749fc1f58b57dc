using System.Globalization;
using Fleet.Broker.Accounts;

namespace Fleet.Broker.Verbs;

/// <summary>What the command line said of the application and the way of one account.</summary>
sealed record ClientArguments(int? ApiId, string? ApiHash, string? DeviceModel, string? AppVersion, string? Proxy)
{
    /// <summary>In place of a value on the command line, where others see it: ask for it.</summary>
    const string Asked = "-";

    static readonly string[] Names = ["--api-id", "--api-hash", "--device-model", "--app-version", "--proxy"];

    /// <summary>Takes its options out of <paramref name="given"/>; null when one is wrong.</summary>
    public static ClientArguments? TakeOrNull(Dictionary<string, string> given)
    {
        var values = Array.ConvertAll(Names, name => given.Remove(name, out var value) ? value : null);
        if (values[0] is not { } number)
            return values[1] is null ? new ClientArguments(null, null, values[2], values[3], values[4]) : null;
        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 0
            ? new ClientArguments(id, values[1], values[2], values[3], values[4])
            : null;
    }

    /// <summary>Reads pairs of names and values; null when a value is missing or a name comes twice.</summary>
    public static Dictionary<string, string>? ReadPairsOrNull(ReadOnlySpan<string> args)
    {
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length || !given.TryAdd(args[i], args[i + 1]))
                return null;
        }
        return given;
    }

    /// <summary>With the configuration's values where none are given; asks for secrets that are not.</summary>
    /// <exception cref="LoginInputException">There is no application, or a value is wrong.</exception>
    public AccountClient ToClient(TelegramOptions options, Terminal terminal)
    {
        var id = ApiId ?? options.ApiId;
        var hash = ApiHash ?? (id == options.ApiId ? options.ApiHash : Asked);
        var client = new AccountClient(
            id,
            hash is Asked ? Ask(terminal, "api_hash") : hash,
            DeviceModel,
            AppVersion,
            Proxy is Asked ? Ask(terminal, "Proxy") : Proxy
        );
        if (client.ApiId == 0 || client.ApiHash.Length == 0)
            throw new LoginInputException(
                "set FLEET_Telegram__ApiId and FLEET_Telegram__ApiHash (my.telegram.org), or give --api-id"
            );
        return client.FaultOrNull() is { } fault ? throw new LoginInputException(fault) : client;
    }

    /// <summary>Hides the secrets.</summary>
    public override string ToString() => $"ClientArguments {{ ApiId = {ApiId} }}";

    static string Ask(Terminal terminal, string what) =>
        terminal.Ask(what, secret: true) is { Length: > 0 } answer
            ? answer
            : throw new LoginInputException($"not given: {what}");
}
