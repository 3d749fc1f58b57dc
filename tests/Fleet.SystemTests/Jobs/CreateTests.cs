using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Fleet.Jobs;
using Fleet.Jobs.Rows;
using Microsoft.EntityFrameworkCore;

namespace Fleet.SystemTests.Jobs;

[Category("pipeline")]
public sealed class CreateTests
{
    JobsDatabase _jobs = null!;

    [SetUp]
    public async Task SetUpAsync() => _jobs = await JobsDatabase.CreateAsync();

    [TearDown]
    public async Task TearDownAsync() => await _jobs.DisposeAsync();

    [Test]
    public async Task Equal_requests_at_once_under_one_key_make_one_job()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => CreateAsync("k1", "body")));

        var created = outcomes.OfType<CreateOutcome.Created>().Single().Job.Id;
        var jobs = await _jobs.CountAsync("select count(*) from job");
        var replayed = outcomes.OfType<CreateOutcome.Replayed>().Select(outcome => outcome.Job.Id).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(replayed, Has.Count.EqualTo(11).And.All.EqualTo(created));
            Assert.That(jobs, Is.EqualTo(1));
        });
    }

    [Test]
    public async Task A_key_that_comes_with_another_request_is_refused()
    {
        await CreateAsync("k1", "body");

        Assert.That(await CreateAsync("k1", "other body"), Is.TypeOf<CreateOutcome.KeyReused>());
    }

    [Test]
    public async Task Two_tenants_may_use_the_same_key()
    {
        var second = await _jobs.AddTenantAsync("second");
        await CreateAsync("k1", "body");

        Assert.That(await CreateAsync("k1", "other body", second), Is.TypeOf<CreateOutcome.Created>());
    }

    [Test]
    public async Task The_end_of_a_job_writes_its_webhooks_with_the_job_as_data()
    {
        var endpoint = await _jobs.Webhooks.CreateOrNullAsync(_jobs.TenantId, "https://a.example/hook", default);
        var claim = await _jobs.ClaimNewAsync(job => job with { WebhookUrl = "https://b.example/hook" });

        await _jobs.SucceedAsync(claim);

        await using var db = await _jobs.OpenAsync();
        var deliveries = await db.WebhookDeliveries.ToListAsync();
        var body = JsonNode.Parse(deliveries[0].Body)!;
        Assert.Multiple(() =>
        {
            Assert.That(deliveries, Has.Count.EqualTo(2));
            Assert.That(deliveries.Select(d => d.EndpointId), Does.Contain(endpoint!.Id));
            Assert.That(deliveries.Select(d => d.State), Is.All.EqualTo(DeliveryState.Pending));
            Assert.That((string?)body["type"], Is.EqualTo("job.succeeded"));
            Assert.That((string?)body["data"]!["status"], Is.EqualTo("succeeded"));
            Assert.That((string?)body["data"]!["files"]![0]!["name"], Is.EqualTo("clip.mp4"));
        });
    }

    [Test]
    public async Task The_webhook_of_a_job_of_another_tenant_is_not_sent_here()
    {
        var second = await _jobs.AddTenantAsync("second");
        await _jobs.Webhooks.CreateOrNullAsync(second, "https://a.example/hook", default);
        var claim = await _jobs.ClaimNewAsync();

        await _jobs.Claims.FailAsync(claim, JobError.Of("no_media"), CancellationToken.None);

        Assert.That(await _jobs.CountAsync("select count(*) from webhook_delivery"), Is.Zero);
    }

    [Test]
    public async Task The_list_pages_through_every_job_of_the_tenant_once()
    {
        var made = new List<Guid>();
        for (var i = 0; i < 7; i++)
            made.Add(await _jobs.QueueAsync());
        var second = await _jobs.AddTenantAsync("second");
        await _jobs.QueueAsync(job => job with { TenantId = second });

        var listed = new List<Guid>();
        JobPosition? after = null;
        while (await PageAsync(after) is { Count: > 0 } page)
        {
            listed.AddRange(page.Select(row => row.Job.Id));
            after = new JobPosition(page[^1].Job.CreatedAt, page[^1].Job.Id);
        }

        Assert.That(listed, Is.EqualTo(Enumerable.Reverse(made)));
    }

    [Test]
    public async Task A_message_that_could_not_be_published_stays_in_the_outbox()
    {
        var first = await _jobs.QueueAsync();
        var second = await _jobs.QueueAsync();
        var published = new List<Guid>();

        Task PublishOne(OutboxMessage message, CancellationToken ct)
        {
            if (published.Count == 1)
                throw new TimeoutException();
            published.Add(message.JobId);
            return Task.CompletedTask;
        }
        Assert.That(() => _jobs.Outbox.RelayAsync(10, PublishOne, default), Throws.TypeOf<TimeoutException>());

        await using var db = await _jobs.OpenAsync();
        var left = await db.Outbox.Select(message => message.JobId).ToListAsync();
        Assert.That((published, left), Is.EqualTo((new List<Guid> { first }, new List<Guid> { second })));
    }

    [Test]
    public async Task A_queued_job_that_changes_its_queue_is_told_to_the_other()
    {
        var id = await _jobs.QueueAsync();
        await _jobs.SqlAsync("delete from outbox");

        var outcome = await _jobs.Edits.ChangeAsync(_jobs.TenantId, id, new(JobQueue.Bulk, null, null), default);

        await using var db = await _jobs.OpenAsync();
        var message = await db.Outbox.SingleAsync();
        Assert.That(outcome, Is.EqualTo(new EditOutcome.Done()));
        Assert.That((message.JobId, message.Queue), Is.EqualTo((id, JobQueue.Bulk)));
    }

    Task<IReadOnlyList<JobWithFiles>> PageAsync(JobPosition? after) =>
        _jobs.Store.ListAsync(_jobs.TenantId, [JobStatus.Queued], null, after, 3, CancellationToken.None);

    Task<CreateOutcome> CreateAsync(string key, string body, Guid? tenant = null) =>
        _jobs.Store.CreateAsync(
            new NewJob { TenantId = tenant ?? _jobs.TenantId, Source = "https://t.me/fleetdemo/1" },
            new IdempotencyKey("POST /v1/jobs", key, SHA256.HashData(Encoding.UTF8.GetBytes(body))),
            JobsDatabase.NobodyRefuses,
            CancellationToken.None
        );
}
