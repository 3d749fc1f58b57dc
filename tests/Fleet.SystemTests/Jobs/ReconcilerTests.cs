using Fleet.Jobs;
using Microsoft.EntityFrameworkCore;

namespace Fleet.SystemTests.Jobs;

[Category("pipeline")]
public sealed class ReconcilerTests
{
    static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    JobsDatabase _jobs = null!;

    [SetUp]
    public async Task SetUpAsync() => _jobs = await JobsDatabase.CreateAsync();

    [TearDown]
    public async Task TearDownAsync() => await _jobs.DisposeAsync();

    [Test]
    public async Task A_job_whose_worker_died_is_queued_and_published_again()
    {
        var claim = await _jobs.ClaimNewAsync();
        await _jobs.SqlAsync("delete from outbox");
        await _jobs.ExpireLeasesAsync();

        await _jobs.Reconciler.ExpireLeasesAsync(CancellationToken.None);

        var job = await _jobs.ReadAsync(claim.JobId);
        var messages = await _jobs.CountAsync("select count(*) from outbox");
        Assert.That((job.Status, job.LostLeases, messages), Is.EqualTo((JobStatus.Queued, 1, 1L)));
    }

    [Test]
    public async Task The_third_lost_worker_fails_the_job()
    {
        var jobId = await _jobs.QueueAsync();
        for (var lost = 0; lost < 3; lost++)
        {
            await _jobs.Claims.ClaimAsync(jobId, "worker-1", CancellationToken.None);
            await _jobs.ExpireLeasesAsync();
            await _jobs.Reconciler.ExpireLeasesAsync(CancellationToken.None);
        }

        var job = await _jobs.ReadAsync(jobId);
        Assert.That(
            (job.Status, job.Error!.Code, job.Attempt),
            Is.EqualTo((JobStatus.Failed, JobFaults.WorkerLost, 3))
        );
    }

    [Test]
    public async Task A_canceling_job_whose_worker_died_is_canceled()
    {
        var claim = await _jobs.ClaimNewAsync();
        await _jobs.Store.CancelAsync(_jobs.TenantId, claim.JobId, CancellationToken.None);
        await _jobs.ExpireLeasesAsync();

        await _jobs.Reconciler.ExpireLeasesAsync(CancellationToken.None);

        Assert.That((await _jobs.ReadAsync(claim.JobId)).Status, Is.EqualTo(JobStatus.Canceled));
    }

    [Test]
    public async Task A_living_lease_is_left_alone()
    {
        await _jobs.ClaimNewAsync();

        Assert.That(await _jobs.Reconciler.ExpireLeasesAsync(CancellationToken.None), Is.Zero);
    }

    [Test]
    public async Task A_waiting_job_is_published_when_it_is_due_and_not_before()
    {
        var claim = await _jobs.ClaimNewAsync();
        await _jobs.SqlAsync("delete from outbox");
        await _jobs.Claims.PostponeAsync(claim, WaitReason.Flood, Minute, CancellationToken.None);

        var early = await _jobs.Reconciler.EnqueueDueAsync(CancellationToken.None);
        await _jobs.SqlAsync("update job set run_at = now()");
        var due = await _jobs.Reconciler.EnqueueDueAsync(CancellationToken.None);
        var again = await _jobs.Reconciler.EnqueueDueAsync(CancellationToken.None);

        var job = await _jobs.ReadAsync(claim.JobId);
        Assert.That((early, due, again, job.WaitReason), Is.EqualTo((0, 1, 0, (WaitReason?)null)));
    }

    [Test]
    public async Task A_job_whose_message_was_lost_is_published_again()
    {
        var jobId = await _jobs.QueueAsync();
        var inOutbox = await _jobs.Reconciler.CountPublishedAsync(JobQueue.Interactive, TimeSpan.Zero, default);
        await _jobs.SqlAsync("delete from outbox");
        await _jobs.SqlAsync("update job set enqueued_at = now() - interval '2 minutes'");

        var missing = await _jobs.Reconciler.CountPublishedAsync(JobQueue.Interactive, Minute, default);
        var other = await _jobs.Reconciler.CountPublishedAsync(JobQueue.Bulk, Minute, default);
        await _jobs.Reconciler.RepublishAsync(JobQueue.Interactive, Minute, CancellationToken.None);
        var after = await _jobs.Reconciler.CountPublishedAsync(JobQueue.Interactive, Minute, default);

        await using var db = await _jobs.OpenAsync();
        var message = await db.Outbox.SingleAsync();
        Assert.That((inOutbox, missing, other, after, message.JobId), Is.EqualTo((0, 1, 0, 0, jobId)));
    }

    [Test]
    public async Task Only_one_process_leads_until_it_gives_the_lead_up()
    {
        var first = await _jobs.Reconciler.TryLeadAsync(CancellationToken.None);
        var second = await _jobs.Reconciler.TryLeadAsync(CancellationToken.None);
        await first!.DisposeAsync();
        await using var third = await _jobs.Reconciler.TryLeadAsync(CancellationToken.None);

        Assert.That((second is null, third is not null), Is.EqualTo((true, true)));
    }

    [Test]
    public async Task Old_keys_and_old_finished_jobs_are_forgotten_and_nothing_else()
    {
        var kept = await _jobs.QueueAsync();
        var old = await _jobs.ClaimNewAsync();
        await _jobs.SucceedAsync(old);
        await _jobs.SqlAsync("update job set finished_at = now() - interval '31 days' where status = 'succeeded'");

        await _jobs.Reconciler.SweepAsync(CancellationToken.None);

        await using var db = await _jobs.OpenAsync();
        Assert.That(await db.Jobs.Select(job => job.Id).ToListAsync(), Is.EqualTo([kept]));
    }
}
