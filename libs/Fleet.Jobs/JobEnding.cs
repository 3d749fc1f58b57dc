using System.Text.Json;
using Fleet.Jobs.Rows;
using Microsoft.EntityFrameworkCore;

namespace Fleet.Jobs;

/// <summary>What every end of a job has in common: its last history entry and its webhook deliveries.</summary>
static class JobEnding
{
    /// <summary>
    /// Writes both in the caller's transaction, which has just made the job final, and saves the context. The bytes of
    /// the webhook are made here, once: they are what is signed and sent on every try.
    /// </summary>
    public static async Task AnnounceAsync(FleetDb db, Guid jobId, Uri? publicUrl, CancellationToken ct)
    {
        await db.SaveChangesAsync(ct);
        var status = await db.Jobs.Where(job => job.Id == jobId).Select(job => job.Status).SingleAsync(ct);
        await JobLog.AppendAsync(db, jobId, EnumText.Of(status), new { }, ct);

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
