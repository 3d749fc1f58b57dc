using System.Diagnostics;
using System.Globalization;
using Fleet.Emulator.Worlds;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Fleet.Emulator.Control;

/// <summary>The control interface's paths, as <see cref="ControlServer.Help"/> lists them.</summary>
static class ControlRoutes
{
    public static void Map(IEndpointRouteBuilder app, TelegramEmulator emulator)
    {
        app.MapGet("/", () => ControlServer.Help);
        app.MapGet("/channels", () => emulator.World.Chats.Select(Describe));
        app.MapPost("/channels", (NewChatBody body) => AddChat(emulator, body));
        app.MapPost(
            "/channels/{username}/messages",
            (string username, NewMessageBody body) => PostAsync(emulator, username, body)
        );
        app.MapDelete(
            "/channels/{username}/messages/{id:int}",
            (string username, int id) => Delete(emulator, username, id)
        );
        app.MapPost("/users", (NewUserBody body) => AddUser(emulator, body));
        app.MapPost("/faults", (FaultBody body) => AddFault(emulator, body));
        app.MapDelete("/faults", () => emulator.Faults.Clear());
        app.MapPost("/network", (NetworkBody body) => SetNetwork(emulator, body));
        app.MapPost("/network/rules", (NetworkRuleBody body) => new { Id = emulator.Network.Add(body.ToRule()) });
        app.MapDelete("/network/rules", emulator.Network.Clear);
        app.MapDelete("/network/rules/{id:int}", (int id) => RemoveRule(emulator, id));
        app.MapPost("/documents/{id:long}/expire", (long id) => FileOf(emulator, id).ExpireReferences());
        app.MapPost("/documents/{id:long}/move", (long id, MoveBody body) => FileOf(emulator, id).MoveTo(body.Dc));
        app.MapPost("/app-config", (AppConfigBody body) => SetAppConfig(emulator, body));
        app.MapGet("/takeouts", () => emulator.Takeouts.All);
        app.MapPost("/takeouts/{userId:long}/end", (long userId) => emulator.Takeouts.End(userId, success: false));
        app.MapPost("/connections/drop", emulator.DropConnections);
        app.MapPost("/auth-keys/forget", emulator.ForgetAuthKeys);
        app.MapGet("/stats", () => Stats(emulator));
        app.MapDelete("/stats", emulator.Counters.Reset);
    }

    static async Task<object> PostAsync(TelegramEmulator emulator, string username, NewMessageBody body)
    {
        var chat = ChatOf(emulator, username);
        if (body.Text is { } text)
        {
            var posted = emulator.World.Post(chat, text);
            return new { posted.Link, MessageId = posted.Id };
        }
        var caption = body.Caption ?? "";
        var message = body.Photo
            ? emulator.World.Post(chat, PhotoOf(body), caption)
            : emulator.World.Post(chat, DocumentOf(body), caption);
        var content = message.Photo?.Largest.Content ?? message.Document!.Content;
        return new
        {
            message.Link,
            MessageId = message.Id,
            DocumentId = message.Photo?.Id ?? message.Document!.Id,
            content.Size,
            Sha256 = await content.Sha256HexAsync(),
        };
    }

    static object AddUser(TelegramEmulator emulator, NewUserBody body)
    {
        var user = emulator.World.AddUser(premium: body.Premium);
        return new
        {
            user.Phone,
            user.Code,
            user.UserId,
        };
    }

    static object AddChat(TelegramEmulator emulator, NewChatBody body)
    {
        var members = (body.Members ?? []).Select(id =>
            emulator.World.AccountOrNull(id) ?? throw new KeyNotFoundException($"No account {id}.")
        );
        var chat = emulator.World.AddChat(body.Kind, body.Title, body.Username, body.NoForwards, members);
        return new { chat.Id };
    }

    /// <summary>By user name, or by id: what is private has no name.</summary>
    static EmulatedChat ChatOf(TelegramEmulator emulator, string name) =>
        long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? emulator.World.ChatOrNull(id) ?? throw new KeyNotFoundException($"No chat {id}.")
            : emulator.World.Chat(name);

    static FileContent ContentOf(string? file, long? seed, long? size) =>
        (file, seed, size) switch
        {
            ({ } path, _, _) => DiskContent.Open(path),
            (_, { } from, { } bytes) => new GeneratedContent(from, bytes),
            _ => throw new InvalidOperationException("Give either text, or file, or seed and size."),
        };

    static NewPhoto PhotoOf(NewMessageBody body) =>
        NewPhoto.Of(ContentOf(body.File, body.Seed, body.Size), body.Width ?? 1280, body.Height ?? 720) with
        {
            Dc = body.Dc ?? World.DefaultDc,
        };

    static NewDocument DocumentOf(NewMessageBody body)
    {
        var content = ContentOf(body.File, body.Seed, body.Size);
        var name = body.Name ?? (body.File is { } file ? Path.GetFileName(file) : $"generated-{body.Seed}.bin");
        return new NewDocument(content)
        {
            FileName = name,
            MimeType = body.Mime,
            Dc = body.Dc ?? World.DefaultDc,
            OnCdn = body.Cdn ?? false,
            DurationSeconds = body.Duration ?? 0,
            Width = body.Width ?? 0,
            Height = body.Height ?? 0,
            Codec = body.Codec,
            Title = body.Title,
            Performer = body.Performer,
            Thumbs =
            [
                .. (body.Thumbs ?? []).Select(t => new EmulatedPicture(
                    t.Type,
                    t.Width,
                    t.Height,
                    ContentOf(t.File, t.Seed, t.Size)
                )),
            ],
            Alternatives = [.. (body.Alternatives ?? []).Select(DocumentOf)],
        };
    }

    static void SetAppConfig(TelegramEmulator emulator, AppConfigBody body) =>
        emulator.World.IgnoreAltDocuments = body.VideoIgnoreAltDocuments;

    static void Delete(TelegramEmulator emulator, string username, int id)
    {
        if (!ChatOf(emulator, username).Delete(id))
            throw new KeyNotFoundException($"No message {id} in {username}.");
    }

    static void AddFault(TelegramEmulator emulator, FaultBody body) =>
        emulator.Faults.FailNext(body.Method, body.Error, body.Count ?? 1, body.After ?? 0, body.UserId, body.Dc);

    static void SetNetwork(TelegramEmulator emulator, NetworkBody body)
    {
        emulator.Network.Latency = TimeSpan.FromMilliseconds(body.LatencyMs ?? 0);
        emulator.Network.BytesPerSecond = body.BytesPerSecond ?? 0;
    }

    static void RemoveRule(TelegramEmulator emulator, int id)
    {
        if (!emulator.Network.Remove(id))
            throw new KeyNotFoundException($"No network rule {id}.");
    }

    static EmulatedFile FileOf(TelegramEmulator emulator, long id) =>
        emulator.World.FileOrNull(id) ?? throw new KeyNotFoundException($"No document {id}.");

    static object Describe(EmulatedChat chat) =>
        new
        {
            chat.Id,
            Kind = chat.Kind.ToString().ToLowerInvariant(),
            chat.Title,
            chat.Username,
            Messages = chat.Messages.Select(m => new
            {
                m.Id,
                m.Link,
                m.Text,
                DocumentId = m.Document?.Id ?? m.Photo?.Id,
                m.Document?.FileName,
                Size = m.Document?.Size ?? m.Photo?.Largest.Content.Size,
                Dc = m.Document?.Dc ?? m.Photo?.Dc,
            }),
        };

    static object Stats(TelegramEmulator emulator)
    {
        using var process = Process.GetCurrentProcess();
        return new
        {
            Calls = emulator
                .Counters.Calls.OrderBy(c => c.Key.Method, StringComparer.Ordinal)
                .ThenBy(c => c.Key.Dc)
                .Select(c => new
                {
                    c.Key.Method,
                    c.Key.Dc,
                    Count = c.Value,
                }),
            emulator.Counters.BytesServed,
            emulator.Counters.BytesSent,
            emulator.Counters.KeyExchanges,
            emulator.Counters.Connections,
            emulator.Counters.OpenConnections,
            emulator.Counters.DuplicateKeys,
            emulator.Counters.CallsInFloodWindow,
            emulator.Counters.CallsDespiteFlood,
            PendingFaults = emulator.Faults.PendingCount,
            CpuSeconds = process.TotalProcessorTime.TotalSeconds,
            PeakMemoryBytes = process.PeakWorkingSet64,
        };
    }
}

sealed record NewMessageBody(
    string? Text,
    string? File,
    long? Seed,
    long? Size,
    string? Name,
    string? Mime,
    int? Dc,
    bool? Cdn,
    string? Caption,
    double? Duration,
    int? Width,
    int? Height,
    string? Codec,
    string? Title,
    string? Performer,
    bool Photo,
    NewPictureBody[]? Thumbs,
    NewMessageBody[]? Alternatives
);

sealed record NewPictureBody(string Type, int Width, int Height, string? File, long? Seed, long? Size);

sealed record NewUserBody(bool Premium);

sealed record NewChatBody(ChatKind Kind, string Title, string? Username, bool NoForwards, long[]? Members);

sealed record AppConfigBody(bool VideoIgnoreAltDocuments);

sealed record FaultBody(string Method, string Error, int? Count, int? After, long? UserId, int? Dc);

sealed record NetworkBody(double? LatencyMs, long? BytesPerSecond);

sealed record NetworkRuleBody(
    int? Dc,
    bool? MediaOnly,
    long? UserId,
    int? Connection,
    double? LatencyMs,
    long? BytesPerSecond,
    int? SliceBytes,
    int? DropEveryCalls,
    long? CloseAtByte,
    long? ResetAtByte
)
{
    public NetworkRule ToRule() =>
        new()
        {
            Dc = Dc,
            MediaOnly = MediaOnly,
            UserId = UserId,
            Connection = Connection,
            Latency = LatencyMs is { } latency ? TimeSpan.FromMilliseconds(latency) : null,
            BytesPerSecond = BytesPerSecond,
            SliceBytes = SliceBytes,
            DropEveryCalls = DropEveryCalls,
            CloseAtByte = CloseAtByte,
            ResetAtByte = ResetAtByte,
        };
}

sealed record MoveBody(int Dc);
