using System.Net.Http.Headers;
using System.Text;
using Fleet.Testing;

namespace Fleet.SystemTests.Intake;

/// <summary>Everything that a client can get wrong has its status and its stable code.</summary>
[Category("front")]
public sealed class BadInputTests
{
    const string Job = "00000000-0000-0000-0000-000000000000";
    const string Link = """ "source":{"link":"https://t.me/fleetdemo/1"} """;

    IntakeRig _intake = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _intake = await IntakeRig.StartAsync(await Backends.RabbitMqAsync());

    [OneTimeTearDown]
    public async Task StopAsync() => await _intake.DisposeAsync();

    [TestCase("""{""", 400, "malformed_json")]
    [TestCase("""{"a":1,"a":2}""", 400, "malformed_json")]
    [TestCase("", 400, "malformed_json")]
    [TestCase("null", 422, "validation_failed")]
    [TestCase("[]", 422, "validation_failed")]
    [TestCase("{}", 422, "validation_failed")]
    [TestCase("""{"source":null}""", 422, "validation_failed")]
    [TestCase("""{"source":{}}""", 422, "validation_failed")]
    [TestCase("""{"source":{"link":null}}""", 422, "validation_failed")]
    [TestCase("""{"source":{"link":7}}""", 422, "validation_failed")]
    [TestCase("{" + Link + ""","unknown":1}""", 422, "validation_failed")]
    [TestCase("{" + Link + ""","options":{"container":"avi"}}""", 422, "validation_failed")]
    [TestCase("{" + Link + ""","options":{"container":1}}""", 422, "validation_failed")]
    [TestCase("{" + Link + ""","options":{"audio":null}}""", 422, "validation_failed")]
    [TestCase("{" + Link + ""","options":{"audio":{"index":-1}}}""", 422, "validation_failed")]
    [TestCase("{" + Link + ""","options":{"audio":{"languages":["d!"]}}}""", 422, "validation_failed")]
    [TestCase("{" + Link + ""","options":{"audio":{"languages":[null]}}}""", 422, "validation_failed")]
    [TestCase("{" + Link + ""","options":{"file_name":"../a"}}""", 422, "validation_failed")]
    [TestCase("{" + Link + ""","options":{"allow_transcode":true}}""", 403, "transcode_forbidden")]
    [TestCase("""{"source":{"link":"https://t.me/a_b_c/1","audio_link":"nothing"}}""", 422, "link_malformed")]
    [TestCase(
        """{"source":{"link":"https://t.me/a_b_c/1","audio_link":"https://t.me/a_b_c/2"},"options":{"container":"original"}}""",
        422,
        "validation_failed"
    )]
    [TestCase("{" + Link + ""","client_ref":"a\u0000"}""", 422, "validation_failed")]
    [TestCase("{" + Link + ""","metadata":{"a":"\u0000"}}""", 422, "validation_failed")]
    [TestCase("{" + Link + ""","webhook_url":"file:///etc/passwd"}""", 422, "validation_failed")]
    [TestCase("{" + Link + ""","webhook_url":"https://user:pw@example.com"}""", 422, "validation_failed")]
    [TestCase("{" + Link + ""","webhook_url":"/hook"}""", 422, "validation_failed")]
    [TestCase("""{"source":{"link":"not a link"}}""", 422, "link_malformed")]
    [TestCase("""{"source":{"link":"https://t.me/fleetdemo/x"}}""", 422, "link_malformed")]
    [TestCase("""{"source":{"link":"https://t.me/fleetdemo/0"}}""", 422, "link_malformed")]
    [TestCase("""{"source":{"link":"https://example.com/fleetdemo/1"}}""", 422, "link_host_unknown")]
    [TestCase("""{"source":{"link":"https://t.me.example.com/fleetdemo/1"}}""", 422, "link_host_unknown")]
    [TestCase("""{"source":{"link":"https://t.me/fleetdemo"}}""", 422, "link_not_a_message")]
    [TestCase("""{"source":{"link":"https://t.me/fleetdemo/s/live"}}""", 422, "link_unsupported")]
    [TestCase("""{"source":{"link":"https://t.me/fleetdemo/1-101"}}""", 422, "too_many_items")]
    public async Task A_bad_job_is_refused(string body, int status, string code)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await _intake.Http.PostAsync("/v1/jobs", content);

        await AssertProblemAsync(answer, status, code);
    }

    [Test]
    public async Task A_body_of_another_type_is_refused()
    {
        using var content = new StringContent("{}", Encoding.UTF8, "text/plain");
        using var answer = await _intake.Http.PostAsync("/v1/jobs", content);

        await AssertProblemAsync(answer, 415, "unsupported_media_type");
    }

    [Test]
    public async Task A_body_without_a_type_is_refused()
    {
        using var content = new ByteArrayContent("{}"u8.ToArray());
        using var answer = await _intake.Http.PostAsync("/v1/jobs", content);

        await AssertProblemAsync(answer, 415, "unsupported_media_type");
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_body_that_is_too_long_is_refused(bool chunked)
    {
        using var content = new StringContent("\"" + new string('a', 70_000) + "\"", Encoding.UTF8, "application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/jobs") { Content = content };
        request.Headers.TransferEncodingChunked = chunked;
        using var answer = await _intake.Http.SendAsync(request);

        await AssertProblemAsync(answer, 413, "body_too_large");
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("flt_live_0")]
    [TestCase("flt_live_00000000000000000000000000000000000000000000000000")]
    public async Task A_wrong_key_is_refused(string? key)
    {
        using var http = _intake.ClientFor(key: null);
        if (key is not null)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var answer = await http.GetAsync("/v1/jobs");

        Assert.That(answer.Headers.WwwAuthenticate.ToString(), Is.EqualTo("Bearer"));
        await AssertProblemAsync(answer, 401, "unauthorized");
    }

    [Test]
    public async Task A_key_with_another_secret_is_refused()
    {
        var other = Fleet.Jobs.ApiKeyText.Create();
        var id = Fleet.Jobs.ApiKeyText.ParseOrNull(_intake.ApiKey)!.Id;
        using var http = _intake.ClientFor((other with { Id = id }).Reveal());
        using var answer = await http.GetAsync("/v1/jobs");

        await AssertProblemAsync(answer, 401, "unauthorized");
    }

    [TestCase("GET", "/v1/jobs/" + Job, 404, "job_not_found")]
    [TestCase("GET", "/v1/jobs/7", 404, "not_found")]
    [TestCase("POST", "/v1/jobs/" + Job + "/cancel", 404, "job_not_found")]
    [TestCase("GET", "/v1/jobs/" + Job + "/events", 404, "job_not_found")]
    [TestCase("GET", "/v1/jobs/" + Job + "/files/media/content", 404, "job_not_found")]
    [TestCase("GET", "/v1/nothing", 404, "not_found")]
    [TestCase("GET", "/problems/nothing", 404, "not_found")]
    [TestCase("DELETE", "/v1/jobs", 405, "method_not_allowed")]
    [TestCase("DELETE", "/v1/webhook-endpoints/" + Job, 404, "webhook_endpoint_not_found")]
    [TestCase("GET", "/v1/jobs?cursor=AAAA", 400, "invalid_cursor")]
    [TestCase("GET", "/v1/jobs?limit=-1", 400, "invalid_query")]
    [TestCase("GET", "/v1/jobs?status=queued,odd", 400, "invalid_query")]
    [TestCase("GET", "/files/assets/a?sig=AAAA", 403, "link_forged")]
    [TestCase("GET", "/files/../../etc/passwd", 404, "not_found")]
    [TestCase("GET", "/files/..%2f..%2fetc%2fpasswd?expires=1&sig=1", 403, "link_forged")]
    public async Task A_wrong_address_is_refused(string method, string path, int status, string code)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var answer = await _intake.Http.SendAsync(request);

        await AssertProblemAsync(answer, status, code);
    }

    [TestCase("")]
    [TestCase("\"\"")]
    [TestCase("a b")]
    public async Task A_malformed_idempotency_key_is_refused(string key)
    {
        using var content = new StringContent("{" + Link + "}", Encoding.UTF8, "application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/jobs") { Content = content };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        using var answer = await _intake.Http.SendAsync(request);

        await AssertProblemAsync(answer, 400, "invalid_idempotency_key");
    }

    [Test]
    public async Task Every_code_is_described_at_its_address()
    {
        using var answer = await _intake.Http.GetAsync("/problems/validation_failed");
        var described = await IntakeRig.ReadAsync(answer);

        Assert.That((string?)described["code"], Is.EqualTo("validation_failed"));
    }

    static async Task AssertProblemAsync(HttpResponseMessage answer, int status, string code)
    {
        var type = answer.Content.Headers.ContentType?.MediaType;
        Assert.That(type, Is.EqualTo("application/problem+json"), $"status {(int)answer.StatusCode}");
        var problem = await IntakeRig.ReadAsync(answer);
        Assert.That(
            ((int)answer.StatusCode, (int)problem["status"]!, (string)problem["code"]!, (string)problem["type"]!),
            Is.EqualTo((status, status, code, $"/problems/{code}"))
        );
    }
}
