using Fleet.Jobs;

namespace Fleet.SystemTests.Jobs;

/// <summary>Whose job a message brings, and what a pause holds back.</summary>
[Category("pipeline")]
public sealed class TurnTests
{
    static readonly CancellationToken None = CancellationToken.None;

    JobsDatabase _jobs = null!;

    [SetUp]
    public async Task CreateAsync() => _jobs = await JobsDatabase.CreateAsync();

    [TearDown]
    public async Task DropAsync() => await _jobs.DisposeAsync();

    [Test]
    public async Task One_job_of_a_tenant_does_not_wait_for_ten_thousand_of_another()
    {
        const int Slots = 4;
        await QueueManyAsync(_jobs.TenantId, 10_000);
        for (var slot = 0; slot < Slots; slot++)
            await TakeAsync();
        var other = await _jobs.AddTenantAsync("second");
        await QueueManyAsync(other, 1);

        // At odds of five to one in every round, 30 rounds that all miss are less likely than 1 in 10^20.
        var rounds = 0;
        for (JobClaim taken; (taken = await TakeAsync()).TenantId != other; rounds++)
            await _jobs.Claims.FailAsync(taken, JobError.Of("no_media"), None);

        Assert.That(rounds, Is.LessThan(30));
    }

    [Test]
    public async Task Tenants_share_by_their_weight()
    {
        const int Rounds = 400;
        var heavy = await _jobs.AddTenantAsync("second");
        await _jobs.Tenants.WeighAsync("second", 3, None);
        await QueueManyAsync(_jobs.TenantId, Rounds);
        await QueueManyAsync(heavy, Rounds);

        var ofHeavy = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var taken = await TakeAsync();
            ofHeavy += taken.TenantId == heavy ? 1 : 0;
            await _jobs.Claims.FailAsync(taken, JobError.Of("no_media"), None);
        }

        // Three quarters of 400, and seven times the standard deviation of 8.7.
        Assert.That(ofHeavy, Is.InRange(300 - 61, 300 + 61));
    }

    [Test]
    public async Task A_tenants_own_jobs_go_in_the_order_in_which_they_came()
    {
        var ids = new List<Guid>();
        for (var i = 0; i < 5; i++)
            ids.Add(await _jobs.QueueAsync());

        var taken = new List<Guid>();
        for (var i = 0; i < 5; i++)
            taken.Add((await TakeAsync()).JobId);

        Assert.That(taken, Is.EqualTo(ids));
    }

    [Test]
    public async Task Of_many_who_ask_at_once_each_gets_another_job()
    {
        await QueueManyAsync(_jobs.TenantId, 20);

        var taken = await Task.WhenAll(
            Enumerable.Range(0, 24).Select(_ => _jobs.Claims.ClaimNextAsync(JobQueue.Interactive, "worker-1", None))
        );

        var ids = taken.OfType<JobClaim>().Select(claim => claim.JobId).ToList();
        Assert.That((ids.Count, ids.Distinct().Count()), Is.EqualTo((20, 20)));
    }

    [Test]
    public async Task Jobs_of_the_other_queue_are_nobodys_turn()
    {
        await _jobs.QueueAsync(job => job with { Queue = JobQueue.Bulk });

        Assert.That(await _jobs.Claims.ClaimNextAsync(JobQueue.Interactive, "worker-1", None), Is.Null);
    }

    [Test]
    public async Task A_paused_queue_holds_its_jobs_back_and_says_so_until_it_goes_on()
    {
        var id = await _jobs.QueueAsync();
        await _jobs.Queues.PauseAsync(JobQueue.Interactive, "the disk is full", None);

        var held = await _jobs.Claims.ClaimNextAsync(JobQueue.Interactive, "worker-1", None);
        var early = await _jobs.Reconciler.EnqueueDueAsync(None);
        var waiting = await _jobs.ReadAsync(id);
        var view = (await _jobs.Queues.ListAsync(None)).Single(queue => queue.Queue == JobQueue.Interactive);
        await _jobs.Queues.ResumeAsync(JobQueue.Interactive, None);
        var published = await _jobs.Reconciler.EnqueueDueAsync(None);
        var claim = await TakeAsync();

        Assert.Multiple(() =>
        {
            Assert.That((held, early, waiting.WaitReason), Is.EqualTo(((JobClaim?)null, 0, WaitReason.Paused)));
            Assert.That((view.Queued, view.Waiting, view.Pause?.Reason), Is.EqualTo((0, 1, "the disk is full")));
            Assert.That((published, claim.JobId), Is.EqualTo((1, id)));
        });
    }

    [Test]
    public async Task A_job_that_was_held_back_can_be_called_off()
    {
        var id = await _jobs.QueueAsync();
        await _jobs.Queues.PauseAsync(JobQueue.Interactive, reason: null, None);
        await _jobs.Claims.ClaimNextAsync(JobQueue.Interactive, "worker-1", None);

        var outcome = await _jobs.Store.CancelAsync(_jobs.TenantId, id, None);

        Assert.That((outcome as CancelOutcome.Done)?.Job.Status, Is.EqualTo(JobStatus.Canceled));
    }

    [Test]
    public async Task A_job_that_waits_for_its_message_is_published_again_and_no_other()
    {
        var waiting = await _jobs.QueueAsync();
        var running = await _jobs.ClaimNewAsync();
        var before = await _jobs.CountAsync("select count(*) from outbox");

        var again = (
            await _jobs.Queues.PublishAgainAsync(waiting, None),
            await _jobs.Queues.PublishAgainAsync(running.JobId, None)
        );

        var added = await _jobs.CountAsync("select count(*) from outbox") - before;
        Assert.That((again, added), Is.EqualTo(((true, false), 1)));
    }

    async Task<JobClaim> TakeAsync() =>
        await _jobs.Claims.ClaimNextAsync(JobQueue.Interactive, "worker-1", None)
        ?? throw new InvalidOperationException("Nobody's turn.");

    Task QueueManyAsync(Guid tenant, int count) => _jobs.QueueManyAsync(tenant, JobQueue.Interactive, count);
}
