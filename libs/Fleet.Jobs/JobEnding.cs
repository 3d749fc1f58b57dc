using System.Text.Json;
using Fleet.Jobs.Rows;
using Microsoft.EntityFrameworkCore;

namespace Fleet.Jobs;

/// <summary>What every end of a job has in common: its last history entry and its webhook deliveries.</summary>
static class JobEnding
{
    /// <summary>Ends a job, the last claim on which is given and whose row the caller's transaction holds, with the files of its assets, which are all ready.</summary>
    public static async Task SucceedAsync(
        FleetDb db,
        JobClaim claim,
        IEnumerable<JobShare> shares,
        Uri? publicUrl,
        CancellationToken ct
    )
    {
        var jobId = claim.JobId;
        await db.Database.ExecuteSqlAsync(
            $"""
            update job set status = 'succeeded', finished_at = now(), lease_until = null, stage = null, asset_id = null,
                wait_reason = null, error = null, bytes_done = coalesce(bytes_total, bytes_done)
            where id = {jobId}
            """,
            ct
        );
        foreach (var (number, share) in shares.Where(s => !s.Share.IsPart).Index())
        {
            var files = share.Asset.Result!.ToJobFiles(share.Share, number);
            db.JobFiles.AddRange(files);
            if (claim.Options.MetadataFile)
                db.JobFiles.Add(MetadataFile.Of(claim, share.Share.Media, files[0]));
        }
        await AnnounceAsync(db, jobId, publicUrl, ct);
    }

    /// <summary>Marks what a claim was fetching with the fault that ended it, unless the fault is the job's own.</summary>
    public static async Task BlameAsync(FleetDb db, Guid jobId, long fence, JobError error, CancellationToken ct)
    {
        if (JobFaults.IsOfLink(error.Code))
            return;
        var json = JsonSerializer.Serialize(error, JobJson.Options);
        await db.Database.ExecuteSqlAsync(
            $"""
            update asset set error = {json}::jsonb
            where id in (select asset_id from job_asset where job_id = {jobId}) and fence = {fence} and result is null
            """,
            ct
        );
    }

    /// <summary>
    /// Writes both in the caller's transaction, which has just made the job final, and saves the context. The bytes of
    /// the webhook are made here, once: they are what is signed and sent on every try. A job that did not succeed lets go
    /// of its assets.
    /// </summary>
    /// <returns>The assets that it let go of: to be tended after the transaction (<see cref="AssetCare"/>).</returns>
    public static async Task<List<Guid>> AnnounceAsync(FleetDb db, Guid jobId, Uri? publicUrl, CancellationToken ct)
    {
        await db.SaveChangesAsync(ct);
        var status = await db.Jobs.Where(job => job.Id == jobId).Select(job => job.Status).SingleAsync(ct);
        await JobLog.AppendAsync(db, jobId, EnumText.Of(status), new { }, ct);
        await WriteDeliveriesAsync(db, jobId, status, publicUrl, ct);
        return status == JobStatus.Succeeded
            ? []
            : await db
                .Database.SqlQuery<Guid>($"delete from job_asset where job_id = {jobId} returning asset_id")
                .ToListAsync(ct);
    }

    static async Task WriteDeliveriesAsync(
        FleetDb db,
        Guid jobId,
        JobStatus status,
        Uri? publicUrl,
        CancellationToken ct
    )
    {
        var job = await db.Jobs.AsNoTracking().SingleAsync(row => row.Id == jobId, ct);
        var files = await db.JobFiles.AsNoTracking().Where(f => f.JobId == jobId).OrderBy(f => f.Id).ToListAsync(ct);
        var endpoints = await db
            .WebhookEndpoints.Where(endpoint =>
                endpoint.TenantId == job.TenantId
                && endpoint.DisabledAt == null
                && (endpoint.EveryJob || endpoint.Id == job.WebhookEndpointId)
            )
            .Select(endpoint => endpoint.Id)
            .ToListAsync(ct);
        if (endpoints.Count == 0)
            return;

        var type = $"job.{EnumText.Of(status)}";
        var at = job.FinishedAt ?? throw new InvalidOperationException($"Job {jobId} is not final.");
        var payload = new WebhookPayload(type, at, JobResource.Of(job, files, publicUrl));
        var body = JsonSerializer.SerializeToUtf8Bytes(payload, JobJson.Options);
        db.WebhookDeliveries.AddRange(
            endpoints.Select(endpoint => new WebhookDelivery
            {
                Id = $"msg_{Guid.CreateVersion7():n}",
                EndpointId = endpoint,
                JobId = jobId,
                EventType = type,
                Seq = job.EventSeq,
                Body = body,
                State = DeliveryState.Pending,
                NextAt = at,
                CreatedAt = at,
            })
        );
        await db.SaveChangesAsync(ct);
    }

    /// <summary>The body of a webhook.</summary>
    /// <remarks>https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md</remarks>
    sealed record WebhookPayload(string Type, DateTimeOffset Timestamp, JobResource Data);
}
