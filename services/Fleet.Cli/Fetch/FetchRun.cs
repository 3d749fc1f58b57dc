using System.Globalization;
using Fleet.MtProto;
using Fleet.Telegram;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.Cli;

/// <summary>One download: log in, resolve, read, write.</summary>
sealed class FetchRun(FetchOptions options, TimeProvider time)
{
    const long MemoryBytes = 64L << 20;
    static readonly TimeSpan FinishDeadline = TimeSpan.FromSeconds(10);

    /// <exception cref="TelegramException">Why there is no file.</exception>
    public async Task<IReadOnlyList<FetchReport>> RunAsync(CancellationToken ct)
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
            return options.Takeout
                ? await InTakeoutAsync(session, client, ct)
                : await ResolveAndDownloadAsync(session, client, ct);
        }
        finally
        {
            Save(session, client);
        }
    }

    /// <summary>Tells Telegram how the takeout ended, also when it failed or was interrupted.</summary>
    async Task<IReadOnlyList<FetchReport>> InTakeoutAsync(MainSession session, MediaClient client, CancellationToken ct)
    {
        await session.BeginTakeoutAsync(ct);
        var done = false;
        try
        {
            var reports = await ResolveAndDownloadAsync(session, client, ct);
            done = true;
            return reports;
        }
        finally
        {
            using var deadline = new CancellationTokenSource(FinishDeadline, time);
            await FinishAsync(session, done, deadline.Token);
        }
    }

    /// <summary>A takeout that cannot be ended ends by itself: what became of the file weighs more.</summary>
    static async Task FinishAsync(MainSession session, bool success, CancellationToken ct)
    {
        try
        {
            await session.FinishTakeoutAsync(success, ct);
        }
        catch (Exception e) when (e is TelegramException or MtProtoException or OperationCanceledException)
        {
            await Console.Error.WriteLineAsync($"fetch: the takeout could not be ended: {e.Message}");
        }
    }

    /// <summary>One file after another, in message order.</summary>
    async Task<IReadOnlyList<FetchReport>> ResolveAndDownloadAsync(
        MainSession session,
        MediaClient client,
        CancellationToken ct
    )
    {
        var found = await session.ResolveAsync(options.Link, ct);
        if (found.Count > 1 && !Directory.Exists(options.Output))
            throw new UsageException(
                $"the link leads to {found.Count} files: give a directory for OUT, or add ?single to the link of one"
            );
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var reports = new List<FetchReport>();
        foreach (var media in found.Select(Chosen))
        {
            var name = OutputFile.NameBeside(names, media.Description.FileName ?? NameOf(media.Description));
            reports.Add(await DownloadAsync(client, media, name, ct));
        }
        return reports;
    }

    ResolvedMedia Chosen(ResolvedMedia media)
    {
        if (!options.Thumb)
            return options.Quality?.Choose(media) ?? media;
        return media.PosterOrNull() is { } poster
            ? media.Picture(poster)
            : throw new ResolveException(ResolveErrors.NoMedia, "The file has no picture that can be downloaded.");
    }

    async Task<FetchReport> DownloadAsync(MediaClient client, ResolvedMedia media, string name, CancellationToken ct)
    {
        var about = media.Description;
        if (about.Protected)
            throw new ResolveException("content_protected", "The chat forbids saving its content.");
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

    /// <summary>Of what came without a name: photos, pictures, and some voice messages and videos.</summary>
    static string NameOf(MediaDescription about)
    {
        var extension = about.MimeType switch
        {
            "image/jpeg" => ".jpg",
            "image/png" => ".png",
            "image/webp" => ".webp",
            "video/mp4" => ".mp4",
            "audio/ogg" => ".ogg",
            "audio/mpeg" => ".mp3",
            _ => "",
        };
        return string.Create(CultureInfo.InvariantCulture, $"{about.DocumentId}{extension}");
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
