using System.Globalization;
using System.Text;
using System.Text.Json;
using Fleet.Hosting;
using Fleet.Jobs;
using Microsoft.Extensions.Options;

namespace Fleet.Intake.Api;

/// <summary>
/// Server-sent events of a job, read from Postgres: any replica can go on where another one stopped. Each event's id
/// is the job's history number, so that Last-Event-ID finds the place.
/// </summary>
sealed class JobEventStream(
    JobStore jobs,
    IOptions<JobsOptions> jobsOptions,
    IOptions<IntakeOptions> options,
    IHostApplicationLifetime lifetime,
    TimeProvider time
)
{
    static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(500);
    static readonly TimeSpan HeartbeatEvery = TimeSpan.FromSeconds(15);

    int _open;

    /// <summary>Sends snapshot, then progress and history as they happen, then the end of the job, and closes. 204 when the end was seen before.</summary>
    public async Task StreamAsync(HttpContext http, Guid id)
    {
        var tenantId = http.Caller().TenantId;
        var found = await jobs.FindOrNullAsync(tenantId, id, http.RequestAborted) ?? throw JobEndpoints.NotFound(id);
        var seen = LastEventId(http.Request);
        if (JobStates.IsFinal(found.Job.Status) && seen >= found.Job.EventSeq)
        {
            http.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }
        if (Interlocked.Increment(ref _open) > options.Value.MaxEventStreams)
        {
            Interlocked.Decrement(ref _open);
            throw new ProblemException(CommonProblems.Unavailable, "Too many event streams are open; poll the job.");
        }
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            http.RequestAborted,
            lifetime.ApplicationStopping
        );
        try
        {
            await FollowAsync(http, tenantId, found, seen, end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The client left, or the service stops: the client will come back with its Last-Event-ID.
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    async Task FollowAsync(HttpContext http, Guid tenantId, JobWithFiles found, long seen, CancellationToken ct)
    {
        var response = http.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        await response.WriteAsync("retry: 3000\n\n", ct);

        // A client that comes back gets what it missed; a new one needs only the present state.
        var seq = seen > 0 ? seen : found.Job.EventSeq;
        await WriteAsync(response, "snapshot", seq, Describe(found), ct);
        var progressAt = found.Job.ProgressAt;
        var lastWrite = time.GetTimestamp();
        while (true)
        {
            foreach (var entry in await jobs.ReadHistoryAsync(found.Job.Id, seq, ct))
            {
                seq = entry.Seq;
                await WriteAsync(response, entry.Type, seq, entry.Data, ct);
                lastWrite = time.GetTimestamp();
            }
            found = await jobs.FindOrNullAsync(tenantId, found.Job.Id, ct) ?? throw JobEndpoints.NotFound(found.Job.Id);
            if (JobStates.IsFinal(found.Job.Status) && seq >= found.Job.EventSeq)
                break;
            if (found.Job.ProgressAt != progressAt)
            {
                progressAt = found.Job.ProgressAt;
                await WriteAsync(response, "progress", seq, Describe(found), ct);
                lastWrite = time.GetTimestamp();
            }
            if (time.GetElapsedTime(lastWrite) > HeartbeatEvery)
            {
                await response.WriteAsync(":hb\n\n", ct);
                await response.Body.FlushAsync(ct);
                lastWrite = time.GetTimestamp();
            }
            await Task.Delay(PollEvery, time, ct);
        }
        await WriteAsync(response, "end", seq, Describe(found), ct);
    }

    string Describe(JobWithFiles found) =>
        JsonSerializer.Serialize(
            JobResource.Of(found.Job, found.Files, jobsOptions.Value.PublicUrl),
            FleetJson.Options
        );

    static async Task WriteAsync(HttpResponse response, string name, long id, string json, CancellationToken ct)
    {
        // JSON of our serializer has no line breaks, so one data line holds it.
        var text = string.Create(CultureInfo.InvariantCulture, $"event: {name}\nid: {id}\ndata: {json}\n\n");
        await response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), ct);
        await response.Body.FlushAsync(ct);
    }

    static long LastEventId(HttpRequest request) =>
        long.TryParse(
            request.Headers["Last-Event-ID"].ToString(),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var id
        )
            ? id
            : 0;
}
