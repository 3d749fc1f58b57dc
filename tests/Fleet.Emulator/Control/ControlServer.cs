using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Fleet.Emulator.Control;

/// <summary>
/// The HTTP side door for scripts in other processes, on loopback only. JSON in snake_case; a wrong request is answered
/// by 400 or 404 with {"error": text}. Paths: see <see cref="Help"/>.
/// </summary>
sealed class ControlServer : IAsyncDisposable
{
    /// <summary>The interface in one screen, for --help and GET /.</summary>
    public const string Help = """
        POST /channels/{username}/messages  {"file": PATH | "seed": N, "size": BYTES, "name", "mime", "dc", "cdn",
                                             "caption", "duration", "width", "height", "codec", "title", "performer",
                                             "thumbs": [{"type", "width", "height", "file" | "seed", "size"}],
                                             "alternatives": [the same]}  or {"photo": true, …}  or {"text"};
                                             each with "comment_on": POST or "thread": TOPIC or message
                                            -> {"link", "message_id", "document_id", "size", "sha256"}
                                            of a photo: its id, and its largest size
        POST /channels/{username}/albums    {"items": [2 to 10 of the above], "caption", "thread"} -> {"items": […]}
        POST /channels/{username}/topics    {"title"} -> {"message_id"}: begins a topic of a forum
        POST /channels/{username}/invite    {"hash", "peek_seconds", "request_needed"} -> {"link"}
        POST /channels                      {"kind": channel | supergroup | group | private, "title", "username",
                                             "no_forwards", "forum", "discusses": channel, "members": [user id]}
                                            -> {"id"}: stands for a username
        POST /stories/{username}            {"media": {as a message}, "no_forwards", "album": N} -> {"link", "story_id", …}
        DELETE /channels/{username}/messages/{id}
        GET  /channels                      -> [{"id", "kind", "title", "username", "messages": [...]}]
        POST /users                         {"premium": false} -> {"phone", "code", "user_id"}
        POST /faults                        {"method", "error", "count": 1, "after": 0, "user_id", "dc"}
        DELETE /faults                      forgets faults that were not used up
        POST /network                       {"latency_ms": 0, "bytes_per_second": 0}   per connection; 0 = no limit
        POST /network/rules                 {"dc", "media_only", "user_id", "connection": N-th that fits, "latency_ms",
                                             "bytes_per_second", "slice_bytes", "drop_every_calls", "close_at_byte",
                                             "reset_at_byte"} -> {"id"}; null leaves a setting as it is, the last rule wins
        DELETE /network/rules               DELETE /network/rules/{id}
        POST /documents/{id}/expire         file references given out so far expire; /documents/expire: of all documents
        POST /documents/{id}/move           {"dc"}
        POST /accounts/{user_id}/accept-login  {"link": "tg://login?token=…"}   as if the account had scanned the QR code
        POST /app-config                    {"video_ignore_alt_documents": true}
        GET  /takeouts                      [{"id", "user_id", "files", "file_max_bytes", "success", "calls"}]
        POST /takeouts/{user_id}/end        ends the account's takeout
        POST /connections/drop              closes every open connection
        POST /auth-keys/forget              the servers no longer know any auth key; ?dc=N: only that one
        GET  /stats                         calls per method and DC, bytes, connections, key exchanges, CPU seconds, peak RSS
        DELETE /stats                       counts from zero
        """;

    readonly WebApplication _app;

    ControlServer(WebApplication app, Uri address)
    {
        _app = app;
        Address = address;
    }

    public Uri Address { get; }

    public static async Task<ControlServer> StartAsync(TelegramEmulator emulator, int port, CancellationToken ct)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(System.Net.IPAddress.Loopback, port);
            kestrel.Limits.MaxRequestBodySize = 64 * 1024;
        });
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
            json.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
            json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower));
        });
        builder.Services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        var app = builder.Build();
        app.Use(AnswerErrorsAsync);
        ControlRoutes.Map(app, emulator);
        await app.StartAsync(ct);
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>();
        return new ControlServer(app, new Uri(addresses!.Addresses.First()));
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    static async Task AnswerErrorsAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (Exception e)
            when (e is ArgumentException or IOException or InvalidOperationException or BadHttpRequestException)
        {
            await AnswerAsync(context, StatusCodes.Status400BadRequest, e.InnerException?.Message ?? e.Message);
        }
        catch (KeyNotFoundException e)
        {
            await AnswerAsync(context, StatusCodes.Status404NotFound, e.Message);
        }
    }

    static Task AnswerAsync(HttpContext context, int status, string error)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new { error }, context.RequestAborted);
    }
}
