using System.Text.Json.Nodes;
using Fleet.Testing;
using Microsoft.AspNetCore.Http;

namespace Fleet.SystemTests.Intake;

/// <summary>What public pages say of links, and what they cannot make the service do.</summary>
[Category("front")]
public sealed class PreviewTests
{
    PublicSite _site = null!;
    PublicSite _elsewhere = null!;
    IntakeRig _intake = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _site = await PublicSite.StartAsync();
        _elsewhere = await PublicSite.StartAsync();
        _intake = await IntakeRig.StartAsync(
            await Backends.RabbitMqAsync(),
            ("FLEET_Preview__Site", _site.Url.AbsoluteUri),
            ("FLEET_Preview__Timeout", "00:00:01")
        );
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _intake.DisposeAsync();
        await _elsewhere.DisposeAsync();
        await _site.DisposeAsync();
    }

    [Test]
    public async Task A_public_page_is_told()
    {
        _site.Put(
            "/durov/142",
            """
            <html><head><meta name="x" content="y"><meta property="og:title" content="Pavel &amp; Co">
            <meta property="og:description" content="It's a first line&#10;second <b>">
            <meta content='https://cdn.example/p.jpg' property='og:image'><meta property="og:site_name" content="Telegram">
            </head></html>
            """
        );

        var (status, preview) = await ReadAsync("https://t.me/durov/142?single");

        Assert.Multiple(() =>
        {
            Assert.That(status, Is.EqualTo(200));
            Assert.That((string)preview!["title"]!, Is.EqualTo("Pavel & Co"));
            Assert.That((string)preview["description"]!, Is.EqualTo("It's a first line\nsecond <b>"));
            Assert.That((string)preview["image_url"]!, Is.EqualTo("https://cdn.example/p.jpg"));
            Assert.That((string)preview["site_name"]!, Is.EqualTo("Telegram"));
        });
    }

    [TestCase("""<meta property="og:image" content="https://x.example/">""")]
    [TestCase("""<meta property="og:title" content="   ">""")]
    [TestCase("<meta property='og:title'>")]
    [TestCase("")]
    public async Task A_page_that_says_nothing_is_no_preview(string html)
    {
        _site.Put("/silent/1", html);

        Assert.That((await ReadAsync("https://t.me/silent/1")).Status, Is.EqualTo(204));
    }

    [Test]
    public async Task An_address_that_is_not_https_is_left_out()
    {
        _site.Put(
            "/odd_one/1",
            """<meta property="og:title" content="T"><meta property="og:image" content="javascript:alert(1)">"""
        );

        Assert.That((await ReadAsync("https://t.me/odd_one/1")).Body!["image_url"], Is.Null);
    }

    [TestCase("https://t.me/c/1234567/5")]
    [TestCase("https://t.me/+AbCdEfGhIjKlMnOp")]
    [TestCase("https://t.me/nobody_here/9")]
    public async Task What_has_no_public_page_has_no_preview(string link) =>
        Assert.That((await ReadAsync(link)).Status, Is.EqualTo(204));

    [TestCase("http://{0}/durov/1")]
    [TestCase("https://{0}/durov/1")]
    [TestCase("https://t.me@{0}/durov/1")]
    [TestCase("https://t.me:x@{0}/durov/1")]
    [TestCase("http://t.me.{0}/durov/1")]
    [TestCase("//{0}/durov/1")]
    [TestCase("tg://{0}/durov/1")]
    [TestCase("file:///etc/passwd")]
    [TestCase("http://169.254.169.254/latest")]
    public async Task A_link_that_leads_elsewhere_is_refused_and_nobody_is_called(string link)
    {
        var asked = _site.Asked.Count;

        var (status, body) = await ReadAsync(link.Replace("{0}", _elsewhere.Url.Authority, StringComparison.Ordinal));

        Assert.That(status, Is.EqualTo(422));
        Assert.That((string?)body?["code"], Does.StartWith("link_"));
        Assert.That((_elsewhere.Asked.Count, _site.Asked.Count), Is.EqualTo((0, asked)));
    }

    [Test]
    public async Task An_address_behind_a_link_changes_nothing_of_where_the_page_is_asked_for()
    {
        await ReadAsync($"https://t.me/durov/77?x=1#@{_elsewhere.Url.Authority}/");

        Assert.That(_site.Asked, Does.Contain("/durov/77"));
        Assert.That(_elsewhere.Asked, Is.Empty);
    }

    [Test]
    public async Task A_redirect_is_not_followed()
    {
        _site.Put(
            "/mover/1",
            http =>
            {
                http.Response.Redirect(_elsewhere.Url.AbsoluteUri);
                return Task.CompletedTask;
            }
        );

        var (status, _) = await ReadAsync("https://t.me/mover/1");

        Assert.That((status, _elsewhere.Asked.Count), Is.EqualTo((204, 0)));
    }

    [Test]
    public async Task A_page_that_never_ends_is_read_to_the_limit()
    {
        _site.Put(
            "/endless/1",
            async http =>
            {
                await http.Response.WriteAsync("""<meta property="og:title" content="Long">""");
                var filler = new string('x', 64 << 10);
                while (!http.RequestAborted.IsCancellationRequested)
                    await http.Response.WriteAsync(filler, http.RequestAborted);
            }
        );

        Assert.That((string)(await ReadAsync("https://t.me/endless/1")).Body!["title"]!, Is.EqualTo("Long"));
    }

    [Test]
    public async Task A_page_that_does_not_come_is_not_waited_for()
    {
        _site.Put("/silence/1", http => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted));

        var (status, body) = await ReadAsync("https://t.me/silence/1");

        Assert.That((status, (string)body!["code"]!), Is.EqualTo((503, "unavailable")));
    }

    async Task<(int Status, JsonObject? Body)> ReadAsync(string link)
    {
        using var answer = await _intake.Http.GetAsync($"/v1/preview?link={Uri.EscapeDataString(link)}");
        var text = await answer.Content.ReadAsStringAsync();
        return ((int)answer.StatusCode, text.Length > 0 ? JsonNode.Parse(text) as JsonObject : null);
    }
}
