using System.Net;
using System.Net.Sockets;
using System.Text;
using Fleet.Notifier;
using Fleet.Notifier.Deliveries;
using Fleet.Notifier.Sending;
using Fleet.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Fleet.UnitTests.Notifier;

/// <summary>The sender against real sockets on loopback, with a resolver that says what a hostile name server would.</summary>
[Category("front")]
public sealed class WebhookSenderTests
{
    const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    static readonly IPAddress Loopback = IPAddress.Loopback;
    static readonly IPAddress Metadata = IPAddress.Parse("169.254.169.254");

    [Test]
    public async Task The_stored_bytes_arrive_signed()
    {
        var headers = new Dictionary<string, string>(StringComparer.Ordinal);
        var body = "";
        await using var receiver = await Receiver.StartAsync(async http =>
        {
            foreach (var (name, value) in http.Request.Headers)
                headers[name.ToLowerInvariant()] = value.ToString();
            body = await new StreamReader(http.Request.Body).ReadToEndAsync();
        });
        var time = new FakeTime(DateTimeOffset.FromUnixTimeSeconds(1614265330));
        using var sender = Sender(time, "127.0.0.0/8");

        var outcome = await sender.SendAsync(
            To(receiver.Url) with
            {
                Id = "msg_p5jXN8AQM9LWM0D4loKWxJek",
                Body = Encoding.UTF8.GetBytes("""{"test": 2432232314}"""),
            },
            default
        );

        Assert.That(outcome, Is.EqualTo(new SendOutcome(null, 200, "")));
        Assert.That(body, Is.EqualTo("""{"test": 2432232314}"""));
        Assert.That(
            headers,
            Is.EquivalentTo(
                new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["host"] = receiver.Url.Authority,
                    ["user-agent"] = "Fleet-Webhooks/1",
                    ["content-type"] = "application/json",
                    ["content-length"] = "20",
                    ["webhook-id"] = "msg_p5jXN8AQM9LWM0D4loKWxJek",
                    ["webhook-timestamp"] = "1614265330",
                    ["webhook-signature"] = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                }
            )
        );
    }

    [TestCaseSource(typeof(AddressVectors), nameof(AddressVectors.HostileUrls))]
    public async Task A_hostile_address_is_refused(string url)
    {
        // Names resolve to a public address here: the refusal comes from the literal, the port, the scheme or the name.
        using var sender = Sender(
            new FakeTime(),
            (host, _) =>
                Task.FromResult(IPAddress.TryParse(host, out var literal) ? [literal] : new[] { PublicAddress })
        );

        var outcome = await sender.SendAsync(To(url), default);

        Assert.That(outcome.Fault, Is.AnyOf(SendFault.UrlRefused, SendFault.AddressRefused));
    }

    [TestCaseSource(typeof(AddressVectors), nameof(AddressVectors.NotPublic))]
    public async Task A_name_that_points_inward_is_refused(string address)
    {
        using var sender = Sender(new FakeTime(), (_, _) => Task.FromResult(new[] { IPAddress.Parse(address) }));

        var outcome = await sender.SendAsync(To("https://hooks.example/"), default);

        Assert.That(outcome, Is.EqualTo(new SendOutcome(SendFault.AddressRefused)));
    }

    [TestCaseSource(typeof(AddressVectors), nameof(AddressVectors.NotPublic))]
    public async Task A_private_address_behind_a_public_one_is_refused(string address)
    {
        using var sender = Sender(
            new FakeTime(),
            (_, _) => Task.FromResult(new[] { PublicAddress, IPAddress.Parse(address) })
        );

        var outcome = await sender.SendAsync(To("https://hooks.example/"), default);

        Assert.That(outcome, Is.EqualTo(new SendOutcome(SendFault.AddressRefused)));
    }

    [Test]
    public async Task The_address_that_was_checked_is_the_one_that_is_dialed()
    {
        await using var honest = await Receiver.StartAsync(_ => Task.CompletedTask);
        var url = $"http://rebind.example:{honest.Url.Port}/";
        var answers = new Queue<IPAddress>([Loopback, Metadata, Metadata]);
        using var sender = Sender(
            new FakeTime(),
            (_, _) => Task.FromResult(new[] { answers.Dequeue() }),
            "127.0.0.1/32"
        );

        var first = await sender.SendAsync(To(url), default);
        await honest.DisposeAsync(); // closes the pooled connection, so the name is asked again
        var second = await sender.SendAsync(To(url), default);

        Assert.That(first.Status, Is.EqualTo(200));
        Assert.That(second, Is.EqualTo(new SendOutcome(SendFault.AddressRefused)));
        Assert.That(answers, Has.Count.EqualTo(1));
    }

    [TestCase(301)]
    [TestCase(302)]
    [TestCase(303)]
    [TestCase(307)]
    [TestCase(308)]
    public async Task A_redirect_is_not_followed(int status)
    {
        var hits = 0;
        await using var receiver = await Receiver.StartAsync(http =>
        {
            hits++;
            http.Response.StatusCode = status;
            http.Response.Headers.Location = "/elsewhere";
            return Task.CompletedTask;
        });
        using var sender = Sender(new FakeTime(), "127.0.0.0/8");

        var outcome = await sender.SendAsync(To(receiver.Url), default);

        Assert.That(outcome, Is.EqualTo(new SendOutcome(SendFault.Redirected, status, "")));
        Assert.That(hits, Is.EqualTo(1));
    }

    [Test]
    public async Task Of_a_long_answer_only_the_printable_beginning_is_kept()
    {
        await using var receiver = await Receiver.StartAsync(http =>
        {
            http.Response.StatusCode = 500;
            return http.Response.WriteAsync("a\0b\u001bc" + new string('x', 1 << 20));
        });
        using var sender = Sender(new FakeTime(), "127.0.0.0/8");

        var outcome = await sender.SendAsync(To(receiver.Url), default);

        Assert.That(outcome, Is.EqualTo(new SendOutcome(SendFault.NotAccepted, 500, "a b c" + new string('x', 1019))));
    }

    [Test]
    public async Task Retry_After_is_read_in_both_forms()
    {
        var time = new FakeTime();
        var header = "120";
        await using var receiver = await Receiver.StartAsync(http =>
        {
            http.Response.StatusCode = 429;
            http.Response.Headers.RetryAfter = header;
            return Task.CompletedTask;
        });
        using var sender = Sender(time, "127.0.0.0/8");

        var seconds = await sender.SendAsync(To(receiver.Url), default);
        header = time.GetUtcNow().AddMinutes(3).ToString("R");
        var date = await sender.SendAsync(To(receiver.Url), default);

        Assert.That(
            (seconds.RetryAfter, date.RetryAfter),
            Is.EqualTo((TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(3)))
        );
    }

    [Test]
    public async Task An_endpoint_that_does_not_answer_times_out_after_15_seconds()
    {
        var time = new FakeTime();
        var arrived = new TaskCompletionSource();
        await using var receiver = await Receiver.StartAsync(async http =>
        {
            arrived.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted);
        });
        using var sender = Sender(time, "127.0.0.0/8");

        var sending = sender.SendAsync(To(receiver.Url), default);
        await arrived.Task;
        time.Advance(TimeSpan.FromSeconds(15));

        Assert.That(await sending, Is.EqualTo(new SendOutcome(SendFault.TimedOut)));
    }

    [Test]
    public async Task An_answer_without_end_is_cut_off_and_keeps_its_status()
    {
        await using var receiver = await Receiver.StartAsync(async http =>
        {
            while (!http.RequestAborted.IsCancellationRequested)
                await http.Response.WriteAsync(new string('x', 4096));
        });
        using var sender = Sender(new FakeTime(), "127.0.0.0/8");

        var outcome = await sender.SendAsync(To(receiver.Url), default);

        Assert.That(outcome, Is.EqualTo(new SendOutcome(null, 200, new string('x', 1024))));
    }

    [Test]
    public async Task A_closed_port_and_an_unknown_name_say_so_and_no_more()
    {
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(Loopback, 0)); // bound, not listening: refuses
        using var sender = Sender(
            new FakeTime(),
            (host, _) =>
                host is "127.0.0.1"
                    ? Task.FromResult(new[] { Loopback })
                    : throw new SocketException((int)SocketError.HostNotFound),
            "127.0.0.0/8"
        );

        var refused = await sender.SendAsync(
            To($"http://127.0.0.1:{((IPEndPoint)closed.LocalEndPoint!).Port}/"),
            default
        );
        var unknown = await sender.SendAsync(To("https://no.such.example/"), default);

        Assert.That(
            (refused, unknown),
            Is.EqualTo((new SendOutcome(SendFault.ConnectFailed), new SendOutcome(SendFault.HostUnknown)))
        );
    }

    [Test]
    public async Task Plain_text_on_an_https_port_is_a_tls_fault()
    {
        await using var receiver = await Receiver.StartAsync(_ => Task.CompletedTask);
        using var sender = Sender(new FakeTime(), "127.0.0.0/8");

        var outcome = await sender.SendAsync(To($"https://127.0.0.1:{receiver.Url.Port}/"), default);

        Assert.That(outcome, Is.EqualTo(new SendOutcome(SendFault.TlsFailed)));
    }

    [Test]
    public async Task A_secret_that_cannot_sign_is_a_fault_of_the_endpoint()
    {
        using var sender = Sender(new FakeTime(), "127.0.0.0/8");

        var outcome = await sender.SendAsync(To("http://127.0.0.1:1/") with { Secret = "whsec_" }, default);

        Assert.That(outcome, Is.EqualTo(new SendOutcome(SendFault.SecretInvalid)));
    }

    static readonly IPAddress PublicAddress = IPAddress.Parse("192.0.1.1");

    static WebhookSender Sender(TimeProvider time, params string[] allowed) =>
        Sender(time, static (host, ct) => Dns.GetHostAddressesAsync(host, ct), allowed);

    static WebhookSender Sender(TimeProvider time, HostResolver resolve, params string[] allowed) =>
        new(Options.Create(new NotifierOptions { AllowedNetworks = allowed }), resolve, time);

    static ClaimedDelivery To(Uri url) => To(url.AbsoluteUri);

    static ClaimedDelivery To(string url) =>
        new()
        {
            Id = "msg_1",
            EndpointId = Guid.Empty,
            JobId = Guid.Empty,
            Attempt = 1,
            Url = url,
            Secret = Secret,
            Body = "{}"u8.ToArray(),
        };

    sealed class Receiver : IAsyncDisposable
    {
        readonly WebApplication _app;

        Receiver(WebApplication app) => _app = app;

        public Uri Url => new(_app.Urls.First());

        public static async Task<Receiver> StartAsync(Func<HttpContext, Task> answer)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            var app = builder.Build();
            app.Urls.Add("http://127.0.0.1:0");
            app.Run(http => answer(http));
            await app.StartAsync();
            return new Receiver(app);
        }

        public ValueTask DisposeAsync() => _app.DisposeAsync();
    }
}
