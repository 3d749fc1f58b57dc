using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Fleet.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Fleet.UnitTests.Hosting;

/// <summary>What every service does alike, seen from outside.</summary>
[Category("operations")]
public sealed class ServiceTests
{
    static readonly ProblemType Flooded = new("flood", 429, "Wait.");

    [Test]
    public async Task A_thrown_problem_becomes_a_problem_document()
    {
        await using var app = await StartAsync(app =>
            app.MapGet(
                "/",
                string () => throw new ProblemException(Flooded, "DC 4") { Errors = [new ProblemItem("/a", "b")] }
            )
        );

        using var answer = await app.GetTestClient().GetAsync("/");
        var problem = await answer.Content.ReadFromJsonAsync<JsonObject>();

        Assert.That(
            (
                (int)answer.StatusCode,
                answer.Content.Headers.ContentType?.MediaType,
                (string?)problem!["code"],
                (string?)problem["detail"],
                (string?)problem["errors"]![0]!["pointer"]
            ),
            Is.EqualTo((429, "application/problem+json", "flood", "DC 4", "/a"))
        );
    }

    [Test]
    public async Task A_bug_tells_the_caller_nothing_but_that_it_happened()
    {
        await using var app = await StartAsync(app =>
            app.MapGet("/", string () => throw new InvalidOperationException("secret"))
        );

        using var answer = await app.GetTestClient().GetAsync("/");
        var body = await answer.Content.ReadAsStringAsync();

        Assert.That(body, Does.Contain("internal_error").And.Not.Contain("secret"));
    }

    [TestCase("GET", "/nothing", 404, "not_found")]
    [TestCase("POST", "/healthz", 405, "method_not_allowed")]
    public async Task A_bare_status_becomes_a_problem_document(string method, string path, int status, string code)
    {
        await using var app = await StartAsync(_ => { });
        using var request = new HttpRequestMessage(new HttpMethod(method), path);

        using var answer = await app.GetTestClient().SendAsync(request);
        var problem = await answer.Content.ReadFromJsonAsync<JsonObject>();

        Assert.That(((int)answer.StatusCode, (string?)problem!["code"]), Is.EqualTo((status, code)));
    }

    [TestCase(null, HttpStatusCode.Unauthorized)]
    [TestCase("Bearer wrong-token-0123456", HttpStatusCode.Unauthorized)]
    [TestCase("Basic a-service-token-0123", HttpStatusCode.Unauthorized)]
    [TestCase("Bearer a-service-token-0123", HttpStatusCode.OK)]
    public async Task An_internal_address_needs_the_service_token(string? header, HttpStatusCode expected)
    {
        await using var app = await StartAsync(app =>
            app.MapGroup("/internal").RequireServiceToken("a-service-token-0123").MapGet("/x", () => "ok")
        );
        using var request = new HttpRequestMessage(HttpMethod.Get, "/internal/x");
        if (header is not null)
            request.Headers.TryAddWithoutValidation("Authorization", header);

        using var answer = await app.GetTestClient().SendAsync(request);

        Assert.That(answer.StatusCode, Is.EqualTo(expected));
    }

    [Test]
    public async Task A_failing_check_makes_the_service_unready_but_leaves_it_alive()
    {
        await using var app = await StartAsync(
            _ => { },
            services => services.AddReadyCheck("disk", (_, _) => throw new IOException("/secret/path"))
        );

        using var ready = await app.GetTestClient().GetAsync("/readyz");
        using var alive = await app.GetTestClient().GetAsync("/healthz");
        var body = await ready.Content.ReadAsStringAsync();

        Assert.That(
            (ready.StatusCode, alive.StatusCode, body),
            Is.EqualTo(
                (
                    HttpStatusCode.ServiceUnavailable,
                    HttpStatusCode.OK,
                    """{"status":"failing","checks":{"disk":"IOException"}}"""
                )
            )
        );
    }

    [Test]
    public void Options_outside_their_range_stop_the_start()
    {
        Assert.That(
            async () =>
                await StartAsync(
                    _ => { },
                    services => services.AddFleetOptions<SampleOptions>(),
                    ("Sample:Slots", "0")
                ),
            Throws.TypeOf<OptionsValidationException>()
        );
    }

    static async Task<WebApplication> StartAsync(
        Action<WebApplication> map,
        Action<IServiceCollection>? add = null,
        params (string Key, string Value)[] settings
    )
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.AddFleetDefaults("test");
        builder.Logging.ClearProviders();
        builder.WebHost.UseTestServer();
        builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)));
        add?.Invoke(builder.Services);
        var app = builder.Build();
        app.UseFleetProblems();
        app.MapFleetHealth();
        map(app);
        await app.StartAsync();
        return app;
    }

    public sealed record SampleOptions
    {
        [System.ComponentModel.DataAnnotations.Range(1, 10)]
        public int Slots { get; init; } = 1;
    }
}
