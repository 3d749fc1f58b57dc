using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Fleet.Jobs;
using Fleet.Testing;

namespace Fleet.SystemTests.Intake;

/// <summary>Keys, webhook endpoints, changes to jobs, usage, and who may see what.</summary>
[Category("front")]
public sealed class AccountApiTests
{
    IntakeRig _intake = null!;

    [OneTimeSetUp]
    public async Task StartAsync() =>
        _intake = await IntakeRig.StartAsync(
            await Backends.RabbitMqAsync(),
            ("FLEET_Broker__Token", "a token of forty characters, or nearly so")
        );

    [OneTimeTearDown]
    public async Task StopAsync() => await _intake.DisposeAsync();

    [Test]
    public async Task A_key_gives_some_of_the_rights_of_the_one_that_made_it_until_it_is_ended()
    {
        var made = await PostAsync("/v1/api-keys", new { name = "reader", scopes = new[] { "jobs:read" } });
        using var reader = _intake.ClientFor((string)made["key"]!);

        using var read = await reader.GetAsync("/v1/jobs");
        using var write = await reader.PostAsJsonAsync("/v1/jobs", IntakeRig.BodyFor(1));
        using var more = await reader.PostAsJsonAsync("/v1/api-keys", new { scopes = new[] { "admin" } });
        using var ended = await _intake.Http.DeleteAsync($"/v1/api-keys/{made["id"]}");
        using var after = await reader.GetAsync("/v1/jobs");
        var listed = await _intake.Http.GetFromJsonAsync<JsonObject>("/v1/api-keys");

        Assert.Multiple(() =>
        {
            Assert.That(
                new[] { read, write, more, ended, after }.Select(answer => (int)answer.StatusCode),
                Is.EqualTo([200, 403, 403, 204, 401])
            );
            var row = listed!["data"]!.AsArray().Single(key => (string)key!["id"]! == (string)made["id"]!)!;
            Assert.That((string)row["name"]!, Is.EqualTo("reader"));
            Assert.That(row["revoked_at"], Is.Not.Null);
            Assert.That(row["key"], Is.Null);
        });
    }

    [TestCase("""{"scopes":[]}""", "/scopes")]
    [TestCase("""{"scopes":["root"]}""", "/scopes")]
    [TestCase("""{"scopes":["admin"],"name":""}""", "/name")]
    [TestCase("""{"scopes":["admin"],"expires_at":"2020-01-01T00:00:00Z"}""", "/expires_at")]
    public async Task A_bad_key_is_refused(string body, string pointer)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await _intake.Http.PostAsync("/v1/api-keys", content);

        var problem = await IntakeRig.ReadAsync(answer);
        Assert.That(
            ((int)answer.StatusCode, (string)problem["code"]!, (string)problem["errors"]![0]!["pointer"]!),
            Is.EqualTo((422, "validation_failed", pointer))
        );
    }

    [Test]
    public async Task An_endpoint_is_switched_off_and_on_and_gets_a_new_secret()
    {
        var made = await PostAsync("/v1/webhook-endpoints", new { url = "https://switch.example/hook" });
        var path = $"/v1/webhook-endpoints/{made["id"]}";

        var off = await PostAsync($"{path}/disable");
        var on = await PostAsync($"{path}/enable");
        var rotated = await PostAsync($"{path}/rotate-secret");
        var read = await _intake.Http.GetFromJsonAsync<JsonObject>(path);

        Assert.Multiple(() =>
        {
            Assert.That((string)off["disabled_reason"]!, Is.EqualTo("by_owner"));
            Assert.That(on["disabled_at"], Is.Null);
            Assert.That((string)rotated["secret"]!, Does.StartWith("whsec_").And.Not.EqualTo((string)made["secret"]!));
            Assert.That(rotated["old_secret_until"], Is.Not.Null);
            Assert.That(read!["secret"], Is.Null);
        });
    }

    [Test]
    public async Task Deliveries_are_listed_and_sent_again()
    {
        var made = await PostAsync("/v1/webhook-endpoints", new { url = "https://log.example/hook" });
        var path = $"/v1/webhook-endpoints/{made["id"]}";
        var first = await PostAsync($"{path}/test");
        var second = await PostAsync($"{path}/test");
        await _intake.Jobs.SqlAsync("update webhook_delivery set state = 'failed', next_at = null, attempt = 10");

        var page = await _intake.Http.GetFromJsonAsync<JsonObject>($"{path}/deliveries?limit=1&state=failed");
        var rest = await _intake.Http.GetFromJsonAsync<JsonObject>(
            $"{path}/deliveries?limit=1&cursor={page!["next_cursor"]}"
        );
        var again = await PostAsync($"/v1/deliveries/{first["id"]}/redeliver");
        var recovered = await PostAsync($"{path}/recover", new { since = "2020-01-01T00:00:00Z" });

        Assert.Multiple(() =>
        {
            Assert.That((string)page["data"]![0]!["id"]!, Is.EqualTo((string)second["id"]!));
            Assert.That((string)rest!["data"]![0]!["id"]!, Is.EqualTo((string)first["id"]!));
            Assert.That((string)again["state"]!, Is.EqualTo("pending"));
            Assert.That((int)recovered["recovered"]!, Is.EqualTo(1)); // the other is pending already
        });
    }

    [Test]
    public async Task A_queued_job_changes_its_queue_if_it_is_as_it_was_read()
    {
        var job = await _intake.SubmitAsync(41);
        var path = $"/v1/jobs/{job["id"]}";
        using var read = await _intake.Http.GetAsync(path);

        using var stale = await PatchAsync(path, new { queue = "bulk" }, "\"0000000000000000\"");
        using var changed = await PatchAsync(path, new { queue = "bulk", client_ref = "mine" }, read.Headers.ETag!.Tag);

        var body = await IntakeRig.ReadAsync(changed);
        Assert.That((int)stale.StatusCode, Is.EqualTo(412));
        Assert.That(((string)body["queue"]!, (string)body["client_ref"]!), Is.EqualTo(("bulk", "mine")));
    }

    [Test]
    public async Task An_ended_job_is_forgotten_with_its_files_and_a_running_one_is_not()
    {
        var running = await ClaimAsync(42);
        using var refused = await _intake.Http.DeleteAsync($"/v1/jobs/{running.JobId}");
        await _intake.Jobs.SucceedAsync(running);

        using var deleted = await _intake.Http.DeleteAsync($"/v1/jobs/{running.JobId}");
        using var gone = await _intake.Http.GetAsync($"/v1/jobs/{running.JobId}");

        Assert.That(
            new[] { refused, deleted, gone }.Select(answer => (int)answer.StatusCode),
            Is.EqualTo([409, 204, 404])
        );
        Assert.That(
            await _intake.Jobs.CountAsync(
                $"select count(*) from deletion where object_key = '{Jobs.JobsDatabase.ResultOf(running).Key}'"
            ),
            Is.EqualTo(1)
        );
    }

    [Test]
    public async Task A_link_that_was_asked_for_needs_no_key()
    {
        var claim = await ClaimAsync(43);
        var result = Jobs.JobsDatabase.ResultOf(claim);
        await _intake.Objects.PutAsync(result.Key, "video/mp4", new("hello"u8.ToArray()), CancellationToken.None);
        await _intake.Jobs.SucceedAsync(claim);

        var link = await PostAsync($"/v1/jobs/{claim.JobId}/files/media/links", new { ttl_seconds = 60 });
        using var stranger = _intake.ClientFor(key: null);
        using var bad = await _intake.Http.PostAsJsonAsync(
            $"/v1/jobs/{claim.JobId}/files/media/links",
            new { ttl_seconds = 1 }
        );

        Assert.That(await stranger.GetStringAsync((string)link["url"]!), Is.EqualTo("hello"));
        Assert.That((int)bad.StatusCode, Is.EqualTo(422));
    }

    [Test]
    public async Task A_caller_that_prefers_to_wait_hears_of_the_end()
    {
        var claim = await ClaimAsync(44);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/jobs/{claim.JobId}");
        request.Headers.TryAddWithoutValidation("Prefer", "respond-async, wait=30");

        var answering = _intake.Http.SendAsync(request);
        await _intake.Jobs.SucceedAsync(claim);
        using var answer = await answering;

        Assert.That((string)(await IntakeRig.ReadAsync(answer))["status"]!, Is.EqualTo("succeeded"));
        Assert.That(answer.Headers.GetValues("Preference-Applied"), Is.EqualTo(["wait=30"]));
    }

    [Test]
    public async Task Usage_and_changes_are_told()
    {
        using var other = await TenantAsync("usage");
        using var made = await other.PostAsJsonAsync("/v1/jobs", IntakeRig.BodyFor(45));
        using var endpoint = await other.PostAsJsonAsync(
            "/v1/webhook-endpoints",
            new { url = "https://audit.example/" }
        );

        var usage = await other.GetFromJsonAsync<JsonObject>("/v1/usage");
        var audit = await other.GetFromJsonAsync<JsonObject>("/v1/audit");

        Assert.That(((int)usage!["active_jobs"]!, (int)usage["jobs_today"]!), Is.EqualTo((1, 1)));
        Assert.That((string)audit!["data"]![0]!["action"]!, Is.EqualTo("webhook_endpoint.create"));
    }

    [Test]
    public async Task Only_a_tenant_that_may_has_films_encoded_anew()
    {
        object body = new
        {
            source = new { link = "https://t.me/fleetdemo/46" },
            options = new { allow_transcode = true },
        };
        using var other = await TenantAsync("encoder");

        using var refused = await other.PostAsJsonAsync("/v1/jobs", body);
        using var batch = await other.PostAsJsonAsync(
            "/v1/batches",
            new { links = new[] { "https://t.me/fleetdemo/46" }, options = new { allow_transcode = true } }
        );
        await _intake.RunAsync("permit", "--tenant", "encoder", "--transcode", "yes");
        using var taken = await other.PostAsJsonAsync("/v1/jobs", body);

        Assert.That(
            new[] { refused, batch, taken }.Select(answer => (int)answer.StatusCode),
            Is.EqualTo([403, 403, 202])
        );
    }

    /// <summary>Every address that names something, with the method that reads or changes it.</summary>
    static readonly string[] Addresses =
    [
        "GET /v1/jobs/{job}",
        "PATCH /v1/jobs/{job}",
        "DELETE /v1/jobs/{job}",
        "POST /v1/jobs/{job}/cancel",
        "POST /v1/jobs/{job}/retry",
        "GET /v1/jobs/{job}/events",
        "GET /v1/jobs/{job}/stream",
        "GET /v1/jobs/{job}/files/media/content",
        "POST /v1/jobs/{job}/files/media/links",
        "GET /v1/batches/{batch}",
        "POST /v1/batches/{batch}/cancel",
        "POST /v1/batches/{batch}/retry-failed",
        "GET /v1/webhook-endpoints/{endpoint}",
        "DELETE /v1/webhook-endpoints/{endpoint}",
        "POST /v1/webhook-endpoints/{endpoint}/rotate-secret",
        "POST /v1/webhook-endpoints/{endpoint}/enable",
        "POST /v1/webhook-endpoints/{endpoint}/disable",
        "POST /v1/webhook-endpoints/{endpoint}/test",
        "GET /v1/webhook-endpoints/{endpoint}/deliveries",
        "POST /v1/webhook-endpoints/{endpoint}/recover",
        "POST /v1/deliveries/{delivery}/redeliver",
        "DELETE /v1/api-keys/{key}",
    ];

    [Test]
    public async Task Nothing_of_another_tenant_can_be_reached()
    {
        var claim = await ClaimAsync(47);
        await _intake.Jobs.SucceedAsync(claim);
        var batch = await PostAsync("/v1/batches", new { links = new[] { "https://t.me/fleetdemo/48" } });
        var endpoint = await PostAsync("/v1/webhook-endpoints", new { url = "https://mine.example/hook" });
        var delivery = await PostAsync($"/v1/webhook-endpoints/{endpoint["id"]}/test");
        var key = await PostAsync("/v1/api-keys", new { scopes = new[] { "jobs:read" } });
        using var stranger = await TenantAsync("stranger");

        var answers = new List<(string Address, int Status)>();
        foreach (var address in Addresses)
        {
            var parts = address
                .Replace("{job}", claim.JobId.ToString(), StringComparison.Ordinal)
                .Replace("{batch}", (string)batch["id"]!, StringComparison.Ordinal)
                .Replace("{endpoint}", (string)endpoint["id"]!, StringComparison.Ordinal)
                .Replace("{delivery}", (string)delivery["id"]!, StringComparison.Ordinal)
                .Replace("{key}", (string)key["id"]!, StringComparison.Ordinal)
                .Split(' ');
            using var request = new HttpRequestMessage(new HttpMethod(parts[0]), parts[1]);
            if (parts[0] is "POST" or "PATCH")
                request.Content = JsonContent.Create(BodyFor(address));
            using var answer = await stranger.SendAsync(request);
            answers.Add((address, (int)answer.StatusCode));
        }

        Assert.That(answers, Is.EqualTo(Addresses.Select(address => (address, 404))));
    }

    [Test]
    public async Task Every_address_that_names_something_is_in_that_list()
    {
        var document = await _intake.Http.GetFromJsonAsync<JsonObject>("/openapi/v1.json");

        var named = document!["paths"]!
            .AsObject()
            .Where(path => path.Key.StartsWith("/v1/", StringComparison.Ordinal) && path.Key.Contains('{'))
            .SelectMany(path => path.Value!.AsObject().Select(method => (path.Key, Method: method.Key)))
            .Where(address => address.Method is "get" or "post" or "patch" or "delete");
        Assert.That(named.Count(), Is.EqualTo(Addresses.Length));
    }

    static object BodyFor(string address) =>
        address.EndsWith("recover", StringComparison.Ordinal) ? new { since = "2020-01-01T00:00:00Z" } : new { };

    async Task<HttpClient> TenantAsync(string name) =>
        _intake.ClientFor((await _intake.Jobs.Tenants.CreateKeyAsync(name, CancellationToken.None)).Text);

    async Task<JobClaim> ClaimAsync(int message) =>
        await _intake.Jobs.Claims.ClaimAsync(
            Guid.Parse((string)(await _intake.SubmitAsync(message))["id"]!),
            "worker-1",
            CancellationToken.None
        ) ?? throw new InvalidOperationException("The job could not be claimed.");

    async Task<JsonObject> PostAsync(string path, object? body = null)
    {
        using var answer = await _intake.Http.PostAsync(path, body is null ? null : JsonContent.Create(body));
        Assert.That(answer.IsSuccessStatusCode, Is.True, $"{path}: {answer.StatusCode}");
        return await IntakeRig.ReadAsync(answer);
    }

    async Task<HttpResponseMessage> PatchAsync(string path, object body, string tag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, path) { Content = JsonContent.Create(body) };
        request.Headers.TryAddWithoutValidation("If-Match", tag);
        return await _intake.Http.SendAsync(request);
    }
}
