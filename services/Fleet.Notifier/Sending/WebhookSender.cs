using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Text;
using Fleet.Notifier.Deliveries;
using Microsoft.Extensions.Options;

namespace Fleet.Notifier.Sending;

/// <summary>Posts signed webhooks. The only class of Fleet that calls addresses given by tenants.</summary>
public sealed class WebhookSender : IDisposable
{
    const int MaxResponseBytes = 4096;
    const int KeptResponseBytes = 1024;

    static readonly ProductInfoHeaderValue UserAgent = new("Fleet-Webhooks", "1");

    readonly HttpMessageInvoker _http;
    readonly TimeSpan _timeout;
    readonly TimeProvider _time;

    /// <summary>Connects with <paramref name="resolve"/>; production passes the system's resolver.</summary>
    public WebhookSender(IOptions<NotifierOptions> options, HostResolver resolve, TimeProvider time)
    {
        _timeout = options.Value.Timeout;
        _time = time;
        var dialer = new GuardedDialer(AddressGuard.Of(options.Value), resolve);
        _http = new HttpMessageInvoker(
            new SocketsHttpHandler
            {
                ConnectCallback = dialer.ConnectAsync,
                AllowAutoRedirect = false,
                UseProxy = false,
                UseCookies = false,
                AutomaticDecompression = DecompressionMethods.None,
                ConnectTimeout = TimeSpan.FromSeconds(5),
                PooledConnectionLifetime = TimeSpan.FromSeconds(60),
                PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
                MaxConnectionsPerServer = options.Value.PerEndpoint,
                MaxResponseHeadersLength = 16,
                MaxResponseDrainSize = 0,
                // Our trace ids are no business of the receiver.
                ActivityHeadersPropagator = DistributedContextPropagator.CreateNoOutputPropagator(),
            }
        );
    }

    /// <summary>Tries once. Never throws for what the endpoint does or is.</summary>
    /// <param name="delivery">What to send, and where.</param>
    /// <param name="ct">Abandons the try.</param>
    public async Task<SendOutcome> SendAsync(ClaimedDelivery delivery, CancellationToken ct)
    {
        if (AddressGuard.ParseOrNull(delivery.Url) is not { } url)
            return new SendOutcome(SendFault.UrlRefused);
        using var deadline = new CancellationTokenSource(_timeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, ct);
        try
        {
            using var request = Compose(delivery, url);
            using var response = await _http.SendAsync(request, both.Token);
            return await ReadAsync(response, both.Token);
        }
        catch (FormatException)
        {
            return new SendOutcome(SendFault.SecretInvalid);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new SendOutcome(SendFault.TimedOut);
        }
        catch (HttpRequestException e)
        {
            return new SendOutcome(FaultOf(e));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    HttpRequestMessage Compose(ClaimedDelivery delivery, Uri url)
    {
        var timestamp = _time.GetUtcNow().ToUnixTimeSeconds();
        // While a secret is rotated both sign, so that a receiver may change at any moment.
        string?[] secrets = [delivery.Secret, delivery.OldSecret];
        var signatures = secrets
            .OfType<string>()
            .Select(secret => WebhookSignature.Sign(secret, delivery.Id, timestamp, delivery.Body));
        var content = new ByteArrayContent(delivery.Body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = content };
        request.Headers.UserAgent.Add(UserAgent);
        request.Headers.Add("webhook-id", delivery.Id);
        request.Headers.Add("webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", string.Join(' ', signatures));
        return request;
    }

    async Task<SendOutcome> ReadAsync(HttpResponseMessage response, CancellationToken ct)
    {
        var status = (int)response.StatusCode;
        SendFault? fault = status switch
        {
            >= 200 and < 300 => null,
            >= 300 and < 400 => SendFault.Redirected,
            _ => SendFault.NotAccepted,
        };
        return new SendOutcome(fault, status, await ReadStartAsync(response, ct), RetryAfterOf(response));
    }

    // The status has decided already; a body that breaks off or never ends only shortens what is kept.
    static async Task<string> ReadStartAsync(HttpResponseMessage response, CancellationToken ct)
    {
        var buffer = new byte[MaxResponseBytes];
        var length = 0;
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(ct);
            length = await body.ReadAtLeastAsync(buffer, MaxResponseBytes, throwOnEndOfStream: false, ct);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException)
        {
            // nothing of it is kept
        }
        return Printable(buffer.AsSpan(0, Math.Min(length, KeptResponseBytes)));
    }

    static string Printable(ReadOnlySpan<byte> bytes) =>
        string.Create(
            Encoding.UTF8.GetCharCount(bytes),
            bytes,
            static (text, source) =>
            {
                Encoding.UTF8.GetChars(source, text);
                foreach (ref var c in text)
                    c = char.IsControl(c) && c is not '\n' ? ' ' : c;
            }
        );

    TimeSpan? RetryAfterOf(HttpResponseMessage response) =>
        response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - _time.GetUtcNow(),
            _ => null,
        };

    static SendFault FaultOf(HttpRequestException e)
    {
        for (Exception? inner = e; inner is not null; inner = inner.InnerException)
        {
            if (inner is SendException send)
                return send.Fault;
            if (inner is AuthenticationException)
                return SendFault.TlsFailed;
        }
        return e.HttpRequestError switch
        {
            HttpRequestError.SecureConnectionError => SendFault.TlsFailed,
            HttpRequestError.ConnectionError => SendFault.ConnectFailed,
            _ => SendFault.AnswerBroken,
        };
    }
}
