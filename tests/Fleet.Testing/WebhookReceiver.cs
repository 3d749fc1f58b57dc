using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Fleet.Testing;

/// <summary>A receiver of webhooks on loopback that checks signatures by the Standard Webhooks rules.</summary>
/// <remarks>Written from the specification, apart from the sender's code.</remarks>
public sealed class WebhookReceiver : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly ConcurrentQueue<ReceivedWebhook> _received = new();
    readonly ConcurrentQueue<RawWebhook> _raw = new();
    readonly SemaphoreSlim _arrived = new(0);

    WebhookReceiver(WebApplication app) => _app = app;

    public Uri Url { get; private set; } = null!;

    /// <summary>The <c>whsec_</c> secret that deliveries are checked with; unset, nothing verifies.</summary>
    public string? Secret { get; set; }

    /// <summary>The status answered to each delivery. Default 204.</summary>
    public Func<ReceivedWebhook, int> Answer { get; set; } = _ => StatusCodes.Status204NoContent;

    public IReadOnlyCollection<ReceivedWebhook> Received => _received;

    /// <summary>The same as they came, for another verifier.</summary>
    public IReadOnlyCollection<RawWebhook> Raw => _raw;

    public static async Task<WebhookReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var receiver = new WebhookReceiver(app);
        app.MapPost("/hook", receiver.ReceiveAsync);
        await app.StartAsync();
        receiver.Url = new Uri(app.Urls.First() + "/hook");
        return receiver;
    }

    /// <summary>Waits for a delivery that satisfies <paramref name="wanted"/>.</summary>
    public async Task<ReceivedWebhook> ReceiveAsync(Func<ReceivedWebhook, bool> wanted, TimeSpan deadline)
    {
        using var limit = new CancellationTokenSource(deadline, TimeProvider.System);
        while (true)
        {
            if (_received.FirstOrDefault(wanted) is { } webhook)
                return webhook;
            await _arrived.WaitAsync(limit.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _arrived.Dispose();
    }

    async Task ReceiveAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        var id = http.Request.Headers["webhook-id"].ToString();
        var text = Encoding.UTF8.GetString(body.ToArray());
        var webhook = new ReceivedWebhook(id, text, Verifies(http.Request.Headers, id, text));
        var headers = http.Request.Headers;
        _raw.Enqueue(new(id, headers["webhook-timestamp"].ToString(), headers["webhook-signature"].ToString(), text));
        http.Response.StatusCode = Answer(webhook);
        _received.Enqueue(webhook);
        _arrived.Release();
    }

    bool Verifies(IHeaderDictionary headers, string id, string body)
    {
        if (Secret is null)
            return false;
        var key = Convert.FromBase64String(Secret["whsec_".Length..]);
        var signed = $"{id}.{headers["webhook-timestamp"]}.{body}";
        var expected = "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(signed)));
        return headers["webhook-signature"].ToString().Split(' ').Contains(expected, StringComparer.Ordinal);
    }
}

/// <summary>One delivery as it arrived.</summary>
/// <param name="Id">The webhook-id header: the same on every retry.</param>
/// <param name="Body">The exact text that was signed.</param>
/// <param name="Verified">Whether a signature matched the receiver's secret.</param>
public sealed record ReceivedWebhook(string Id, string Body, bool Verified);

/// <summary>One delivery as it arrived, with the headers that are verified.</summary>
public sealed record RawWebhook(string Id, string Timestamp, string Signature, string Body);
