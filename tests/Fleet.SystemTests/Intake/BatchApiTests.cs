using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Fleet.Jobs;
using Fleet.Testing;

namespace Fleet.SystemTests.Intake;

/// <summary>Batches over HTTP, against Intake as a process; the test plays the worker.</summary>
[Category("front")]
public sealed class BatchApiTests
{
    static readonly CancellationToken None = CancellationToken.None;

    IntakeRig _intake = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _intake = await IntakeRig.StartAsync(await Backends.RabbitMqAsync());

    [OneTimeTearDown]
    public async Task StopAsync() => await _intake.DisposeAsync();

    [Test]
    public async Task Links_and_ranges_become_jobs_and_a_broken_link_is_named()
    {
        var (status, batch) = await PostAsync(
            new { links = new[] { "https://t.me/fleetdemo/1", "https://t.me/fleetdemo/10-12", "no link" } }
        );

        var jobs = await JobsOfAsync(batch);
        Assert.Multiple(() =>
        {
            Assert.That(status, Is.EqualTo(HttpStatusCode.Accepted));
            Assert.That(((int)batch["total"]!, (int)batch["counts"]!["queued"]!), Is.EqualTo((4, 4)));
            Assert.That((int)batch["refused"]![0]!["index"]!, Is.EqualTo(2));
            Assert.That((string)batch["refused"]![0]!["code"]!, Is.EqualTo("link_malformed"));
            Assert.That(
                jobs.Select(job => (string)job["source"]!["link"]!),
                Is.EquivalentTo([
                    "https://t.me/fleetdemo/1",
                    "https://t.me/fleetdemo/10?single",
                    "https://t.me/fleetdemo/11?single",
                    "https://t.me/fleetdemo/12?single",
                ])
            );
            Assert.That(jobs.Select(job => (string)job["queue"]!), Is.All.EqualTo("bulk"));
        });
    }

    [Test]
    public async Task A_thousand_jobs_are_one_batch_and_more_are_refused()
    {
        var links = Enumerable.Range(0, 10).Select(n => $"https://t.me/fleetdemo/{(n * 100) + 1}-{(n + 1) * 100}");
        var (made, batch) = await PostAsync(new { links });
        var (refused, problem) = await PostAsync(new { links = links.Append("https://t.me/fleetdemo/1001") });
        var (empty, _) = await PostAsync(new { links = Array.Empty<string>() });
        var (broken, faults) = await PostAsync(new { links = new[] { "no link" } });

        Assert.That(made, Is.EqualTo(HttpStatusCode.Accepted), batch.ToJsonString());
        Assert.That((int)batch["total"]!, Is.EqualTo(1000));
        Assert.That(
            (refused, (string)problem["code"]!, empty, broken),
            Is.EqualTo(
                (
                    HttpStatusCode.UnprocessableEntity,
                    "validation_failed",
                    HttpStatusCode.UnprocessableEntity,
                    HttpStatusCode.UnprocessableEntity
                )
            )
        );
        Assert.That((string)faults["errors"]![0]!["pointer"]!, Is.EqualTo("/links/0"));
    }

    [Test]
    public async Task Equal_requests_under_one_key_make_one_batch()
    {
        var body = new { links = new[] { "https://t.me/fleetdemo/5" } };
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => PostAsync(body, key: "batch-1")));
        var (reused, problem) = await PostAsync(new { links = new[] { "https://t.me/fleetdemo/6" } }, key: "batch-1");

        Assert.That(
            answers.Select(answer => (string)answer.Body["id"]!).Distinct(StringComparer.Ordinal).Count(),
            Is.EqualTo(1)
        );
        Assert.That(
            (reused, (string)problem["code"]!),
            Is.EqualTo((HttpStatusCode.UnprocessableEntity, "idempotency_key_reused"))
        );
    }

    [Test]
    public async Task Nobody_sees_the_batch_of_another_tenant()
    {
        var (_, batch) = await PostAsync(new { links = new[] { "https://t.me/fleetdemo/7" } });
        var other = await _intake.Jobs.Tenants.CreateKeyAsync("other", None);
        using var http = _intake.ClientFor(other.Text);
        var path = $"/v1/batches/{batch["id"]}";

        HttpStatusCode[] answers =
        [
            (await http.GetAsync(path)).StatusCode,
            (await http.PostAsync($"{path}/cancel", content: null)).StatusCode,
            (await http.PostAsync($"{path}/retry-failed", content: null)).StatusCode,
        ];
        var list = await http.GetFromJsonAsync<JsonObject>("/v1/batches");
        var jobs = await http.GetFromJsonAsync<JsonObject>($"/v1/jobs?batch_id={batch["id"]}");

        Assert.That(answers, Is.All.EqualTo(HttpStatusCode.NotFound));
        Assert.That((list!["data"]!.AsArray().Count, jobs!["data"]!.AsArray().Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public async Task Canceling_a_batch_ends_what_has_not_ended()
    {
        var (_, batch) = await PostAsync(new { links = new[] { "https://t.me/fleetdemo/20-23" } });
        var jobs = await JobsOfAsync(batch);
        await _intake.Jobs.SucceedAsync(await ClaimAsync(jobs[0]));
        await ClaimAsync(jobs[1]);

        using var answer = await _intake.Http.PostAsync($"/v1/batches/{batch["id"]}/cancel", content: null);

        var counts = (await IntakeRig.ReadAsync(answer))["counts"]!;
        Assert.That(
            ((int)counts["succeeded"]!, (int)counts["canceling"]!, (int)counts["canceled"]!),
            Is.EqualTo((1, 1, 2))
        );
    }

    [Test]
    public async Task Failed_jobs_are_tried_again_where_that_may_help()
    {
        var (_, batch) = await PostAsync(new { links = new[] { "https://t.me/fleetdemo/30-31" } });
        var jobs = await JobsOfAsync(batch);
        await _intake.Jobs.Claims.FailAsync(await ClaimAsync(jobs[0]), JobError.Of("storage_unavailable"), None);
        await _intake.Jobs.Claims.FailAsync(await ClaimAsync(jobs[1]), JobError.Of("no_media"), None);

        using var answer = await _intake.Http.PostAsync($"/v1/batches/{batch["id"]}/retry-failed", content: null);

        var again = await IntakeRig.ReadAsync(answer);
        var claim = await ClaimAsync(jobs[0]);
        Assert.That(((int)again["counts"]!["queued"]!, (int)again["counts"]!["failed"]!), Is.EqualTo((1, 1)));
        Assert.That((claim.Attempt, claim.Failures), Is.EqualTo((2, 0)));
    }

    [Test]
    public async Task The_list_of_batches_pages_by_cursor()
    {
        var key = await _intake.Jobs.Tenants.CreateKeyAsync("pages", None);
        using var http = _intake.ClientFor(key.Text);
        var made = new List<string>();
        for (var message = 1; message <= 3; message++)
        {
            using var answer = await http.PostAsJsonAsync(
                "/v1/batches",
                new { links = new[] { $"https://t.me/fleetdemo/{message}" } }
            );
            made.Add((string)(await IntakeRig.ReadAsync(answer))["id"]!);
        }

        var first = await http.GetFromJsonAsync<JsonObject>("/v1/batches?limit=2");
        var second = await http.GetFromJsonAsync<JsonObject>($"/v1/batches?limit=2&cursor={first!["next_cursor"]}");
        using var foreign = await http.GetAsync($"/v1/jobs?cursor={first["next_cursor"]}");
        using var broken = await http.GetAsync("/v1/jobs?batch_id=7");

        var listed = first["data"]!.AsArray().Concat(second!["data"]!.AsArray()).Select(batch => (string)batch!["id"]!);
        Assert.That(listed, Is.EqualTo(Enumerable.Reverse(made)));
        Assert.That(
            (foreign.StatusCode, broken.StatusCode),
            Is.EqualTo((HttpStatusCode.BadRequest, HttpStatusCode.BadRequest))
        );
    }

    async Task<JobClaim> ClaimAsync(JsonObject job) =>
        await _intake.Jobs.Claims.ClaimAsync(Guid.Parse((string)job["id"]!), "worker-1", None)
        ?? throw new InvalidOperationException("The job could not be claimed.");

    async Task<List<JsonObject>> JobsOfAsync(JsonObject batch)
    {
        var page = await _intake.Http.GetFromJsonAsync<JsonObject>($"/v1/jobs?batch_id={batch["id"]}&limit=200");
        return [.. page!["data"]!.AsArray().Select(job => (JsonObject)job!)];
    }

    async Task<(HttpStatusCode Status, JsonObject Body)> PostAsync(object body, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/batches")
        {
            Content = JsonContent.Create(body),
        };
        if (key is not null)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        using var answer = await _intake.Http.SendAsync(request);
        return (answer.StatusCode, await IntakeRig.ReadAsync(answer));
    }
}
