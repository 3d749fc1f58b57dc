using System.ComponentModel.DataAnnotations;
using Fleet.MtProto;
using Fleet.MtProto.Crypto;
using Fleet.MtProto.Transport;
using Fleet.Sessions;
using Fleet.Telegram;

namespace Fleet.Broker.Accounts;

/// <summary>How to reach Telegram, or any other MTProto server. Section <c>Telegram</c>.</summary>
public sealed record TelegramOptions : IValidatableObject
{
    /// <summary>Addresses such as 2=127.0.0.1:443, 2=127.0.0.1:444,media and 203=127.0.0.1:445,cdn; without the last, Telegram is asked for it. Default: Telegram's production set.</summary>
    [MaxLength(64)]
    public string[] Dcs { get; init; } = [];

    /// <summary>PEM files of the RSA keys that are trusted in a key exchange. Default: Telegram's.</summary>
    [MaxLength(16)]
    public string[] RsaKeyFiles { get; init; } = [];

    /// <summary>intermediate, padded, abridged, full, obfuscated, obfuscated-padded or obfuscated-abridged. Default
    /// intermediate.</summary>
    [Required]
    public string Transport { get; init; } = "intermediate";

    /// <summary>socks5://[user:password@]host:port, tg://proxy?server=…&amp;port=…&amp;secret=… or tg://socks?…, for every
    /// connection to Telegram, those of the workers too. Default: none.</summary>
    public string Proxy { get; init; } = "";

    /// <summary>api_id of my.telegram.org for new logins; a stored account keeps its own.</summary>
    [Range(0, int.MaxValue)]
    public int ApiId { get; init; }

    /// <summary>api_hash that belongs to it.</summary>
    public string ApiHash { get; init; } = "";

    /// <summary>What an account's list of devices shows, unless the account has its own. Names Fleet. Default Fleet.</summary>
    [Required]
    public string DeviceModel { get; init; } = "Fleet";

    /// <summary>The version shown beside it. Default: Fleet's.</summary>
    [Required]
    public string AppVersion { get; init; } =
        typeof(TelegramOptions).Assembly.GetName().Version?.ToString(3) ?? "1.0.0";

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var text in Dcs)
        {
            if (Fault(() => DcAddress.Parse(text)) is not null)
                yield return new ValidationResult(
                    $"Telegram:Dcs has '{text}', not ID=HOST:PORT[,media][,cdn][,obfuscated].",
                    [nameof(Dcs)]
                );
        }

        if (Fault(() => TransportKinds.Parse(Transport)) is { } transport)
            yield return new ValidationResult($"Telegram:Transport: {transport}", [nameof(Transport)]);
        if (AccountClient.ProxyFaultOrNull(Proxy) is { } proxy)
            yield return new ValidationResult($"Telegram:Proxy: {proxy}", [nameof(Proxy)]);
        if (AccountClient.DeviceModelFaultOrNull(DeviceModel) is { } model)
            yield return new ValidationResult($"Telegram:DeviceModel: {model}", [nameof(DeviceModel)]);
        if (AccountClient.AppVersionFaultOrNull(AppVersion) is { } version)
            yield return new ValidationResult($"Telegram:AppVersion: {version}", [nameof(AppVersion)]);

        foreach (var path in RsaKeyFiles.Where(path => !File.Exists(path)))
            yield return new ValidationResult($"Telegram:RsaKeyFiles: there is no {path}.", [nameof(RsaKeyFiles)]);
    }

    /// <summary>Hides the api_hash and the proxy.</summary>
    public override string ToString() => $"TelegramOptions {{ Dcs = {Dcs.Length}, ApiId = {ApiId} }}";

    static string? Fault<T>(Func<T> parse)
    {
        try
        {
            parse();
            return null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }
}

/// <summary>The addresses and keys that the options name, read once.</summary>
sealed class TelegramNetwork
{
    readonly TelegramOptions _options;
    readonly IReadOnlyList<DcAddress> _addresses;
    readonly RsaKeySet _keys;
    readonly TransportKind _transport;
    readonly Proxy? _proxy;

    public TelegramNetwork(TelegramOptions options)
    {
        _options = options;
        _addresses = options.Dcs.Length > 0 ? [.. options.Dcs.Select(DcAddress.Parse)] : DcAddress.Production;
        _keys =
            options.RsaKeyFiles.Length > 0
                ? RsaKeySet.FromPem(options.RsaKeyFiles.Select(File.ReadAllText))
                : RsaKeySet.Production;
        _transport = TransportKinds.Parse(options.Transport);
        _proxy = options.Proxy.Length > 0 ? Proxy.Parse(options.Proxy) : null;
    }

    /// <summary>The transport and the proxy in the words of the configuration, for those who connect on nobody's behalf.</summary>
    public (string Transport, string? Proxy) Way =>
        (_options.Transport, _options.Proxy.Length > 0 ? _options.Proxy : null);

    /// <summary>The transport and the proxy of an account, for those who connect by a lease of it.</summary>
    public (string Transport, string? Proxy) WayOf(AccountClient client) =>
        Way with
        {
            Proxy = client.Proxy ?? Way.Proxy,
        };

    /// <summary>What the account says of itself.</summary>
    public ClientInfo Client(AccountClient client) =>
        new(
            client.ApiId,
            client.DeviceModel ?? _options.DeviceModel,
            AppVersion: client.AppVersion ?? _options.AppVersion
        );

    /// <summary>How to open the main session of an account.</summary>
    public MainSessionOptions Session(AccountClient client) =>
        new()
        {
            Client = Client(client),
            ApiHash = client.ApiHash,
            Addresses = _addresses,
            ServerKeys = _keys,
            Transport = _transport,
            Proxy = client.Proxy is { Length: > 0 } own ? Proxy.Parse(own) : _proxy,
            // Less than the deadline of those who wait, so that another account can be tried.
            CallTimeout = TimeSpan.FromSeconds(6),
            CallTries = 3,
        };

    /// <summary>The main address of a data centre.</summary>
    /// <exception cref="BrokerException">account_unusable: none is configured.</exception>
    public DcAddress HomeAddress(int dc) =>
        _addresses.FirstOrDefault(a => a.Dc == dc && !a.MediaOnly)
        ?? throw new BrokerException(BrokerCodes.AccountUnusable, $"no address of DC {dc} is configured");

    /// <summary>Where to read files from a data centre, best first.</summary>
    public LeaseAddress[] MediaAddresses(int dc) =>
        [
            .. Session(new AccountClient(0, ""))
                .MediaAddresses(dc)
                .Select(a => new LeaseAddress(a.Host, a.Port, a.MediaOnly, a.Obfuscated)),
        ];
}
