using Fleet.MtProto;
using Fleet.MtProto.Crypto;
using Fleet.Telegram;
using Fleet.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.Benchmarks;

/// <summary>Where a Telegram is and who logs in there; what the scripts in tests/foreign take as options.</summary>
/// <param name="Dcs">[{"id", "host", "port", "media"}], as the emulator prints them.</param>
/// <param name="KeyFile">PEM with the server's public RSA key.</param>
public sealed record TelegramTarget(string Dcs, string KeyFile, int ApiId, string ApiHash, string Phone, string Code)
{
    /// <summary>The emulator's first account: one without a password.</summary>
    public static TelegramTarget Of(EmulatorProcess emulator)
    {
        var account = emulator.Accounts[0]!;
        return new TelegramTarget(
            emulator.DcsJson,
            emulator.KeyFile,
            emulator.ApiId,
            emulator.ApiHash,
            (string)account["phone"]!,
            (string)account["code"]!
        );
    }
}

/// <summary>An account logged in to a Telegram, and its pool of connections to the data centre of a file.</summary>
sealed class EngineClient : IAsyncDisposable
{
    /// <summary>Of each reader.</summary>
    public const long BudgetBytes = 256L << 20;

    readonly MainSession _session;
    readonly MainSessionOptions _options;
    readonly MemoryBudget _memory = new(BudgetBytes);
    readonly int _connections;
    readonly int _windowBytes;
    DcPool? _pool;
    DcKey? _key;

    EngineClient(MainSession session, MainSessionOptions options, int connections, int windowBytes)
    {
        _session = session;
        _options = options;
        _connections = connections;
        _windowBytes = windowBytes;
    }

    public static Task<EngineClient> LoginAsync(EmulatorProcess emulator, int connections, int windowBytes) =>
        LoginAsync(TelegramTarget.Of(emulator), connections, windowBytes);

    public static async Task<EngineClient> LoginAsync(TelegramTarget target, int connections, int windowBytes)
    {
        var options = new MainSessionOptions
        {
            Client = new ClientInfo(target.ApiId, "Fleet bench", "Linux", "1.0", "en"),
            ApiHash = target.ApiHash,
            Addresses = [.. EmulatorProcess.AddressesOf(target.Dcs).Select(DcAddress.Parse)],
            ServerKeys = new RsaKeySet([RsaPublicKey.FromPem(await File.ReadAllTextAsync(target.KeyFile))]),
        };
        var session = new MainSession(options, null, TimeProvider.System, NullLogger.Instance);
        var sent = await session.SendCodeAsync(target.Phone, CancellationToken.None);
        await session.SignInAsync(sent, target.Code, CancellationToken.None);
        return new EngineClient(session, options, connections, windowBytes);
    }

    public async Task<ResolvedMedia> ResolveAsync(string link)
    {
        var media = (await _session.ResolveAsync(LinkParser.Parse(link), CancellationToken.None))[0];
        var key = _key = await _session.CreateDcKeyAsync(media.Description.Dc, CancellationToken.None);
        _pool = new DcPool(
            new DcPoolOptions
            {
                Dc = key.Dc,
                Addresses = _options.MediaAddresses(key.Dc),
                AuthKey = key.AuthKey,
                ServerSalt = key.ServerSalt,
                Client = _options.Client,
                Connections = _connections,
                WindowBytes = _windowBytes,
            },
            TimeProvider.System,
            NullLogger.Instance
        );
        return media;
    }

    /// <summary>Reads the first <paramref name="bytes"/> bytes of a file in order and drops them.</summary>
    /// <param name="progress">Told after every block how many bytes have been read.</param>
    /// <param name="options">How to read; null as by default.</param>
    public async Task DownloadAsync(
        ResolvedMedia media,
        long bytes,
        Action<long>? progress = null,
        DownloadOptions? options = null
    )
    {
        var context = new MediaReaderContext(_memory, options ?? new(), TimeProvider.System, NullLogger.Instance);
        using var reader = new MediaReader(
            new MediaAccess(_pool!, media.Location),
            media.Description.Size,
            (renewal, _) => throw new InvalidOperationException($"Nothing expires here: {renewal.Fault}"),
            context
        );
        await foreach (var block in reader.ReadAsync(0, CancellationToken.None))
        {
            var end = block.Offset + block.Memory.Length;
            block.Dispose();
            progress?.Invoke(end);
            if (end >= bytes)
                break;
        }
    }

    /// <summary>Reads the first <paramref name="bytes"/> bytes of a file over as many connections, and decrypts nothing.</summary>
    /// <param name="bytes">Whole MiB.</param>
    public Task DrainAsync(ResolvedMedia media, long bytes)
    {
        var parts = (int)(bytes >> 20);
        var taken = -1;
        var address = _options.MediaAddresses(media.Description.Dc)[0];
        var drains = Enumerable
            .Range(0, _connections)
            .Select(_ => new Drain(address, _key!, _options.Client, media.Location).RunAsync(NextPart));
        return Task.WhenAll(drains);

        int? NextPart() => Interlocked.Increment(ref taken) is var part && part < parts ? part : null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_pool is not null)
            await _pool.DisposeAsync();
        await _session.DisposeAsync();
    }
}
