using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Fleet.Sessions;
using Fleet.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Fleet.UnitTests.Sessions;

[Category("broker")]
public sealed class BrokerClientTests
{
    [Test]
    public async Task A_call_carries_the_service_token_and_the_trace()
    {
        HttpRequest? seen = null;
        var (auth, trace, path) = ("", "", "");
        await using var broker = await Stub.StartAsync(http =>
        {
            seen = http.Request;
            auth = seen.Headers.Authorization.ToString();
            trace = seen.Headers["traceparent"].ToString();
            path = seen.Path;
            return Json(http, 200, "application/json", """{"items":[]}""");
        });
        using var activity = new Activity("test").Start();

        await broker.Client(TimeProvider.System).ResolveAsync("https://t.me/a/1", default);

        Assert.That(auth, Is.EqualTo("Bearer the-service-token"));
        Assert.That(trace, Does.Contain(activity.TraceId.ToHexString()));
        Assert.That(path, Is.EqualTo("/internal/v1/resolve"));
    }

    [Test]
    public async Task A_problem_becomes_its_code_and_time()
    {
        await using var broker = await Stub.StartAsync(http =>
            Json(
                http,
                429,
                "application/problem+json",
                """{"type":"/problems/flood","title":"t","status":429,"code":"flood","detail":"d","retry_at":"2026-01-01T00:00:05+00:00"}"""
            )
        );

        var error = Assert.ThrowsAsync<BrokerException>(() =>
            broker.Client(TimeProvider.System).LeaseAsync(Samples.Request, default)
        );

        Assert.That(error.Code, Is.EqualTo(BrokerCodes.Flood));
        Assert.That(error.RetryAt, Is.EqualTo(new DateTimeOffset(2026, 1, 1, 0, 0, 5, TimeSpan.Zero)));
        Assert.That(error.IsTransient, Is.True);
    }

    [TestCase(500, "text/html", "<h1>gateway</h1>")]
    [TestCase(502, "application/problem+json", "{}")]
    [TestCase(500, "application/problem+json", "{\"code\":\"internal_error\"}")]
    [TestCase(200, "application/json", "{")]
    [TestCase(200, "application/json", "null")]
    [TestCase(200, "text/plain", "hello")]
    public async Task An_answer_out_of_contract_is_broker_unavailable(int status, string type, string body)
    {
        await using var broker = await Stub.StartAsync(http => Json(http, status, type, body));

        var error = Assert.ThrowsAsync<BrokerException>(() =>
            broker.Client(TimeProvider.System).ResolveAsync("x", default)
        );

        Assert.That(error.Code, Is.EqualTo(BrokerCodes.BrokerUnavailable));
    }

    [Test]
    public async Task An_answer_without_end_is_cut_off()
    {
        await using var broker = await Stub.StartAsync(http =>
            Json(http, 200, "application/json", new string(' ', 5 << 20))
        );

        var error = Assert.ThrowsAsync<BrokerException>(() =>
            broker.Client(TimeProvider.System).ResolveAsync("x", default)
        );

        Assert.That(error.Code, Is.EqualTo(BrokerCodes.BrokerUnavailable));
    }

    [Test]
    public void A_broker_that_is_down_is_broker_unavailable()
    {
        var client = new BrokerClient(
            new HttpClient(),
            Stub.Options(new Uri($"http://127.0.0.1:{UnusedPort()}")),
            TimeProvider.System
        );

        var error = Assert.ThrowsAsync<BrokerException>(() => client.ResolveAsync("x", default));

        Assert.That(error.Code, Is.EqualTo(BrokerCodes.BrokerUnavailable));
        Assert.That(error.IsTransient, Is.True);
    }

    [Test]
    public async Task A_silent_broker_is_given_up_at_the_deadline()
    {
        await using var broker = await Stub.StartAsync(http =>
            Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted)
        );
        var time = new FakeTime();

        var call = broker.Client(time).ResolveAsync("x", default);
        await time.TimerArmedAsync(TimeSpan.FromSeconds(30));
        time.Advance(TimeSpan.FromSeconds(30));

        var error = Assert.ThrowsAsync<BrokerException>(() => call);
        Assert.That(error.Code, Is.EqualTo(BrokerCodes.BrokerUnavailable));
    }

    [Test]
    public async Task Cancellation_stays_cancellation()
    {
        await using var broker = await Stub.StartAsync(http =>
            Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted)
        );
        using var cancel = new CancellationTokenSource();

        var call = broker.Client(TimeProvider.System).ResolveAsync("x", cancel.Token);
        await cancel.CancelAsync();

        Assert.That(() => call, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task A_release_names_the_lease_and_the_fence()
    {
        var target = "";
        await using var broker = await Stub.StartAsync(http =>
        {
            target = $"{http.Request.Method} {http.Request.Path}{http.Request.QueryString}";
            http.Response.StatusCode = 204;
            return Task.CompletedTask;
        });

        await broker.Client(TimeProvider.System).ReleaseAsync("a1-4/2", 12, default);

        Assert.That(target, Is.EqualTo("DELETE /internal/v1/leases/a1-4%2F2?fence=12"));
    }

    static int UnusedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    static Task Json(HttpContext http, int status, string type, string body)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = type;
        return http.Response.WriteAsync(body, http.RequestAborted);
    }

    sealed class Stub(WebApplication app) : IAsyncDisposable
    {
        readonly HttpClient _http = new();

        public static async Task<Stub> StartAsync(RequestDelegate answer)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            var app = builder.Build();
            app.Urls.Add("http://127.0.0.1:0");
            app.Run(answer);
            await app.StartAsync();
            return new Stub(app);
        }

        public static BrokerOptions Options(Uri url) => new() { Url = url, Token = "the-service-token" };

        public BrokerClient Client(TimeProvider time) => new(_http, Options(new Uri(app.Urls.First())), time);

        public async ValueTask DisposeAsync()
        {
            _http.Dispose();
            await app.DisposeAsync();
        }
    }
}
