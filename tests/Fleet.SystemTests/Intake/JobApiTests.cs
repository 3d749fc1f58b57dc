using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Fleet.Jobs;
using Fleet.SystemTests.Jobs;
using Fleet.Testing;

namespace Fleet.SystemTests.Intake;

[Category("front")]
public sealed class JobApiTests
{
    IntakeRig _intake = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _intake = await IntakeRig.StartAsync(await Backends.RabbitMqAsync());

    [OneTimeTearDown]
    public async Task StopAsync() => await _intake.DisposeAsync();

    [Test]
    public async Task A_link_becomes_a_queued_job_with_an_address()
    {
        using var answer = await _intake.Http.PostAsJsonAsync("/v1/jobs", IntakeRig.BodyFor(1));
        var job = await IntakeRig.ReadAsync(answer);

        using var read = await _intake.Http.GetAsync(answer.Headers.Location);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Accepted));
            Assert.That(answer.Headers.RetryAfter?.Delta, Is.GreaterThan(TimeSpan.Zero));
            Assert.That(read.Headers.RetryAfter?.Delta, Is.GreaterThan(TimeSpan.Zero));
            Assert.That((string?)(await IntakeRig.ReadAsync(read))["id"], Is.EqualTo((string?)job["id"]));
            Assert.That((string?)job["status"], Is.EqualTo("queued"));
        });
    }

    [Test]
    public async Task Equal_posts_at_once_under_one_key_make_one_job()
    {
        var key = Guid.NewGuid().ToString();

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => PostAsync(key, message: 5)));

        Assert.Multiple(() =>
        {
            Assert.That(answers.Select(a => a.Status), Is.All.EqualTo(HttpStatusCode.Accepted));
            Assert.That(answers.Select(a => Guid.Parse((string)a.Body["id"]!)).Distinct().Count(), Is.EqualTo(1));
            Assert.That(answers.Count(a => a.Replayed), Is.EqualTo(9));
        });
    }

    [Test]
    public async Task Another_request_under_a_used_key_is_refused()
    {
        var key = Guid.NewGuid().ToString();
        await PostAsync(key, message: 5);

        var (status, body, _) = await PostAsync($"\"{key}\"", message: 6);

        Assert.That(
            (status, (string)body["code"]!),
            Is.EqualTo((HttpStatusCode.UnprocessableEntity, "idempotency_key_reused"))
        );
    }

    [Test]
    public async Task Nobody_sees_or_cancels_the_job_of_another_tenant()
    {
        var id = (string)(await _intake.SubmitAsync())["id"]!;
        var other = await _intake.Jobs.Tenants.CreateKeyAsync("second", CancellationToken.None);
        using var http = _intake.ClientFor(other.Text);

        using var read = await http.GetAsync($"/v1/jobs/{id}");
        using var cancel = await http.PostAsync($"/v1/jobs/{id}/cancel", content: null);
        var list = await http.GetFromJsonAsync<JsonObject>("/v1/jobs");

        Assert.That(
            (read.StatusCode, cancel.StatusCode, list!["data"]!.AsArray().Count),
            Is.EqualTo((HttpStatusCode.NotFound, HttpStatusCode.NotFound, 0))
        );
    }

    [Test]
    public async Task The_list_pages_by_cursor_and_filters_by_status()
    {
        var key = await _intake.Jobs.Tenants.CreateKeyAsync("pages", CancellationToken.None);
        using var http = _intake.ClientFor(key.Text);
        var made = new List<string>();
        for (var message = 1; message <= 5; message++)
        {
            using var answer = await http.PostAsJsonAsync("/v1/jobs", IntakeRig.BodyFor(message));
            made.Add((string)(await IntakeRig.ReadAsync(answer))["id"]!);
        }
        using var canceled = await http.PostAsync($"/v1/jobs/{made[0]}/cancel", content: null);

        var listed = new List<string>();
        string? cursor = null;
        do
        {
            var page = await http.GetFromJsonAsync<JsonObject>($"/v1/jobs?status=queued&limit=2&cursor={cursor}");
            listed.AddRange(page!["data"]!.AsArray().Select(job => (string)job!["id"]!));
            cursor = (string?)page["next_cursor"];
        } while (cursor is not null);

        Assert.That(listed, Is.EqualTo(Enumerable.Reverse(made[1..])));
    }

    [Test]
    public async Task A_job_that_has_not_changed_is_not_sent_again()
    {
        var job = await _intake.SubmitAsync();
        using var first = await _intake.Http.GetAsync($"/v1/jobs/{job["id"]}");
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/jobs/{job["id"]}");
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);

        using var second = await _intake.Http.SendAsync(request);

        Assert.That(second.StatusCode, Is.EqualTo(HttpStatusCode.NotModified));
    }

    [Test]
    public async Task Canceling_ends_a_queued_job_and_repeats_without_harm()
    {
        var id = (string)(await _intake.SubmitAsync())["id"]!;

        using var first = await _intake.Http.PostAsync($"/v1/jobs/{id}/cancel", content: null);
        using var second = await _intake.Http.PostAsync($"/v1/jobs/{id}/cancel", content: null);

        var job = await IntakeRig.ReadAsync(second);
        Assert.That(
            (first.StatusCode, second.StatusCode, (string)job["status"]!),
            Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.OK, "canceled"))
        );
    }

    [Test]
    public async Task Canceling_a_running_job_asks_its_worker_and_a_finished_one_is_too_late()
    {
        var claim = await ClaimAsync(await _intake.SubmitAsync());
        using var running = await _intake.Http.PostAsync($"/v1/jobs/{claim.JobId}/cancel", content: null);
        await _intake.Jobs.Claims.ConfirmCancelAsync(claim, CancellationToken.None);
        var done = await SucceedAsync(await ClaimAsync(await _intake.SubmitAsync()), "x"u8.ToArray());

        using var late = await _intake.Http.PostAsync($"/v1/jobs/{done}/cancel", content: null);

        Assert.That(
            (running.StatusCode, late.StatusCode, (string)(await IntakeRig.ReadAsync(late))["code"]!),
            Is.EqualTo((HttpStatusCode.Accepted, HttpStatusCode.Conflict, "job_not_cancelable"))
        );
    }

    [Test]
    public async Task A_result_is_reached_by_its_stable_address_and_in_ranges()
    {
        var id = await SucceedAsync(await ClaimAsync(await _intake.SubmitAsync()), "0123456789"u8.ToArray());
        using var redirect = await _intake.Http.GetAsync($"/v1/jobs/{id}/files/media/content");
        using var anyone = _intake.ClientFor(key: null);
        using var part = new HttpRequestMessage(HttpMethod.Get, redirect.Headers.Location);
        part.Headers.Range = new RangeHeaderValue(2, 4);

        using var whole = await anyone.GetAsync(redirect.Headers.Location);
        using var range = await anyone.SendAsync(part);
        using var head = await anyone.SendAsync(new HttpRequestMessage(HttpMethod.Head, redirect.Headers.Location));

        await Assert.MultipleAsync(async () =>
        {
            Assert.That(redirect.StatusCode, Is.EqualTo(HttpStatusCode.Found));
            Assert.That(await whole.Content.ReadAsStringAsync(), Is.EqualTo("0123456789"));
            Assert.That(whole.Content.Headers.ContentType?.MediaType, Is.EqualTo("video/mp4"));
            Assert.That(whole.Content.Headers.ContentDisposition?.FileNameStar, Is.EqualTo("clip.mp4"));
            Assert.That(range.StatusCode, Is.EqualTo(HttpStatusCode.PartialContent));
            Assert.That(await range.Content.ReadAsStringAsync(), Is.EqualTo("234"));
            Assert.That(head.Content.Headers.ContentLength, Is.EqualTo(10));
        });
    }

    [Test]
    public async Task A_changed_link_opens_nothing()
    {
        var id = await SucceedAsync(await ClaimAsync(await _intake.SubmitAsync()), "secret"u8.ToArray());
        using var redirect = await _intake.Http.GetAsync($"/v1/jobs/{id}/files/media/content");
        var link = redirect.Headers.Location!.AbsoluteUri;

        using var changed = await _intake.Http.GetAsync(link.Replace("clip.mp4", "clip.exe", StringComparison.Ordinal));

        Assert.That(changed.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task The_event_stream_tells_the_way_of_a_job_and_goes_on_where_a_client_left()
    {
        var claim = await ClaimAsync(await _intake.SubmitAsync());
        await _intake.Jobs.Claims.SetStageAsync(claim, "downloading", CancellationToken.None);
        await SucceedAsync(claim, "x"u8.ToArray());
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/jobs/{claim.JobId}/events");
        request.Headers.Add("Last-Event-ID", "2");

        using var answer = await _intake.Http.SendAsync(request);
        var events = (await answer.Content.ReadAsStringAsync())
            .Split('\n')
            .Where(line =>
                line.StartsWith("event: ", StringComparison.Ordinal)
                || line.StartsWith("id: ", StringComparison.Ordinal)
            )
            .ToList();

        Assert.That(
            events,
            Is.EqualTo([
                "event: snapshot",
                "id: 2",
                "event: stage",
                "id: 3",
                "event: media",
                "id: 4",
                "event: succeeded",
                "id: 5",
                "event: end",
                "id: 5",
            ])
        );
    }

    [Test]
    public async Task An_event_stream_that_was_read_to_its_end_does_not_start_again()
    {
        var claim = await ClaimAsync(await _intake.SubmitAsync());
        await SucceedAsync(claim, "x"u8.ToArray());
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/jobs/{claim.JobId}/events");
        request.Headers.Add("Last-Event-ID", "4");

        using var answer = await _intake.Http.SendAsync(request);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
    }

    [Test]
    public async Task Several_jobs_are_followed_in_one_stream_that_can_be_taken_up_again()
    {
        var first = await ClaimAsync(await _intake.SubmitAsync());
        var second = await ClaimAsync(await _intake.SubmitAsync());
        await SucceedAsync(first, "x"u8.ToArray());
        await SucceedAsync(second, "x"u8.ToArray());
        var address = $"/v1/events?job={first.JobId}&job={second.JobId}";
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Add("Last-Event-ID", "4.2"); // the first one's end was seen

        using var answer = await _intake.Http.SendAsync(request);
        var lines = (await answer.Content.ReadAsStringAsync()).Split('\n');
        using var again = new HttpRequestMessage(HttpMethod.Get, address);
        again.Headers.Add("Last-Event-ID", "4.4");
        using var over = await _intake.Http.SendAsync(again);

        Assert.Multiple(() =>
        {
            Assert.That(
                lines.Where(line => line.StartsWith("event: ", StringComparison.Ordinal)),
                Is.EqualTo(["event: snapshot", "event: media", "event: succeeded", "event: end"])
            );
            Assert.That(lines.Last(line => line.StartsWith("id: ", StringComparison.Ordinal)), Is.EqualTo("id: 4.4"));
            Assert.That(
                lines.Where(line => line.StartsWith("data: ", StringComparison.Ordinal)),
                Has.All.StartsWith($"data: {{\"job_id\":\"{second.JobId}\",\"data\":{{")
            );
            Assert.That(over.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        });
    }

    [TestCase("/v1/events", 400)]
    [TestCase("/v1/events?job=nothing", 400)]
    [TestCase("/v1/events?job=00000000-0000-0000-0000-000000000000", 404)]
    public async Task A_stream_of_no_job_of_ones_own_is_refused(string address, int status)
    {
        using var answer = await _intake.Http.GetAsync(address);

        Assert.That((int)answer.StatusCode, Is.EqualTo(status));
    }

    [Test]
    public async Task A_webhook_endpoint_shows_its_secret_once()
    {
        using var created = await _intake.Http.PostAsJsonAsync(
            "/v1/webhook-endpoints",
            new { url = "https://example.com/hook" }
        );
        using var again = await _intake.Http.PostAsJsonAsync(
            "/v1/webhook-endpoints",
            new { url = "https://example.com/hook" }
        );
        var list = await _intake.Http.GetFromJsonAsync<JsonObject>("/v1/webhook-endpoints");

        await Assert.MultipleAsync(async () =>
        {
            Assert.That((string?)(await IntakeRig.ReadAsync(created))["secret"], Does.StartWith("whsec_"));
            Assert.That(again.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
            Assert.That(list!["data"]![0]!["secret"], Is.Null);
        });
    }

    [Test]
    public async Task The_OpenAPI_document_names_every_address()
    {
        var document = await _intake.Http.GetFromJsonAsync<JsonObject>("/openapi/v1.json");

        var paths = document!["paths"]!.AsObject().Select(path => path.Key).Order(StringComparer.Ordinal);
        Assert.That((string?)document["openapi"], Does.StartWith("3.1"));
        Assert.That(
            paths,
            Is.EqualTo([
                "/",
                "/problems",
                "/problems/{code}",
                "/session",
                "/v1/api-keys",
                "/v1/api-keys/{id}",
                "/v1/audit",
                "/v1/batches",
                "/v1/batches/{id}",
                "/v1/batches/{id}/cancel",
                "/v1/batches/{id}/retry-failed",
                "/v1/deliveries/{id}/redeliver",
                "/v1/events",
                "/v1/jobs",
                "/v1/jobs/{id}",
                "/v1/jobs/{id}/cancel",
                "/v1/jobs/{id}/events",
                "/v1/jobs/{id}/files/{file}/content",
                "/v1/jobs/{id}/files/{file}/links",
                "/v1/jobs/{id}/retry",
                "/v1/jobs/{id}/stream",
                "/v1/limits",
                "/v1/preview",
                "/v1/usage",
                "/v1/webhook-endpoints",
                "/v1/webhook-endpoints/{id}",
                "/v1/webhook-endpoints/{id}/deliveries",
                "/v1/webhook-endpoints/{id}/disable",
                "/v1/webhook-endpoints/{id}/enable",
                "/v1/webhook-endpoints/{id}/recover",
                "/v1/webhook-endpoints/{id}/rotate-secret",
                "/v1/webhook-endpoints/{id}/test",
            ])
        );
    }

    [Test]
    public async Task Neither_keys_nor_signatures_are_logged()
    {
        var id = await SucceedAsync(await ClaimAsync(await _intake.SubmitAsync()), "x"u8.ToArray());
        using var redirect = await _intake.Http.GetAsync($"/v1/jobs/{id}/files/media/content");
        using var file = await _intake.Http.GetAsync(redirect.Headers.Location);

        var secret = ApiKeyText.ParseOrNull(_intake.ApiKey)!.Secret;
        Assert.That(_intake.Log, Does.Not.Contain(secret).And.Not.Contain("sig="));
    }

    async Task<JobClaim> ClaimAsync(JsonObject job) =>
        await _intake.Jobs.Claims.ClaimAsync(Guid.Parse((string)job["id"]!), "worker-1", CancellationToken.None)
        ?? throw new InvalidOperationException("The job could not be claimed.");

    async Task<Guid> SucceedAsync(JobClaim claim, byte[] content)
    {
        var file = JobsDatabase.ResultOf(claim);
        await _intake.Objects.PutAsync(file.Key, file.Facts.ContentType, new(content), CancellationToken.None);
        await _intake.Jobs.SucceedAsync(claim);
        return claim.JobId;
    }

    async Task<(HttpStatusCode Status, JsonObject Body, bool Replayed)> PostAsync(string key, int message)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/jobs")
        {
            Content = JsonContent.Create(IntakeRig.BodyFor(message)),
        };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        using var answer = await _intake.Http.SendAsync(request);
        return (answer.StatusCode, await IntakeRig.ReadAsync(answer), answer.Headers.Contains("Idempotent-Replayed"));
    }
}
