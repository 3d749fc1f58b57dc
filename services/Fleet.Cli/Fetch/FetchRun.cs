using Fleet.MtProto;
using Fleet.Telegram;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.Cli;

/// <summary>One download: log in, resolve, read, write.</summary>
sealed class FetchRun(FetchOptions options, TimeProvider time)
{
    const long MemoryBytes = 64L << 20;

    /// <exception cref="TelegramException">Why there is no file.</exception>
    public async Task<FetchReport> RunAsync(CancellationToken ct)
    {
        OutputFile.Check(options.Output);
        var saved = options.SessionFile is { } path ? SessionFile.LoadOrNull(path) : null;
        await using var session = new MainSession(options.Telegram, saved?.Account, time, NullLogger.Instance);
        if (saved is null)
            await LogInAsync(session, ct);
        var context = new MediaReaderContext(
            new MemoryBudget(MemoryBytes),
            new DownloadOptions { VerifyHashes = options.Verify },
            time,
            NullLogger.Instance
        );
        var limits = new MediaClientOptions { Connections = options.Connections };
        await using var client = new MediaClient(session, options.Telegram, limits, context);
        foreach (var key in saved?.DcKeys ?? [])
            client.AddKey(new DcKey(key.Dc, AuthKey.Import(key.AuthKey), key.ServerSalt));
        try
        {
            var media = await session.ResolveAsync(options.Link, ct);
            return await DownloadAsync(client, media[0], ct);
        }
        finally
        {
            Save(session, client);
        }
    }

    async Task<FetchReport> DownloadAsync(MediaClient client, ResolvedMedia media, CancellationToken ct)
    {
        var about = media.Description;
        if (about.Protected)
            throw new ResolveException("content_protected", "The chat forbids saving its content.");
        var name = about.FileName ?? FormattableString.Invariant($"{about.DocumentId}");
        var clock = new Stopclock(time);
        using var output = OutputFile.Create(options.Output, name);
        using var reader = await client.OpenAsync(media, ct);
        await foreach (var block in reader.ReadAsync(0, ct))
        {
            using (block)
                output.Append(block.Memory.Span);
        }
        if (output.Length != about.Size)
            throw new MediaException(MediaErrors.PartLength, "The file is not complete.", Remedy.Later);
        var (path, sha256) = output.Commit();
        var seconds = clock.Seconds;
        return new FetchReport
        {
            Name = name,
            Path = path,
            Size = about.Size,
            Sha256 = sha256,
            Seconds = seconds,
            MbPerS = about.Size / 1e6 / Math.Max(seconds, 1e-6),
            CpuSeconds = clock.CpuSeconds,
            TotalCpuSeconds = Environment.CpuUsage.TotalTime.TotalSeconds,
            PeakRssBytes = Stopclock.PeakRssBytes,
            DocumentId = about.DocumentId,
            Dc = reader.Access.Pool.Dc,
        };
    }

    async Task LogInAsync(MainSession session, CancellationToken ct)
    {
        if (options.BotToken is { } token)
        {
            await session.SignInBotAsync(token, ct);
            return;
        }
        if (options.Phone is not { } phone)
            throw new UsageException(
                $"--session {options.SessionFile}: there is no such file; log in with --phone or --bot-token"
            );
        var sent = await session.SendCodeAsync(phone, ct);
        var code = options.Code ?? await AskAsync("Login code: ", "--code", ct);
        try
        {
            await session.SignInAsync(sent, code, ct);
        }
        catch (LoginException e) when (e.Code is LoginErrors.PasswordNeeded)
        {
            var password = options.Password ?? await AskAsync("Two-step password: ", "--password", ct);
            await session.CheckPasswordAsync(password, ct);
        }
    }

    void Save(MainSession session, MediaClient client)
    {
        if (options.SessionFile is not { } path || session.State is not { } state)
            return;
        var keys = client.Keys.Select(k => new SessionFileKey(k.Dc, k.AuthKey.Export(), k.ServerSalt));
        new SessionFile { Account = state, DcKeys = [.. keys] }.Save(path);
    }

    static async Task<string> AskAsync(string question, string option, CancellationToken ct)
    {
        await Console.Error.WriteAsync(question);
        var answer = await Console.In.ReadLineAsync(ct);
        return answer is { Length: > 0 } text ? text.Trim() : throw new UsageException($"{option} is missing");
    }
}
