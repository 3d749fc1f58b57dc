using Fleet.Jobs;

namespace Fleet.SystemTests.Jobs;

[Category("pipeline")]
public sealed class ClaimTests
{
    JobsDatabase _jobs = null!;

    [SetUp]
    public async Task SetUpAsync() => _jobs = await JobsDatabase.CreateAsync();

    [TearDown]
    public async Task TearDownAsync() => await _jobs.DisposeAsync();

    [Test]
    public async Task Of_many_claims_at_once_one_gets_the_job()
    {
        var job = await _jobs.QueueAsync();

        var claims = await Task.WhenAll(
            Enumerable.Range(0, 16).Select(n => _jobs.Claims.ClaimAsync(job, $"worker-{n}", CancellationToken.None))
        );

        Assert.That(claims.Count(claim => claim is not null), Is.EqualTo(1));
    }

    [Test]
    public async Task A_claim_carries_what_the_job_asks_for()
    {
        var claim = await _jobs.ClaimNewAsync(job =>
            job with
            {
                Options = new JobOptions
                {
                    Container = ResultContainer.Mkv,
                    Audio = new AudioChoice { Languages = ["de"] },
                },
            }
        );

        Assert.That(
            (claim.Attempt, claim.Options.Container, claim.Options.Audio.Languages[0]),
            Is.EqualTo((1, ResultContainer.Mkv, "de"))
        );
    }

    [Test]
    public async Task A_worker_whose_lease_was_given_on_can_write_nothing()
    {
        var zombie = await _jobs.ClaimNewAsync();
        await _jobs.ExpireLeasesAsync();
        await _jobs.Reconciler.ExpireLeasesAsync(CancellationToken.None);
        var heir = (await _jobs.Claims.ClaimAsync(zombie.JobId, "worker-2", CancellationToken.None))!;

        ClaimState[] answers =
        [
            await _jobs.Claims.RenewAsync(zombie, new JobProgress(1, 2, null), asset: null, CancellationToken.None),
            await _jobs.Claims.SetStageAsync(zombie, "uploading", CancellationToken.None),
            await _jobs.Claims.YieldAsync(zombie, CancellationToken.None),
            await _jobs.Claims.FailAsync(zombie, JobError.Of("no_media"), CancellationToken.None),
            await _jobs.Claims.ConfirmCancelAsync(zombie, CancellationToken.None),
        ];

        var job = await _jobs.ReadAsync(zombie.JobId);
        Assert.Multiple(() =>
        {
            Assert.That(answers, Is.All.EqualTo(ClaimState.Lost));
            Assert.That(heir.Fence, Is.GreaterThan(zombie.Fence));
            Assert.That((job.Status, job.Fence), Is.EqualTo((JobStatus.Running, heir.Fence)));
        });
    }

    [Test]
    public async Task A_heartbeat_keeps_the_lease_and_stores_the_progress()
    {
        var claim = await _jobs.ClaimNewAsync();
        await _jobs.SqlAsync("update job set lease_until = now() + interval '1 second'");

        var state = await _jobs.Claims.RenewAsync(claim, new(10, 100, 5), asset: null, CancellationToken.None);

        var job = await _jobs.ReadAsync(claim.JobId);
        Assert.Multiple(() =>
        {
            Assert.That(state, Is.EqualTo(ClaimState.Held));
            Assert.That((job.BytesDone, job.BytesTotal, job.BytesPerSecond), Is.EqualTo((10L, 100L, 5L)));
            Assert.That(job.LeaseUntil, Is.EqualTo(job.ProgressAt + TimeSpan.FromSeconds(60)));
        });
    }

    [Test]
    public async Task A_cancel_reaches_the_worker_with_its_heartbeat_and_its_result_is_refused()
    {
        var claim = await _jobs.ClaimNewAsync();
        var asset = await _jobs.TransferAsync(claim, 7);
        await _jobs.Store.CancelAsync(_jobs.TenantId, claim.JobId, CancellationToken.None);

        var heartbeat = await _jobs.Claims.RenewAsync(claim, null, asset: null, CancellationToken.None);
        var result = await _jobs.CompleteAsync(asset);
        var confirmed = await _jobs.Claims.ConfirmCancelAsync(claim, CancellationToken.None);

        var job = await _jobs.ReadAsync(claim.JobId);
        Assert.That(
            (heartbeat, result, confirmed, job.Status),
            Is.EqualTo((ClaimState.CancelAsked, Refused(ClaimState.CancelAsked), ClaimState.Held, JobStatus.Canceled))
        );
    }

    [Test]
    public async Task A_flood_wait_releases_the_slot_and_burns_no_try()
    {
        var claim = await _jobs.ClaimNewAsync();

        await _jobs.Claims.EndAsync(claim, JobError.Of("flood"), TimeSpan.FromMinutes(5), CancellationToken.None);
        var early = await _jobs.Claims.ClaimAsync(claim.JobId, "worker-2", CancellationToken.None);

        var job = await _jobs.ReadAsync(claim.JobId);
        Assert.Multiple(() =>
        {
            Assert.That(early, Is.Null);
            Assert.That(
                (job.Status, job.WaitReason, job.Failures),
                Is.EqualTo((JobStatus.Queued, WaitReason.Flood, 0))
            );
            Assert.That(job.WaitUntil, Is.EqualTo(job.RunAt));
        });
    }

    [Test]
    public async Task A_transient_fault_is_tried_eight_times()
    {
        var jobId = await _jobs.QueueAsync();
        var tries = 0;

        while (await _jobs.Claims.ClaimAsync(jobId, "worker-1", CancellationToken.None) is { } claim)
        {
            tries++;
            await _jobs.Claims.EndAsync(claim, JobError.Of("telegram_unavailable"), null, CancellationToken.None);
            await _jobs.SqlAsync("update job set run_at = now() where status = 'queued'");
        }

        var job = await _jobs.ReadAsync(jobId);
        Assert.That(
            (tries, job.Status, job.Error!.Code),
            Is.EqualTo((RetryPolicy.MaxTries, JobStatus.Failed, "telegram_unavailable"))
        );
    }

    [Test]
    public async Task A_permanent_fault_fails_the_job_at_once()
    {
        var claim = await _jobs.ClaimNewAsync();

        await _jobs.Claims.EndAsync(claim, JobError.Of("no_media", "Message 7"), null, CancellationToken.None);

        var job = await _jobs.ReadAsync(claim.JobId);
        Assert.That(
            (job.Status, job.Error!.Code, job.Error.Attempt, job.Error.Retryable),
            Is.EqualTo((JobStatus.Failed, "no_media", 1, false))
        );
    }

    static AssetTurn Refused(ClaimState state) => new AssetTurn.Refused(state);
}
