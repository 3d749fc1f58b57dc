using System.Diagnostics;
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
        app.MapPost(
            "/channels/{username}/messages",
            (string username, NewMessageBody body) => PostAsync(emulator, username, body)
        );
        app.MapDelete(
            "/channels/{username}/messages/{id:int}",
            (string username, int id) => Delete(emulator, username, id)
        );
        app.MapPost("/faults", (FaultBody body) => AddFault(emulator, body));
        app.MapDelete("/faults", () => emulator.Faults.Clear());
        app.MapPost("/network", (NetworkBody body) => SetNetwork(emulator, body));
        app.MapPost("/network/rules", (NetworkRuleBody body) => new { Id = emulator.Network.Add(body.ToRule()) });
        app.MapDelete("/network/rules", emulator.Network.Clear);
        app.MapDelete("/network/rules/{id:int}", (int id) => RemoveRule(emulator, id));
        app.MapPost("/documents/{id:long}/expire", (long id) => DocumentOf(emulator, id).ExpireReferences());
        app.MapPost("/documents/{id:long}/move", (long id, MoveBody body) => DocumentOf(emulator, id).MoveTo(body.Dc));
        app.MapPost("/connections/drop", emulator.DropConnections);
        app.MapPost("/auth-keys/forget", emulator.ForgetAuthKeys);
        app.MapGet("/stats", () => Stats(emulator));
        app.MapDelete("/stats", emulator.Counters.Reset);
    }

    static async Task<object> PostAsync(TelegramEmulator emulator, string username, NewMessageBody body)
    {
        var chat = emulator.World.Chat(username);
        if (body.Text is { } text)
        {
            var posted = emulator.World.Post(chat, text);
            return new { posted.Link, MessageId = posted.Id };
        }
        var message = emulator.World.Post(chat, DocumentOf(body), body.Caption ?? "");
        var document = message.Document!;
        return new
        {
            message.Link,
            MessageId = message.Id,
            DocumentId = document.Id,
            document.Size,
            Sha256 = await document.Content.Sha256HexAsync(),
        };
    }

    static NewDocument DocumentOf(NewMessageBody body)
    {
        FileContent content = body switch
        {
            { File: { } path } => DiskContent.Open(path),
            { Seed: { } seed, Size: { } size } => new GeneratedContent(seed, size),
            _ => throw new InvalidOperationException("Give either text, or file, or seed and size."),
        };
        var name = body.Name ?? (body.File is { } file ? Path.GetFileName(file) : $"generated-{body.Seed}.bin");
        return new NewDocument(content)
        {
            FileName = name,
            MimeType = body.Mime,
            Dc = body.Dc ?? World.DefaultDc,
            DurationSeconds = body.Duration ?? 0,
            Width = body.Width ?? 0,
            Height = body.Height ?? 0,
        };
    }

    static void Delete(TelegramEmulator emulator, string username, int id)
    {
        if (!emulator.World.Chat(username).Delete(id))
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

    static EmulatedDocument DocumentOf(TelegramEmulator emulator, long id) =>
        emulator.World.DocumentOrNull(id) ?? throw new KeyNotFoundException($"No document {id}.");

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
                DocumentId = m.Document?.Id,
                m.Document?.FileName,
                m.Document?.Size,
                m.Document?.Dc,
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
    string? Caption,
    double? Duration,
    int? Width,
    int? Height
);

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
