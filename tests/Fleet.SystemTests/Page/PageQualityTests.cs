using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fleet.Jobs;
using Fleet.SystemTests.Foreign;
using Fleet.Testing;
using Microsoft.Playwright;

namespace Fleet.SystemTests.Page;

/// <summary>What the page costs, whether everybody can use it, and what it looks like (.artifacts/screenshots).</summary>
[Category("front")]
public sealed class PageQualityTests
{
    const int NarrowWidth = 320;

    static readonly CancellationToken None = CancellationToken.None;
    static readonly TimeSpan RatingDeadline = TimeSpan.FromMinutes(3);

    PageRig _rig = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _rig = await PageRig.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _rig.DisposeAsync();

    [TestCase(ColorScheme.Light, 1280)]
    [TestCase(ColorScheme.Dark, 1280)]
    [TestCase(ColorScheme.Light, NarrowWidth)]
    [TestCase(ColorScheme.Dark, 390)]
    public async Task Nobody_is_kept_out_and_nothing_overflows(ColorScheme scheme, int width)
    {
        var options = new BrowserNewContextOptions
        {
            ColorScheme = scheme,
            ViewportSize = new() { Width = width, Height = 800 },
            ReducedMotion = ReducedMotion.Reduce,
        };
        await using var stranger = await _rig.OpenAsync("none", options);
        await stranger.Page.GotoAsync("/");
        await stranger.Page.Locator("#sign-in").WaitForAsync();
        var name = string.Create(null, $"{width}-{scheme}").ToLowerInvariant();
        await stranger.ShootAsync($"sign-in-{name}");
        var signIn = await ViolationsAsync(stranger.Page);

        await using var visit = await _rig.VisitAsync(new(options) { BaseURL = null });
        await FillAsync(visit);
        await visit.Page.ReloadAsync();
        await visit.Cards.Nth(4).WaitForAsync();
        await visit.Page.Locator("summary").ClickAsync();
        await visit.Link.FillAsync("https://t.me/fleetdemo/10-20");
        await visit.ShootAsync($"jobs-{name}");

        await Assert.MultipleAsync(async () =>
        {
            Assert.That(signIn, Is.Empty);
            Assert.That(await ViolationsAsync(visit.Page), Is.Empty);
            Assert.That(
                await visit.Page.EvaluateAsync<int>("() => document.scrollingElement.scrollWidth"),
                Is.LessThanOrEqualTo(width)
            );
        });
    }

    [Test]
    public async Task The_page_is_small_and_asks_nobody_else()
    {
        await using var visit = await _rig.OpenAsync("none");
        var requests = new List<IRequest>();
        visit.Page.Request += (_, request) => requests.Add(request);
        await visit.Page.GotoAsync("/", new() { WaitUntil = WaitUntilState.NetworkIdle });

        var shell = requests.Select(request => new Uri(request.Url)).ToArray();
        var files = shell.Where(url => url.AbsolutePath != "/session").Distinct().ToArray();
        var script = files.Where(url => url.AbsolutePath.EndsWith(".js", StringComparison.Ordinal)).ToArray();
        var sizes = await Task.WhenAll(script.Select(ZippedAsync));
        var (html, css) = (
            await ZippedAsync(new Uri(visit.Page.Url)),
            await ZippedAsync(new(visit.Page.Url + "app.css"))
        );
        Assert.Multiple(() =>
        {
            Assert.That(
                shell.Select(url => url.Authority).Distinct(StringComparer.Ordinal),
                Is.EqualTo([new Uri(visit.Page.Url).Authority])
            );
            Assert.That(files, Has.Length.LessThanOrEqualTo(8));
            Assert.That(html, Is.LessThanOrEqualTo(8_000));
            Assert.That(css, Is.LessThanOrEqualTo(10_000));
            Assert.That(sizes.Sum(), Is.LessThanOrEqualTo(30_000));
        });
    }

    [Test]
    public async Task The_page_can_be_installed()
    {
        await using var visit = await _rig.VisitAsync();
        await visit.Page.EvaluateAsync("() => navigator.serviceWorker.ready");
        var session = await visit.Page.Context.NewCDPSessionAsync(visit.Page);
        var answer = await session.SendAsync("Page.getInstallabilityErrors");

        // A window without a history, which the tests use, is the only reason left.
        var errors = answer!.Value.GetProperty("installabilityErrors").EnumerateArray();
        Assert.That(errors.Select(error => error.GetProperty("errorId").GetString()), Is.SubsetOf(["in-incognito"]));
    }

    [Test]
    public async Task Lighthouse_gives_95_and_more()
    {
        var key = await _rig.Intake.Jobs.Tenants.CreateKeyAsync("lighthouse", None);
        var rating = await ForeignClients.RunNodeAsync(
            "lighthouse.mjs",
            [
                "--url",
                _rig.Intake.Http.BaseAddress!.AbsoluteUri,
                "--chrome",
                PageRig.Chromium,
                "--cookie",
                $"__Host-fleet={await _rig.SignInAsync(key.Text)}",
            ],
            "",
            RatingDeadline
        );

        Assert.Multiple(() =>
        {
            Assert.That((double)rating["performance"]!, Is.GreaterThanOrEqualTo(0.95), rating.ToJsonString());
            Assert.That((double)rating["accessibility"]!, Is.GreaterThanOrEqualTo(0.95), rating.ToJsonString());
        });
    }

    static async Task<string[]> ViolationsAsync(IPage page)
    {
        var axe = Path.Combine(Repository.Root, "tests", "foreign", "node_modules", "axe-core", "axe.min.js");
        await ForeignClients.InstallAsync();
        await page.EvaluateAsync(await File.ReadAllTextAsync(axe));
        var found = await page.EvaluateAsync<JsonElement>("() => axe.run()");
        return
        [
            .. found
                .GetProperty("violations")
                .EnumerateArray()
                .Select(violation =>
                    $"{violation.GetProperty("id")}: {violation.GetProperty("nodes")[0].GetProperty("html")}"
                ),
        ];
    }

    /// <summary>One job in each state that looks different.</summary>
    async Task FillAsync(PageVisit visit)
    {
        for (var message = 1; message <= 5; message++)
            await visit.Api.PostAsync("/v1/jobs", JsonBody(Intake.IntakeRig.BodyFor(message)));
        var jobs = JsonNode.Parse(await visit.Api.GetStringAsync("/v1/jobs"))!["data"]!.AsArray();
        var ids = jobs.Select(job => Guid.Parse((string)job!["id"]!)).ToArray();
        var claims = _rig.Intake.Jobs.Claims;
        var done = (await claims.ClaimAsync(ids[0], "w", None))!;
        await _rig.Intake.Jobs.SucceedAsync(done);
        var running = (await claims.ClaimAsync(ids[1], "w", None))!;
        await claims.SetStageAsync(running, "downloading", None);
        await claims.RenewAsync(running, new JobProgress(640_000_000, 1_500_000_000, 42_000_000), null, None);
        var failed = (await claims.ClaimAsync(ids[2], "w", None))!;
        await claims.FailAsync(failed, JobError.Of("source_private"), None);
        var waiting = (await claims.ClaimAsync(ids[3], "w", None))!;
        await claims.PostponeAsync(waiting, WaitReason.Flood, TimeSpan.FromMinutes(9), None);
    }

    static StringContent JsonBody(object body) =>
        new(JsonSerializer.Serialize(body), System.Text.Encoding.UTF8, "application/json");

    async Task<int> ZippedAsync(Uri address)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Accept.ParseAdd("text/html,*/*");
        using var answer = await _rig.Intake.Http.SendAsync(request);
        using var zipped = new MemoryStream();
        await using (var zip = new GZipStream(zipped, CompressionLevel.SmallestSize, leaveOpen: true))
            await answer.Content.CopyToAsync(zip);
        return (int)zipped.Length;
    }
}
