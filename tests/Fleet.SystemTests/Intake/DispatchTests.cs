using System.Collections.Concurrent;
using System.Net.Http.Json;
using Fleet.Hosting;
using Fleet.Hosting.Bus;
using Fleet.Jobs;
using Fleet.Testing;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Fleet.SystemTests.Intake;

/// <summary>Jobs reach a consumer through the outbox and RabbitMQ, whatever happens to RabbitMQ.</summary>
[Category("pipeline")]
public sealed class DispatchTests
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    RabbitMq _rabbit = null!;
    IntakeRig _intake = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _rabbit = await RabbitMq.StartAsync();
        _intake = await IntakeRig.StartAsync(_rabbit, ("FLEET_Intake__LostMessageAge", "00:00:02"));

        // RabbitMQ 3.10 killed in the first moments of a quorum queue brings it back as a follower that never elects
        // itself. These tests are about what comes later, so the queues go to disk by an orderly restart first.
        await _intake.SubmitAsync();
        await OutboxIsEmptyAsync();
        await _rabbit.RestartAsync();
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _intake.DisposeAsync();
        await _rabbit.DisposeAsync();
    }

    [Test]
    public async Task A_job_posted_while_RabbitMQ_is_down_is_delivered_when_it_is_back()
    {
        await using var worker = await TestWorker.StartAsync(_rabbit, _intake);
        var before = await _intake.SubmitAsync(1);
        await worker.TookAsync((string)before["id"]!, Deadline);

        await _rabbit.KillAsync();
        using var during = await _intake.Http.PostAsJsonAsync("/v1/jobs", IntakeRig.BodyFor(2));
        var job = await IntakeRig.ReadAsync(during);
        await _rabbit.RestartAsync();

        await worker.TookAsync((string)job["id"]!, Deadline);
    }

    [Test]
    public async Task Jobs_whose_messages_were_wiped_with_RabbitMQ_are_delivered_all_the_same()
    {
        var ids = new List<string>();
        for (var message = 1; message <= 5; message++)
            ids.Add((string)(await _intake.SubmitAsync(message))["id"]!);
        await OutboxIsEmptyAsync();

        await _rabbit.KillAsync();
        await _rabbit.RestartAsync(wiped: true);

        await using var worker = await TestWorker.StartAsync(_rabbit, _intake);
        foreach (var id in ids)
            await worker.TookAsync(id, Deadline);
    }

    [Test]
    public async Task A_job_whose_worker_dies_is_delivered_to_another_one()
    {
        var id = (string)(await _intake.SubmitAsync())["id"]!;
        var dead = await _intake.Jobs.Claims.ClaimAsync(Guid.Parse(id), "dead-worker", CancellationToken.None);

        await _intake.Jobs.ExpireLeasesAsync();

        await using var worker = await TestWorker.StartAsync(_rabbit, _intake);
        await worker.TookAsync(id, Deadline);
        var state = await _intake.Jobs.Claims.RenewAsync(dead!, null, null, CancellationToken.None);
        Assert.That(state, Is.EqualTo(ClaimState.Lost));
    }

    [Test]
    public async Task A_message_that_no_consumer_can_handle_is_seen_among_the_dead_letters_and_can_be_tried_again()
    {
        await using var worker = await TestWorker.StartAsync(_rabbit, _intake, JobQueues.Bulk);
        worker.Fails(true);
        using var answer = await _intake.Http.PostAsJsonAsync(
            "/v1/jobs",
            new { source = new { link = "https://t.me/fleetdemo/1" }, queue = "bulk" }
        );

        await worker.UntilAsync(async () =>
            (await worker.Admin.ReadAsync(RabbitMqAdmin.DeadLetters, default)).Messages == 1
        );

        var id = (string)(await IntakeRig.ReadAsync(answer))["id"]!;
        var seen = await _intake.RunAsync("queues", "dead");
        var listed = await _intake.RunAsync("queues");
        worker.Fails(false);
        var again = await _intake.RunAsync("queues", "requeue");
        await worker.TookAsync(id, Deadline);
        Assert.Multiple(() =>
        {
            Assert.That(worker.Failures, Is.GreaterThan(1));
            Assert.That(seen, Does.Contain("fleet.jobs.bulk  delivery_limit").And.Contain(id));
            Assert.That(listed, Does.Match("(?s)bulk +1 queued .*dead letters +1"));
            Assert.That(
                again,
                Does.Match("(1 published again, 0|0 published again, 1) dropped"),
                "the watch may be faster"
            );
        });
    }

    Task OutboxIsEmptyAsync() =>
        TestWorker.PollAsync(async () => await _intake.Jobs.CountAsync("select count(*) from outbox") == 0, Deadline);

    /// <summary>A consumer on our bus that claims what it gets and fails on demand.</summary>
    sealed class TestWorker : IAsyncDisposable
    {
        readonly WebApplication _app;
        readonly Took _took;

        TestWorker(WebApplication app, Took took)
        {
            _app = app;
            _took = took;
        }

        public RabbitMqAdmin Admin => _app.Services.GetRequiredService<RabbitMqAdmin>();

        public int Failures => _took.Failures;

        public static async Task<TestWorker> StartAsync(RabbitMq rabbit, IntakeRig intake, string? queue = null)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.AddFleetDefaults("test");
            builder.Configuration.AddInMemoryCollection(
                new Dictionary<string, string?>(StringComparer.Ordinal)
                {
                    ["RabbitMq:Uri"] = rabbit.Uri.AbsoluteUri,
                    ["urls"] = "http://127.0.0.1:0",
                }
            );
            var took = new Took(intake.Jobs.Claims);
            builder.Services.AddSingleton(took);
            builder.AddFleetBus(bus => bus.Consume<Consumer>(queue ?? JobQueues.Interactive, _ => 2));
            var app = builder.Build();
            await app.StartAsync();
            return new TestWorker(app, took);
        }

        public void Fails(bool always) => _took.Failing = always;

        public Task TookAsync(string id, TimeSpan deadline) =>
            PollAsync(() => Task.FromResult(_took.Has(Guid.Parse(id))), deadline);

        public Task UntilAsync(Func<Task<bool>> condition) => PollAsync(condition, Deadline);

        public static async Task PollAsync(Func<Task<bool>> condition, TimeSpan deadline)
        {
            using var limit = new CancellationTokenSource(deadline, TimeProvider.System);
            while (!await condition())
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
        }

        public async ValueTask DisposeAsync()
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }
    }

    sealed class Took(JobClaims claims)
    {
        readonly ConcurrentDictionary<Guid, byte> _taken = new();
        int _failures;

        public int Failures => Volatile.Read(ref _failures);

        public bool Has(Guid id) => _taken.ContainsKey(id);

        public bool Failing { get; set; }

        public async Task TakeAsync(Guid id)
        {
            if (Failing)
            {
                Interlocked.Increment(ref _failures);
                throw new InvalidOperationException("This consumer fails on demand.");
            }
            if (await claims.ClaimAsync(id, "test-worker", CancellationToken.None) is not null)
                _taken[id] = 0;
        }
    }

    sealed class Consumer(Took took) : IConsumer<JobQueued>
    {
        public Task Consume(ConsumeContext<JobQueued> context) => took.TakeAsync(context.Message.JobId);
    }
}
