using System.Net.Http.Json;
using Fleet.Testing;

namespace Fleet.SystemTests.Intake;

/// <summary>Rates and quotas, counted in a real Redis.</summary>
[Category("front")]
public sealed class LimitTests
{
    IntakeRig _intake = null!;

    [OneTimeSetUp]
    public async Task StartAsync() =>
        _intake = await IntakeRig.StartAsync(
            await Backends.RabbitMqAsync(),
            ("FLEET_Redis__Endpoint", (await Backends.RedisAsync()).Endpoint)
        );

    [OneTimeTearDown]
    public async Task StopAsync() => await _intake.DisposeAsync();

    [Test]
    public async Task More_requests_than_a_minute_may_have_are_refused_with_the_time_to_come_again()
    {
        using var tenant = await TenantAsync("fast", "--requests-per-minute", "5");

        var statuses = new List<int>();
        for (var i = 0; i < 6; i++)
        {
            using var answer = await tenant.GetAsync("/v1/jobs");
            statuses.Add((int)answer.StatusCode);
        }
        using var last = await tenant.GetAsync("/v1/jobs");

        var problem = await IntakeRig.ReadAsync(last);
        Assert.Multiple(() =>
        {
            Assert.That(statuses, Is.EqualTo([200, 200, 200, 200, 200, 429]));
            Assert.That((string)problem["code"]!, Is.EqualTo("rate_limited"));
            Assert.That(last.Headers.RetryAfter!.Delta, Is.InRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(12)));
            Assert.That(last.Headers.GetValues("RateLimit-Policy").Single(), Does.StartWith("\"requests\";q=5;w=60"));
            Assert.That(last.Headers.GetValues("RateLimit").Single(), Does.StartWith("\"requests\";r=0;t="));
        });
    }

    [Test]
    public async Task More_jobs_than_a_day_may_have_are_refused_and_a_repeated_request_counts_once()
    {
        using var tenant = await TenantAsync("daily", "--jobs-per-day", "2");

        var statuses = new List<int>
        {
            await PostAsync(tenant, 1, "key-1"),
            await PostAsync(tenant, 1, "key-1"),
            await PostAsync(tenant, 2, "key-2"),
            await PostAsync(tenant, 3, "key-3"),
            await PostAsync(tenant, 2, "key-2"), // made before: not refused, though the day is used up
        };
        using var batch = await tenant.PostAsJsonAsync("/v1/batches", new { links = new[] { "https://t.me/a_b_c/1" } });

        Assert.That(statuses, Is.EqualTo([202, 202, 202, 429, 202]));
        Assert.That(
            ((int)batch.StatusCode, (string)(await IntakeRig.ReadAsync(batch))["code"]!),
            Is.EqualTo((429, "quota_exceeded"))
        );
    }

    [Test]
    public async Task More_jobs_at_once_than_a_tenant_may_have_are_refused_until_one_ends()
    {
        using var tenant = await TenantAsync("active", "--active-jobs", "1");

        var first = await PostAsync(tenant, 11, "a");
        var second = await PostAsync(tenant, 12, "b");
        await _intake.Jobs.SqlAsync("update job set status = 'canceled', finished_at = now(), enqueued_at = null");
        var third = await PostAsync(tenant, 13, "c");

        Assert.That(new[] { first, second, third }, Is.EqualTo([202, 429, 202]));
    }

    [Test]
    public async Task Bytes_of_a_day_are_a_quota_too()
    {
        using var tenant = await TenantAsync("heavy", "--bytes-per-day", "1000");
        await PostAsync(tenant, 21, "a");
        await _intake.Jobs.SqlAsync("update job set bytes_total = 1000");

        Assert.That(await PostAsync(tenant, 22, "b"), Is.EqualTo(429));
    }

    [Test]
    public async Task While_Redis_cannot_count_nobody_is_refused_for_a_rate()
    {
        await using var redis = await Redis.StartAsync();
        await using var intake = await IntakeRig.StartAsync(
            await Backends.RabbitMqAsync(),
            ("FLEET_Redis__Endpoint", redis.Endpoint),
            ("FLEET_Limits__RequestsPerMinute", "1")
        );
        await redis.StarveAsync();
        using var first = await intake.Http.GetAsync("/v1/jobs");
        using var second = await intake.Http.GetAsync("/v1/jobs");
        await redis.KillAsync();
        using var third = await intake.Http.GetAsync("/v1/jobs");

        Assert.That(
            new[] { first, second, third }.Select(answer => (int)answer.StatusCode),
            Is.EqualTo([200, 200, 200])
        );
        Assert.That(intake.Log, Does.Contain("Redis does not answer; working without it"));
    }

    async Task<HttpClient> TenantAsync(string name, params string[] limits)
    {
        var key = await _intake.Jobs.Tenants.CreateKeyAsync(name, CancellationToken.None);
        await _intake.RunAsync(["limit", "--tenant", name, .. limits]);
        return _intake.ClientFor(key.Text);
    }

    static async Task<int> PostAsync(HttpClient tenant, int message, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/jobs")
        {
            Content = JsonContent.Create(IntakeRig.BodyFor(message)),
        };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        using var answer = await tenant.SendAsync(request);
        return (int)answer.StatusCode;
    }
}
