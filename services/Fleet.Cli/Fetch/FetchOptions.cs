using System.Globalization;
using System.Security.Cryptography;
using Fleet.MtProto;
using Fleet.MtProto.Crypto;
using Fleet.MtProto.Transport;
using Fleet.Telegram;

namespace Fleet.Cli;

/// <summary>What `fleet fetch` was asked to do.</summary>
sealed record FetchOptions
{
    static readonly string[] Valued =
    [
        "--dc",
        "--key",
        "--transport",
        "--proxy",
        "--api-id",
        "--api-hash",
        "--phone",
        "--code",
        "--password",
        "--bot-token",
        "--session",
        "--connections",
        "--quality",
    ];

    static readonly string[] Flags = ["--json", "--verify", "--thumb", "--takeout"];

    public required TelegramLink Link { get; init; }

    /// <summary>File to write, or a directory to write the media's own name into.</summary>
    public required string Output { get; init; }

    public required MainSessionOptions Telegram { get; init; }
    public string? Phone { get; init; }
    public string? Code { get; init; }
    public string? Password { get; init; }
    public string? BotToken { get; init; }
    public string? SessionFile { get; init; }
    public int? Connections { get; init; }
    public bool Json { get; init; }

    /// <summary>Check every part against Telegram's hashes before it is written.</summary>
    public bool Verify { get; init; }

    /// <summary>Which quality of a video to take; null for the file that was posted.</summary>
    public QualityLimit? Quality { get; init; }

    /// <summary>Take the poster instead of the file.</summary>
    public bool Thumb { get; init; }

    /// <summary>Read in a takeout.</summary>
    public bool Takeout { get; init; }

    /// <exception cref="UsageException">The first thing that makes no sense.</exception>
    /// <exception cref="LinkException">The link does not lead to a message.</exception>
    public static FetchOptions Parse(string[] args)
    {
        var given = new Arguments(args, Valued, Flags);
        if (given.Positional is not [var link, var output])
            throw new UsageException("give a link and an output file: fetch LINK OUT …");
        var options = new FetchOptions
        {
            Link = LinkParser.Parse(link),
            Output = output,
            Telegram = ReadTelegram(given),
            Phone = given.OneOrNull("--phone"),
            Code = given.OneOrNull("--code"),
            Password = given.OneOrNull("--password"),
            BotToken = given.OneOrNull("--bot-token"),
            SessionFile = given.OneOrNull("--session"),
            Connections = given.NumberOrNull("--connections", 1, 32),
            Json = given.Has("--json"),
            Verify = given.Has("--verify"),
            Quality = given.OneOrNull("--quality") is { } quality ? ReadQuality(quality) : null,
            Thumb = given.Has("--thumb"),
            Takeout = given.Has("--takeout"),
        };
        if (options is { Phone: not null, BotToken: not null })
            throw new UsageException("--phone and --bot-token exclude each other");
        if (options is { Quality: not null, Thumb: true })
            throw new UsageException("--quality and --thumb exclude each other");
        if (options is { BotToken: not null, Takeout: true })
            throw new UsageException("--takeout is for users: bots have none");
        if (options is { Phone: null, BotToken: null, SessionFile: null })
            throw new UsageException("say who logs in: --phone, --bot-token or --session FILE");
        return options;
    }

    static MainSessionOptions ReadTelegram(Arguments given)
    {
        var addresses = given.All("--dc").Select(dc => Read("--dc", dc, DcAddress.Parse)).ToList();
        var keys = given.All("--key").Select(ReadKey).ToList();
        var apiId = given.NumberOrNull("--api-id", 1, int.MaxValue) ?? throw new UsageException("--api-id is missing");
        var defaults = new MainSessionOptions { Client = new ClientInfo(apiId), ApiHash = given.One("--api-hash") };
        return defaults with
        {
            Addresses = addresses.Count > 0 ? addresses : defaults.Addresses,
            ServerKeys = keys.Count > 0 ? new RsaKeySet(keys) : defaults.ServerKeys,
            Transport = given.OneOrNull("--transport") is { } transport
                ? Read("--transport", transport, TransportKinds.Parse)
                : defaults.Transport,
            Proxy = given.OneOrNull("--proxy") is { } proxy ? Read("--proxy", proxy, Proxy.Parse) : null,
            SleepThroughMax = TimeSpan.FromMinutes(1),
        };
    }

    static QualityLimit ReadQuality(string text)
    {
        if (string.Equals(text, "best", StringComparison.Ordinal))
            return QualityLimit.Best;
        var isBytes = text.EndsWith("bytes", StringComparison.Ordinal);
        var digits = isBytes ? text[..^"bytes".Length] : text;
        return (
            isBytes,
            long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var most),
            most
        ) switch
        {
            (true, true, > 0) => new QualityLimit { MaxBytes = most },
            (false, true, > 0 and <= 100_000) => new QualityLimit { MaxHeight = (int)most },
            _ => throw new UsageException("--quality is best, a height such as 720, or a size such as 50000000bytes"),
        };
    }

    static T Read<T>(string name, string text, Func<string, T> parse)
    {
        try
        {
            return parse(text);
        }
        catch (FormatException e)
        {
            throw new UsageException($"{name}: {e.Message}");
        }
    }

    static RsaPublicKey ReadKey(string path)
    {
        try
        {
            return RsaPublicKey.FromPem(File.ReadAllText(path));
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or FormatException or CryptographicException)
        {
            throw new UsageException($"--key {path}: {e.Message}");
        }
    }
}
