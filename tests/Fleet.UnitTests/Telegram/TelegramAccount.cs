using System.Security.Cryptography;
using Fleet.Emulator;
using Fleet.MtProto;
using Fleet.MtProto.Crypto;
using Fleet.Telegram;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.UnitTests.Telegram;

/// <summary>One account of an emulated Telegram, logged in, with what it needs to read files.</summary>
sealed class TelegramAccount : IAsyncDisposable
{
    public const string Plain = "99966200001";
    public const string Careful = "99966200002";
    public const string Premium = "99966400003";
    public const string Code = "12345";

    readonly List<MediaClient> _clients = [];

    TelegramAccount(MainSessionOptions options, MainSession session)
    {
        Options = options;
        Session = session;
    }

    public MainSessionOptions Options { get; }
    public MainSession Session { get; }
    public MemoryBudget Memory { get; init; } = new(64L << 20);
    public DownloadOptions Download { get; init; } = new();

    public static MainSessionOptions OptionsFor(TelegramEmulator telegram) =>
        new()
        {
            Client = new ClientInfo(telegram.Options.ApiId),
            ApiHash = telegram.Options.ApiHash,
            Addresses = [.. telegram.Dcs.Select(d => new DcAddress(d.Id, d.Host, d.Port, d.MediaOnly))],
            ServerKeys = RsaKeySet.FromPem([telegram.PublicKeyPem]),
            CallTimeout = TimeSpan.FromSeconds(20),
        };

    public static MainSession NewSession(TelegramEmulator telegram, SessionState? state = null) =>
        new(OptionsFor(telegram), state, TimeProvider.System, NullLogger.Instance);

    public static async Task<TelegramAccount> LogInAsync(
        TelegramEmulator telegram,
        string phone = Plain,
        DownloadOptions? download = null,
        long memoryBytes = 64L << 20,
        (int Dc, int Port)? mediaPort = null,
        Func<MainSessionOptions, MainSessionOptions>? change = null
    )
    {
        var options = OptionsFor(telegram);
        options = change?.Invoke(options) ?? options;
        if (mediaPort is { } other)
        {
            var media = new DcAddress(other.Dc, "127.0.0.1", other.Port, MediaOnly: true);
            options = options with
            {
                Addresses = [media, .. options.Addresses.Where(a => a.Dc != other.Dc || !a.MediaOnly)],
            };
        }
        var session = new MainSession(options, null, TimeProvider.System, NullLogger.Instance);
        var sent = await session.SendCodeAsync(phone, CancellationToken.None);
        await session.SignInAsync(sent, Code, CancellationToken.None);
        return new TelegramAccount(options, session)
        {
            Download = download ?? new DownloadOptions(),
            Memory = new MemoryBudget(memoryBytes),
        };
    }

    public static async Task<TelegramAccount> LogInBotAsync(TelegramEmulator telegram, string token)
    {
        var session = NewSession(telegram);
        await session.SignInBotAsync(token, CancellationToken.None);
        return new TelegramAccount(OptionsFor(telegram), session);
    }

    public async Task<ResolvedMedia> ResolveAsync(string link) =>
        (await Session.ResolveAsync(LinkParser.Parse(link), CancellationToken.None))[0];

    /// <summary>A client of its own, closed with the account.</summary>
    public MediaClient Client(int connections = 2, TimeSpan? sleepThroughMax = null)
    {
        var context = new MediaReaderContext(Memory, Download, TimeProvider.System, NullLogger.Instance);
        var options = new MediaClientOptions
        {
            Connections = connections,
            SleepThroughMax = sleepThroughMax ?? TimeSpan.FromSeconds(3),
        };
        var client = new MediaClient(Session, Options, options, context);
        _clients.Add(client);
        return client;
    }

    /// <summary>Reads the file behind a link to its end: its SHA-256 in lower-case hexadecimal.</summary>
    public async Task<string> HashAsync(string link, int connections = 2, long start = 0)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var media = await ResolveAsync(link);
        using var reader = await Client(connections).OpenAsync(media, CancellationToken.None);
        var next = start;
        await foreach (var block in reader.ReadAsync(start, CancellationToken.None))
        {
            using (block)
            {
                Assert.That(block.Offset, Is.EqualTo(next));
                next += block.Memory.Length;
                hash.AppendData(block.Memory.Span);
            }
        }
        Assert.That(next, Is.EqualTo(media.Description.Size));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            await client.DisposeAsync();
        await Session.DisposeAsync();
    }
}
