using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Fleet.Cli;

/// <summary>A webhook that was received and verified.</summary>
sealed record ReceivedWebhook(string Id, string Type, Guid JobId);

/// <summary>Receives webhooks on a free port of loopback and verifies them.</summary>
sealed class WebhookInbox : IAsyncDisposable
{
    /// <summary>Path of the address; tells the demo's own registrations from others.</summary>
    public const string Path = "/fleet-demo";

    const int MaxBodyBytes = 1 << 20;
    const int MaxWaiting = 64;

    readonly WebApplication _app;
    readonly Channel<ReceivedWebhook> _verified = Channel.CreateBounded<ReceivedWebhook>(MaxWaiting);
    WebhookVerifier? _verifier;

    WebhookInbox(WebApplication app) => _app = app;

    /// <summary>Where it listens.</summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>What was wrong with the last webhook that was refused.</summary>
    public string? LastFault { get; private set; }

    /// <summary>Begins to listen; nothing verifies before <see cref="Trust"/>.</summary>
    public static async Task<WebhookInbox> OpenAsync(CancellationToken ct)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = MaxBodyBytes);
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var inbox = new WebhookInbox(app);
        app.MapPost(Path, inbox.AcceptAsync);
        await app.StartAsync(ct);
        inbox.Url = new Uri(new Uri(app.Urls.First()), Path);
        return inbox;
    }

    /// <summary>Accepts what is signed with this secret.</summary>
    public void Trust(string secret, TimeProvider time) => _verifier = new WebhookVerifier(secret, time);

    /// <summary>The next verified webhook.</summary>
    public ValueTask<ReceivedWebhook> NextAsync(CancellationToken ct) => _verified.Reader.ReadAsync(ct);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    async Task AcceptAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        var headers = http.Request.Headers;
        var fault = _verifier is { } verifier
            ? verifier.FaultOrNull(
                headers["webhook-id"],
                headers["webhook-timestamp"],
                headers["webhook-signature"],
                body.ToArray()
            )
            : "no secret is known yet";
        if (fault is null && Read(headers["webhook-id"].ToString(), body.ToArray()) is { } webhook)
        {
            await _verified.Writer.WriteAsync(webhook, http.RequestAborted);
            http.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }
        LastFault = fault ?? "the body is not that of a job event";
        http.Response.StatusCode = StatusCodes.Status400BadRequest;
    }

    static ReceivedWebhook? Read(string id, byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.GetProperty("type").GetString() is { } type
                ? new ReceivedWebhook(id, type, json.RootElement.GetProperty("data").GetProperty("id").GetGuid())
                : null;
        }
        catch (Exception e)
            when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}
