using Fleet.Jobs;

namespace Fleet.SystemTests.Jobs;

/// <summary>Every operation on a job in every status does in the database what <see cref="JobStates.Next"/> says.</summary>
[Category("pipeline")]
public sealed class StateMachineTests
{
    static readonly JobStatus[] Statuses = Enum.GetValues<JobStatus>();
    static readonly JobError Truncated = JobError.Of("media_truncated");

    [Test]
    public async Task The_database_moves_as_the_state_machine_says([Values] JobEvent happened)
    {
        await using var jobs = await JobsDatabase.CreateAsync();
        var expected = new List<string>();
        var found = new List<string>();
        foreach (var status in Statuses)
        {
            var claim = await BringToAsync(jobs, status, happened);
            await HappenAsync(jobs, claim, happened);

            var after = (await jobs.ReadAsync(claim.JobId)).Status;
            expected.Add($"{status} + {happened} = {JobStates.Next(status, happened) ?? status}");
            found.Add($"{status} + {happened} = {after}");
            await jobs.SqlAsync("update job set run_at = now() + interval '1 day' where status = 'queued'");
        }
        Assert.That(found, Is.EqualTo(expected));
    }

    /// <summary>A job in a status, with the claim that its last worker holds or held.</summary>
    static async Task<JobClaim> BringToAsync(JobsDatabase jobs, JobStatus status, JobEvent happening)
    {
        var claim = await jobs.ClaimInBatchAsync();
        if (happening == JobEvent.WorkerLost)
            await jobs.SqlAsync("update job set lost_leases = 2");
        var none = CancellationToken.None;
        if (status is JobStatus.Queued)
            await jobs.Claims.YieldAsync(claim, none);
        if (status is JobStatus.Succeeded)
            await jobs.SucceedAsync(claim);
        if (status is JobStatus.Failed)
            await jobs.Claims.FailAsync(claim, JobError.Of("storage_unavailable"), none);
        if (status is JobStatus.Canceling or JobStatus.Canceled)
            await jobs.Store.CancelAsync(jobs.TenantId, claim.JobId, none);
        if (status is JobStatus.Canceled)
            await jobs.Claims.ConfirmCancelAsync(claim, none);
        Assert.That((await jobs.ReadAsync(claim.JobId)).Status, Is.EqualTo(status));
        return claim;
    }

    static Task HappenAsync(JobsDatabase jobs, JobClaim claim, JobEvent happened)
    {
        var none = CancellationToken.None;
        return happened switch
        {
            JobEvent.Claimed => jobs.Claims.ClaimAsync(claim.JobId, "worker-2", none),
            JobEvent.Yielded => jobs.Claims.YieldAsync(claim, none),
            JobEvent.Postponed => jobs.Claims.PostponeAsync(claim, WaitReason.Capacity, TimeSpan.FromHours(1), none),
            JobEvent.Retried => jobs.Claims.RetryAsync(claim, JobError.Of("remux_failed"), none),
            JobEvent.LeaseLost or JobEvent.WorkerLost => LoseLeaseAsync(jobs),
            JobEvent.Succeeded => jobs.SucceedAsync(claim),
            JobEvent.Failed => jobs.Claims.FailAsync(claim, JobError.Of("no_media"), none),
            JobEvent.CancelAsked => jobs.Store.CancelAsync(jobs.TenantId, claim.JobId, none),
            JobEvent.CancelDone => jobs.Claims.ConfirmCancelAsync(claim, none),
            JobEvent.RetryAsked => RetryAsync(jobs, claim),
            JobEvent.Attached => AttachAsync(jobs, claim),
            JobEvent.AssetReady => WaitAsync(jobs, claim, jobs.CompleteAsync),
            JobEvent.AssetFailed => WaitAsync(jobs, claim, a => jobs.Claims.FailAsync(a.Job, Truncated, none)),
            _ => throw new ArgumentOutOfRangeException(nameof(happened)),
        };
    }

    static async Task LoseLeaseAsync(JobsDatabase jobs)
    {
        await jobs.ExpireLeasesAsync();
        await jobs.Reconciler.ExpireLeasesAsync(CancellationToken.None);
    }

    static async Task RetryAsync(JobsDatabase jobs, JobClaim claim)
    {
        var batch = (await jobs.ReadAsync(claim.JobId)).BatchId!.Value;
        await jobs.Batches.RetryFailedAsync(jobs.TenantId, batch, CancellationToken.None);
    }

    /// <summary>Another job fetches what this one wants.</summary>
    static async Task<AssetClaim> AttachAsync(JobsDatabase jobs, JobClaim claim)
    {
        var document = claim.Fence;
        var asset = await jobs.TransferAsync(await jobs.ClaimNewAsync(), document);
        await jobs.BeginAsync(claim, document);
        return asset;
    }

    /// <summary>A job that is queued waits for what another one fetches, and that ends.</summary>
    static async Task WaitAsync(JobsDatabase jobs, JobClaim claim, Func<AssetClaim, Task> end)
    {
        var again = await jobs.Claims.ClaimAsync(claim.JobId, "worker-1", CancellationToken.None);
        if (again is not null)
            await end(await AttachAsync(jobs, again));
    }
}
