using System.Security.Cryptography;
using Fleet.MtProto;
using Fleet.MtProto.Crypto;
using Fleet.Telegram;

namespace Fleet.Cli;

/// <summary>What `fleet fetch` was asked to do.</summary>
sealed record FetchOptions
{
    static readonly string[] Valued =
    [
        "--dc",
        "--key",
        "--api-id",
        "--api-hash",
        "--phone",
        "--code",
        "--password",
        "--bot-token",
        "--session",
        "--connections",
    ];

    static readonly string[] Flags = ["--json", "--verify"];

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
        };
        if (options is { Phone: not null, BotToken: not null })
            throw new UsageException("--phone and --bot-token exclude each other");
        if (options is { Phone: null, BotToken: null, SessionFile: null })
            throw new UsageException("say who logs in: --phone, --bot-token or --session FILE");
        return options;
    }

    static MainSessionOptions ReadTelegram(Arguments given)
    {
        var addresses = given.All("--dc").Select(ReadAddress).ToList();
        var keys = given.All("--key").Select(ReadKey).ToList();
        var apiId = given.NumberOrNull("--api-id", 1, int.MaxValue) ?? throw new UsageException("--api-id is missing");
        var defaults = new MainSessionOptions { Client = new ClientInfo(apiId), ApiHash = given.One("--api-hash") };
        return defaults with
        {
            Addresses = addresses.Count > 0 ? addresses : defaults.Addresses,
            ServerKeys = keys.Count > 0 ? new RsaKeySet(keys) : defaults.ServerKeys,
            SleepThroughMax = TimeSpan.FromMinutes(1),
        };
    }

    static DcAddress ReadAddress(string text)
    {
        try
        {
            return DcAddress.Parse(text);
        }
        catch (FormatException e)
        {
            throw new UsageException($"--dc: {e.Message}");
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
