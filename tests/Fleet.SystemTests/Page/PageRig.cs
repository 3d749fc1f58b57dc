using System.Net.Http.Json;
using Fleet.SystemTests.Intake;
using Fleet.Testing;
using Microsoft.Playwright;

namespace Fleet.SystemTests.Page;

/// <summary>Intake as a process, and Debian's Chromium to look at its page with; the tests play the worker.</summary>
public sealed class PageRig : IAsyncDisposable
{
    /// <summary>Where Debian has it.</summary>
    public const string Chromium = "/usr/bin/chromium";

    readonly IPlaywright _playwright;
    readonly IBrowser _browser;

    PageRig(IntakeRig intake, PublicSite site, IPlaywright playwright, IBrowser browser) =>
        (Intake, Site, _playwright, _browser) = (intake, site, playwright, browser);

    /// <summary>The public pages of links.</summary>
    public PublicSite Site { get; }

    public IntakeRig Intake { get; }

    /// <summary>What the browser complained of: errors of scripts, refusals of the policy, failed loads of the page's own files.</summary>
    public List<string> Complaints { get; } = [];

    public static async Task<PageRig> StartAsync()
    {
        var site = await PublicSite.StartAsync();
        var intake = await IntakeRig.StartAsync(
            await Backends.RabbitMqAsync(),
            ("FLEET_Preview__Site", site.Url.AbsoluteUri)
        );
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(
            new() { ExecutablePath = Chromium, Args = ["--no-sandbox"] }
        );
        return new PageRig(intake, site, playwright, browser);
    }

    /// <summary>A browser window of a new tenant, who is signed in, at the page.</summary>
    public async Task<PageVisit> VisitAsync(BrowserNewContextOptions? options = null)
    {
        var key = await Intake.Jobs.Tenants.CreateKeyAsync($"page-{Guid.NewGuid():n}", CancellationToken.None);
        var visit = await OpenAsync(key.Text, options);
        await visit.Page.Context.AddCookiesAsync([
            new()
            {
                Name = "__Host-fleet",
                Value = await SignInAsync(key.Text),
                Url = Intake.Http.BaseAddress!.AbsoluteUri.Replace("http:", "https:", StringComparison.Ordinal),
                HttpOnly = true,
                Secure = true,
                SameSite = SameSiteAttribute.Strict,
            },
        ]);
        await visit.Page.GotoAsync("/");
        return visit;
    }

    /// <summary>A browser window that knows nobody, at no page yet.</summary>
    public async Task<PageVisit> OpenAsync(string key, BrowserNewContextOptions? options = null)
    {
        options ??= new();
        options.BaseURL = Intake.Http.BaseAddress!.AbsoluteUri;
        var context = await _browser.NewContextAsync(options);
        var page = await context.NewPageAsync();
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                Complaints.Add(message.Text);
        };
        page.PageError += (_, error) => Complaints.Add(error);
        return new PageVisit(page, Intake.ClientFor(key));
    }

    /// <summary>The token of a new session.</summary>
    public async Task<string> SignInAsync(string key)
    {
        using var answer = await Intake.Http.PostAsJsonAsync("/session", new { api_key = key });
        var cookie = answer.Headers.GetValues("Set-Cookie").Single();
        return cookie.Split(';')[0].Split('=', 2)[1];
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
        await Intake.DisposeAsync();
        await Site.DisposeAsync();
    }
}

/// <summary>One window, and the API for the same tenant.</summary>
public sealed record PageVisit(IPage Page, HttpClient Api) : IAsyncDisposable
{
    static string Screenshots => Path.Combine(Repository.Root, ".artifacts", "screenshots");

    public ILocator Link => Page.Locator("#link");

    public ILocator Cards => Page.Locator("#jobs > li");

    /// <summary>Pastes a text into the field and sends it.</summary>
    public async Task SubmitAsync(string words)
    {
        await Link.FillAsync(words);
        await Page.Locator("#submit").ClickAsync();
    }

    /// <summary>Keeps a picture of what is seen, under .artifacts.</summary>
    public Task ShootAsync(string name) =>
        Page.ScreenshotAsync(new() { Path = Path.Combine(Screenshots, $"{name}.png"), FullPage = true });

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        await Page.Context.CloseAsync();
    }
}
