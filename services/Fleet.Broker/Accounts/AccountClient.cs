using System.Text.RegularExpressions;
using Fleet.Sessions;

namespace Fleet.Broker.Accounts;

/// <summary>The application that an account logs in with, what it says of itself, and its way to Telegram.</summary>
/// <param name="ApiId">api_id of my.telegram.org.</param>
/// <param name="ApiHash">api_hash that belongs to it.</param>
/// <param name="DeviceModel">What the account's list of devices shows; null: as configured.</param>
/// <param name="AppVersion">The version shown beside it; null: as configured.</param>
/// <param name="Proxy">In the words of the configuration; null: as configured.</param>
sealed partial record AccountClient(
    int ApiId,
    string ApiHash,
    string? DeviceModel = null,
    string? AppVersion = null,
    string? Proxy = null
)
{
    const int MostDeviceModel = 64;

    /// <summary>What a stored account has.</summary>
    public static AccountClient Of(AccountRecord record) =>
        new(record.ApiId, record.ApiHash, record.DeviceModel, record.AppVersion, record.Proxy);

    /// <summary>What is wrong with it; null when nothing is.</summary>
    public string? FaultOrNull() =>
        DeviceModelFaultOrNull(DeviceModel) ?? AppVersionFaultOrNull(AppVersion) ?? ProxyFaultOrNull(Proxy);

    /// <summary>The owner of an account reads there what uses it: Fleet is named, whatever else is.</summary>
    public static string? DeviceModelFaultOrNull(string? text) =>
        text is null or { Length: <= MostDeviceModel }
        && text?.Contains("Fleet", StringComparison.OrdinalIgnoreCase) is not false
            ? null
            : $"A device model has at most {MostDeviceModel} characters and names Fleet, such as 'Fleet, Berlin'.";

    /// <summary>A number, not the name of another application.</summary>
    public static string? AppVersionFaultOrNull(string? text) =>
        text is null || VersionForm().IsMatch(text) ? null : "An application's version is a number such as 1.2.0.";

    /// <summary>Does not repeat the proxy: it may hold a secret.</summary>
    public static string? ProxyFaultOrNull(string? text)
    {
        try
        {
            if (text is { Length: > 0 })
                MtProto.Transport.Proxy.Parse(text);
            return null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }

    /// <summary>Hides the api_hash and the proxy.</summary>
    public override string ToString() => $"AccountClient {{ ApiId = {ApiId} }}";

    [GeneratedRegex(@"^\d[\dA-Za-z.+-]{0,31}$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex VersionForm();
}
