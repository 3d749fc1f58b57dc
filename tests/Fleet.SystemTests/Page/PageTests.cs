using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Fleet.Jobs;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Fleet.SystemTests.Page;

/// <summary>What people do on the page, in a real browser.</summary>
[Category("front")]
public sealed class PageTests
{
    static readonly CancellationToken None = CancellationToken.None;

    PageRig _rig = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _rig = await PageRig.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _rig.DisposeAsync();

    [TearDown]
    public void NothingWasComplainedOf()
    {
        var complaints = _rig.Complaints.ToArray();
        _rig.Complaints.Clear();
        Assert.That(complaints, Is.Empty);
    }

    [Test]
    public async Task A_key_signs_in_and_a_pasted_link_becomes_a_file()
    {
        var key = await _rig.Intake.Jobs.Tenants.CreateKeyAsync("whole way", None);
        await using var visit = await _rig.OpenAsync(key.Text);
        await visit.Page.GotoAsync("/");
        await visit.Page.Locator("#api-key").FillAsync(key.Text);
        await visit.Page.Keyboard.PressAsync("Enter");

        await visit.SubmitAsync("Look at this: https://t.me/fleetdemo/7 (new)");
        var card = visit.Cards.First;
        await Expect(card.Locator(".state")).ToHaveTextAsync("In the queue");
        var claim = await ClaimAsync(visit);
        await _rig.Intake.Jobs.Claims.SetStageAsync(claim, "downloading", None);
        await _rig.Intake.Jobs.Claims.RenewAsync(
            claim,
            new JobProgress(25_000_000, 100_000_000, 5_000_000),
            null,
            None
        );
        await Expect(card.Locator(".state")).ToHaveTextAsync("Downloading · 25 MB of 100 MB · 5 MB/s · 0:15 left");
        await Expect(card.GetByRole(AriaRole.Progressbar)).ToHaveJSPropertyAsync("value", 25);
        await _rig.Intake.Jobs.SucceedAsync(claim);

        await Expect(card.Locator(".state")).ToContainTextAsync("Done");
        await Expect(visit.Page.Locator("#live")).ToContainTextAsync("Done");
        var download = card.Locator("[data-action=download]");
        var address = await download.GetAttributeAsync("href");
        using var content = await visit.Api.GetAsync(address);
        Assert.That(content.StatusCode, Is.EqualTo(HttpStatusCode.Redirect));
    }

    [Test]
    public async Task A_failed_job_says_why_and_is_tried_again()
    {
        await using var visit = await _rig.VisitAsync();
        await visit.SubmitAsync("https://t.me/fleetdemo/8");
        await Expect(visit.Cards).ToHaveCountAsync(1);
        await _rig.Intake.Jobs.Claims.FailAsync(await ClaimAsync(visit), JobError.Of("no_media"), None);

        var card = visit.Cards.First;
        await Expect(card.Locator(".error")).ToHaveTextAsync("The message holds no file.");
        await card.GetByRole(AriaRole.Button, new() { NameString = "Try again" }).ClickAsync();

        await Expect(card.Locator(".state")).ToHaveTextAsync("In the queue");
        Assert.That((string)(await ListAsync(visit))[0]!["status"]!, Is.EqualTo("queued"));
    }

    [Test]
    public async Task A_wait_says_its_reason_and_a_queued_job_is_canceled()
    {
        await using var visit = await _rig.VisitAsync();
        await visit.SubmitAsync("https://t.me/fleetdemo/9");
        await Expect(visit.Cards).ToHaveCountAsync(1);
        await _rig.Intake.Jobs.Claims.PostponeAsync(
            await ClaimAsync(visit),
            WaitReason.Flood,
            TimeSpan.FromMinutes(5),
            None
        );

        var card = visit.Cards.First;
        await Expect(card.Locator(".state")).ToContainTextAsync("Telegram asked to slow down, until");
        await card.GetByRole(AriaRole.Button, new() { NameString = "Cancel" }).ClickAsync();

        await Expect(card.Locator(".state")).ToHaveTextAsync("Canceled");
    }

    [Test]
    public async Task Bad_words_are_answered_at_the_field()
    {
        await using var visit = await _rig.VisitAsync();

        await visit.SubmitAsync("hello");
        await Expect(visit.Page.Locator("#link-error")).ToContainTextAsync("does not contain a Telegram link");
        await visit.SubmitAsync("https://t.me/fleetdemo");
        await Expect(visit.Page.Locator("#link-error")).ToContainTextAsync("leads to a chat");
        _rig.Complaints.RemoveAll(text => text.Contains("422", StringComparison.Ordinal)); // Chromium's word for the answer

        await Expect(visit.Link).ToBeFocusedAsync();
        await Expect(visit.Link).ToHaveAttributeAsync("aria-invalid", "true");
        Assert.That(await ListAsync(visit), Is.Empty);
    }

    [Test]
    public async Task A_link_shows_what_its_public_page_says_before_it_is_sent()
    {
        _rig.Site.Put(
            "/fleetdemo/12",
            """<meta property="og:title" content="Fleet demo"><meta property="og:description" content="Part <i>two</i>">"""
        );
        await using var visit = await _rig.VisitAsync();

        await visit.Link.FillAsync("https://t.me/fleetdemo/12");
        var preview = visit.Page.Locator("#preview");
        await Expect(preview.Locator("strong")).ToHaveTextAsync("Fleet demo");
        await Expect(preview.Locator("p")).ToHaveTextAsync("Part <i>two</i>");
        await visit.ShootAsync("preview");
        await visit.Link.FillAsync("https://t.me/fleetdemo/13");

        await Expect(preview).ToBeHiddenAsync(); // of that one nothing is known
        Assert.That(await ListAsync(visit), Is.Empty);
    }

    [Test]
    public async Task A_quality_that_was_chosen_is_asked_for()
    {
        await using var visit = await _rig.VisitAsync();
        await visit.Page.Locator("summary").ClickAsync();
        await visit.Page.Locator("#quality").SelectOptionAsync("720");

        await visit.SubmitAsync("https://t.me/fleetdemo/14");
        await Expect(visit.Cards).ToHaveCountAsync(1);

        Assert.That((int)(await ListAsync(visit))[0]!["options"]!["quality"]!["max_height"]!, Is.EqualTo(720));
    }

    [Test]
    public async Task A_shared_link_is_only_filled_in()
    {
        await using var visit = await _rig.VisitAsync();

        await visit.Page.GotoAsync("/share?title=x&text=See%20https%3A%2F%2Ft.me%2Ffleetdemo%2F11&url=");

        await Expect(visit.Link).ToHaveValueAsync("https://t.me/fleetdemo/11");
        await Expect(visit.Page.Locator("#about")).ToHaveTextAsync("Message 11 in @fleetdemo");
        await Expect(visit.Page.Locator("#submit")).ToBeFocusedAsync();
        Assert.That(await ListAsync(visit), Is.Empty);
    }

    [Test]
    public async Task Offline_the_page_opens_and_holds_what_is_sent()
    {
        await using var visit = await _rig.VisitAsync();
        await visit.Page.EvaluateAsync("() => navigator.serviceWorker.ready");
        await Expect(visit.Page.Locator("#omnibox")).ToBeVisibleAsync();

        await visit.Page.Context.SetOfflineAsync(true);
        await visit.Page.ReloadAsync();
        await Expect(visit.Page.Locator("#offline")).ToBeVisibleAsync();
        await visit.SubmitAsync("https://t.me/fleetdemo/12");
        await Expect(visit.Cards.First.Locator(".state")).ToHaveTextAsync("Will be sent when you are online.");
        await visit.Page.Context.SetOfflineAsync(false);

        await Expect(visit.Cards.First.Locator(".state")).ToHaveTextAsync("In the queue");
        Assert.That(await ListAsync(visit), Has.Count.EqualTo(1));
        _rig.Complaints.RemoveAll(text => text.Contains("ERR_INTERNET_DISCONNECTED", StringComparison.Ordinal));
    }

    [Test]
    public async Task Everything_is_reached_by_keyboard()
    {
        await using var visit = await _rig.VisitAsync();
        await visit.Page.Keyboard.PressAsync("Tab");
        await Expect(visit.Page.Locator(".skip")).ToBeFocusedAsync();
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Page.Keyboard.TypeAsync("https://t.me/fleetdemo/13");
        await visit.Page.Keyboard.PressAsync("Enter");
        await Expect(visit.Cards).ToHaveCountAsync(1);

        var cancel = visit.Cards.First.GetByRole(AriaRole.Button, new() { NameString = "Cancel" });
        for (var stops = 0; stops < 20 && !await IsFocusedAsync(cancel); stops++)
            await visit.Page.Keyboard.PressAsync("Tab");
        await visit.Page.Keyboard.PressAsync("Enter");

        await Expect(visit.Cards.First.Locator(".state")).ToHaveTextAsync("Canceled");
    }

    static Task<bool> IsFocusedAsync(ILocator element) =>
        element.EvaluateAsync<bool>("element => element === document.activeElement");

    async Task<JobClaim> ClaimAsync(PageVisit visit)
    {
        var id = Guid.Parse((string)(await ListAsync(visit))[0]!["id"]!);
        return await _rig.Intake.Jobs.Claims.ClaimAsync(id, "worker-1", None)
            ?? throw new InvalidOperationException("The job could not be claimed.");
    }

    static async Task<JsonArray> ListAsync(PageVisit visit) =>
        (await visit.Api.GetFromJsonAsync<JsonObject>("/v1/jobs"))!["data"]!.AsArray();
}
