using System.Net;
using System.Net.Http.Json;
using Fleet.SystemTests.Intake;
using Fleet.Testing;

namespace Fleet.SystemTests.Page;

/// <summary>Sessions of browsers over HTTP, and what the page is served with.</summary>
[Category("front")]
public sealed class SessionTests
{
    IntakeRig _intake = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _intake = await IntakeRig.StartAsync(await Backends.RabbitMqAsync());

    [OneTimeTearDown]
    public async Task StopAsync() => await _intake.DisposeAsync();

    [Test]
    public async Task A_session_does_what_its_key_may_until_it_is_closed()
    {
        var cookie = await SignInAsync(_intake.ApiKey);

        var asked = await SendAsync(HttpMethod.Get, "/v1/jobs", cookie);
        var made = await SendAsync(HttpMethod.Post, "/v1/jobs", cookie, origin: Self);
        var closed = await SendAsync(HttpMethod.Delete, "/session", cookie, origin: Self);
        var after = await SendAsync(HttpMethod.Get, "/v1/jobs", cookie);

        Assert.That(
            (asked, made, closed, after),
            Is.EqualTo(
                (HttpStatusCode.OK, HttpStatusCode.Accepted, HttpStatusCode.NoContent, HttpStatusCode.Unauthorized)
            )
        );
    }

    [TestCase(null)]
    [TestCase("null")]
    [TestCase("https://evil.example")]
    public async Task Another_origin_changes_nothing(string? origin)
    {
        var cookie = await SignInAsync(_intake.ApiKey);

        Assert.That(await SendAsync(HttpMethod.Post, "/v1/jobs", cookie, origin), Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task A_revoked_key_ends_its_sessions()
    {
        var key = await _intake.Jobs.Tenants.CreateKeyAsync("revoked", CancellationToken.None);
        var cookie = await SignInAsync(key.Text);
        var before = await SendAsync(HttpMethod.Get, "/v1/jobs", cookie);
        await _intake.Jobs.SqlAsync($"update api_key set revoked_at = now() where id = '{key.Text[9..21]}'");

        var after = await SendAsync(HttpMethod.Get, "/v1/jobs", cookie);

        Assert.That((before, after), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.Unauthorized)));
    }

    [Test]
    public async Task A_wrong_key_signs_nobody_in()
    {
        using var answer = await _intake.Http.PostAsJsonAsync("/session", new { api_key = _intake.ApiKey + "x" });

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(answer.Headers.Contains("Set-Cookie"), Is.False);
    }

    [Test]
    public async Task The_oldest_of_too_many_sessions_ends()
    {
        var key = await _intake.Jobs.Tenants.CreateKeyAsync("many", CancellationToken.None);
        var first = await SignInAsync(key.Text);
        var last = "";
        for (var more = 0; more < 50; more++)
            last = await SignInAsync(key.Text);

        Assert.That(
            (await SendAsync(HttpMethod.Get, "/session", first), await SendAsync(HttpMethod.Get, "/session", last)),
            Is.EqualTo((HttpStatusCode.NoContent, HttpStatusCode.OK))
        );
    }

    [Test]
    public async Task Programs_get_the_description_and_browsers_the_page_with_its_policy()
    {
        using var program = await _intake.Http.GetAsync("/");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Accept.ParseAdd("text/html");
        using var browser = await _intake.Http.SendAsync(request);

        Assert.Multiple(() =>
        {
            Assert.That(program.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/json"));
            Assert.That(browser.Content.Headers.ContentType?.MediaType, Is.EqualTo("text/html"));
            Assert.That(
                browser.Headers.GetValues("Content-Security-Policy").Single(),
                Does.StartWith("default-src 'none'").And.Not.Contain("unsafe")
            );
        });
    }

    string Self => _intake.Http.BaseAddress!.GetLeftPart(UriPartial.Authority);

    async Task<string> SignInAsync(string key)
    {
        using var answer = await _intake.Http.PostAsJsonAsync("/session", new { api_key = key });
        return answer.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
    }

    async Task<HttpStatusCode> SendAsync(HttpMethod method, string path, string cookie, string? origin = null)
    {
        using var http = _intake.ClientFor(key: null);
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Add("Cookie", cookie);
        if (origin is not null)
            request.Headers.Add("Origin", origin);
        if (method == HttpMethod.Post)
            request.Content = JsonContent.Create(IntakeRig.BodyFor(1));
        using var answer = await http.SendAsync(request);
        return answer.StatusCode;
    }
}
