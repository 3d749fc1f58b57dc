using System.Globalization;
using System.Text;
using Fleet.Hosting;
using Fleet.Jobs;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace Fleet.Intake.Api;

/// <summary>
/// Server-sent events of jobs. Each event's id is the place in the history of the job, or of each of the jobs, so that
/// Last-Event-ID finds it again at any replica.
/// </summary>
sealed class JobEventStream(
    JobStore jobs,
    IOptions<JobsOptions> jobsOptions,
    IOptions<IntakeOptions> options,
    IHostApplicationLifetime lifetime,
    TimeProvider time
)
{
    /// <summary>Jobs followed in one stream.</summary>
    public const int MaxJobs = 20;

    static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(500);
    static readonly TimeSpan HeartbeatEvery = TimeSpan.FromSeconds(15);

    int _open;

    /// <summary>Sends snapshot, then progress and history as they happen, then the end of the job, and closes. 204 when the end was seen before.</summary>
    public async Task StreamAsync(HttpContext http, Guid id)
    {
        var seen = LastEventIds(http.Request, 1);
        await StreamAsync(http, [await FollowAsync(http, id, seen[0])], (_, news) => news.Json);
    }

    /// <summary>The same of several jobs: the data of each event is {"job_id": …, "data": …}. Closes after the last end.</summary>
    /// <param name="job">Ids of 1 to 20 jobs, the same ones in the same order when the stream is taken up again.</param>
    public async Task StreamManyAsync(HttpContext http, [FromQuery(Name = "job")] Guid[] job)
    {
        if (job.Length is 0 or > MaxJobs || job.Distinct().Count() < job.Length)
            throw new ProblemException(
                IntakeProblems.InvalidQuery,
                $"job is given for 1 to {MaxJobs} jobs, each once."
            );
        var seen = LastEventIds(http.Request, job.Length);
        var followers = new List<JobFollower>();
        foreach (var (position, id) in job.Index())
            followers.Add(await FollowAsync(http, id, seen[position]));
        await StreamAsync(
            http,
            followers,
            (follower, news) => $$"""{"job_id":"{{follower.JobId}}","data":{{news.Json}}}"""
        );
    }

    async Task<JobFollower> FollowAsync(HttpContext http, Guid id, long seen)
    {
        var tenantId = http.Caller().TenantId;
        var found = await jobs.FindOrNullAsync(tenantId, id, http.RequestAborted) ?? throw JobEndpoints.NotFound(id);
        return new JobFollower(jobs, tenantId, found, seen, jobsOptions.Value.PublicUrl);
    }

    async Task StreamAsync(HttpContext http, List<JobFollower> followers, Func<JobFollower, JobNews, string> dataOf)
    {
        if (followers.TrueForAll(follower => follower.IsOver))
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
            await SendAsync(http.Response, followers, dataOf, end.Token);
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

    async Task SendAsync(
        HttpResponse response,
        List<JobFollower> followers,
        Func<JobFollower, JobNews, string> dataOf,
        CancellationToken ct
    )
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        await response.WriteAsync("retry: 3000\n\n", ct);
        var lastWrite = time.GetTimestamp();
        foreach (var follower in followers.Where(follower => !follower.IsOver))
            await WriteAsync(follower, follower.Snapshot());
        while (true)
        {
            foreach (var follower in followers.Where(follower => !follower.IsOver))
            {
                await foreach (var news in follower.ReadAsync(ct))
                    await WriteAsync(follower, news);
            }
            if (followers.TrueForAll(follower => follower.IsOver))
                return;
            if (time.GetElapsedTime(lastWrite) > HeartbeatEvery)
            {
                await response.WriteAsync(":hb\n\n", ct);
                await response.Body.FlushAsync(ct);
                lastWrite = time.GetTimestamp();
            }
            await Task.Delay(PollEvery, time, ct);
        }

        async Task WriteAsync(JobFollower follower, JobNews news)
        {
            // JSON of our serializer has no line breaks, so one data line holds it.
            var id = string.Join('.', followers.Select(f => f.Seq.ToString(CultureInfo.InvariantCulture)));
            var text = $"event: {news.Name}\nid: {id}\ndata: {dataOf(follower, news)}\n\n";
            await response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), ct);
            await response.Body.FlushAsync(ct);
            lastWrite = time.GetTimestamp();
        }
    }

    /// <summary>What a client has seen of each job; nothing when it says nothing that makes sense.</summary>
    static long[] LastEventIds(HttpRequest request, int count)
    {
        var parts = request.Headers["Last-Event-ID"].ToString().Split('.');
        var ids = parts
            .Select(part => long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .ToArray();
        return ids.Length == count ? ids : new long[count];
    }
}
