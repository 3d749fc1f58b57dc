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
        ContentRoutes.Map(app, emulator.World);
        app.MapPost("/users", (NewUserBody body) => AddUser(emulator, body));
        app.MapPost("/faults", (FaultBody body) => AddFault(emulator, body));
        app.MapDelete("/faults", () => emulator.Faults.Clear());
        app.MapPost("/network", (NetworkBody body) => SetNetwork(emulator, body));
        app.MapPost("/network/rules", (NetworkRuleBody body) => new { Id = emulator.Network.Add(body.ToRule()) });
        app.MapDelete("/network/rules", emulator.Network.Clear);
        app.MapDelete("/network/rules/{id:int}", (int id) => RemoveRule(emulator, id));
        app.MapPost("/documents/{id:long}/expire", (long id) => FileOf(emulator, id).ExpireReferences());
        app.MapPost(
            "/documents/expire",
            () =>
            {
                foreach (var document in emulator.World.Documents)
                    document.ExpireReferences();
            }
        );
        app.MapPost("/documents/{id:long}/move", (long id, MoveBody body) => FileOf(emulator, id).MoveTo(body.Dc));
        app.MapPost(
            "/accounts/{userId:long}/accept-login",
            (long userId, AcceptLoginBody body) => emulator.AcceptLogin(AccountOf(emulator, userId), body.Link)
        );
        app.MapPost("/app-config", (AppConfigBody body) => SetAppConfig(emulator, body));
        app.MapGet("/takeouts", () => emulator.Takeouts.All);
        app.MapPost("/takeouts/{userId:long}/end", (long userId) => emulator.Takeouts.End(userId, success: false));
        app.MapPost("/connections/drop", emulator.DropConnections);
        app.MapPost("/auth-keys/forget", emulator.ForgetAuthKeys);
        app.MapGet("/stats", () => Stats(emulator));
        app.MapDelete("/stats", emulator.Counters.Reset);
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

    static void SetAppConfig(TelegramEmulator emulator, AppConfigBody body) =>
        emulator.World.IgnoreAltDocuments = body.VideoIgnoreAltDocuments;

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

    static EmulatedAccount AccountOf(TelegramEmulator emulator, long id) =>
        emulator.World.AccountOrNull(id) ?? throw new KeyNotFoundException($"No account {id}.");

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

sealed record NewUserBody(bool Premium);

sealed record AcceptLoginBody(string Link);

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
