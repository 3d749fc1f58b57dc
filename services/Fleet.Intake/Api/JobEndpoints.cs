using System.Globalization;
using System.Text.Json;
using Fleet.Hosting;
using Fleet.Intake.Limits;
using Fleet.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace Fleet.Intake.Api;

/// <summary>A page of jobs, newest first.</summary>
/// <param name="NextCursor">Gives the next page; absent on the last.</param>
public sealed record JobPage(IReadOnlyList<JobResource> Data, string? NextCursor);

/// <summary>/v1/jobs.</summary>
sealed class JobEndpoints(JobStore jobs, RateLimits limits, PreferWait wait, IOptions<JobsOptions> options)
{
    public const string CreateOperation = "POST /v1/jobs";
    public const string PollAfterSeconds = "2";
    const int DefaultPage = 50;

    Uri? PublicUrl => options.Value.PublicUrl;

    /// <summary>Makes a job. Equal requests under one Idempotency-Key make one job.</summary>
    public async Task<IResult> CreateAsync(HttpContext http, CancellationToken ct)
    {
        var key = IdempotencyHeader.ReadOrNull(http.Request);
        var body = await JsonBody.ReadAsync<CreateJobRequest>(http);
        var request = CreateJobRules.Check(body.Value, http.Caller());
        var idempotency = key is null ? null : new IdempotencyKey(CreateOperation, key, body.Fingerprint);

        var admission = new JobAdmission(limits, http, 1);
        switch (await jobs.CreateAsync(request, idempotency, admission.TakeAsync, ct))
        {
            case CreateOutcome.Created { Job: var job }:
                IntakeMetrics.JobsCreated(job.Queue, 1);
                return await WaitAsync(http, job.Id)
                    ? await AcceptedAsync(http, job.Id)
                    : Accepted(http, JobResource.Of(job, [], PublicUrl));
            case CreateOutcome.Replayed { Job: var job }:
                await admission.ReturnAsync();
                http.Response.Headers["Idempotent-Replayed"] = "true";
                await WaitAsync(http, job.Id);
                return await AcceptedAsync(http, job.Id);
            default:
                await admission.ReturnAsync();
                throw KeyReused();
        }
    }

    async Task<IResult> AcceptedAsync(HttpContext http, Guid id)
    {
        var found = await FindAsync(http, id);
        return Accepted(http, JobResource.Of(found.Job, found.Files, PublicUrl));
    }

    Task<bool> WaitAsync(HttpContext http, Guid id) =>
        wait.WaitAsync(http, async () => JobStates.IsFinal((await FindAsync(http, id)).Job.Status));

    /// <summary>A job. Answers 304 to an If-None-Match that names its present state.</summary>
    public async Task<IResult> GetAsync(HttpContext http, Guid id)
    {
        await WaitAsync(http, id);
        var found = await FindAsync(http, id);
        var json = JsonSerializer.SerializeToUtf8Bytes(
            JobResource.Of(found.Job, found.Files, PublicUrl),
            FleetJson.Options
        );
        var tag = JobTag.Of(json);
        http.Response.Headers.ETag = tag.ToString();
        http.Response.Headers.CacheControl = "private, no-cache";
        if (!JobStates.IsFinal(found.Job.Status))
            http.Response.Headers.RetryAfter = PollAfterSeconds;
        return http.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(tag, useStrongComparison: false))
            ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
            : TypedResults.Bytes(json, "application/json; charset=utf-8");
    }

    /// <summary>A page of the caller's jobs.</summary>
    /// <param name="status">Only these, separated by commas.</param>
    /// <param name="batchId">Only the jobs of this batch.</param>
    /// <param name="limit">1 to 200, default 50; more gives 200.</param>
    /// <param name="cursor">next_cursor of the page before, with the same filter.</param>
    public async Task<Ok<JobPage>> ListAsync(
        HttpContext http,
        string? status,
        [FromQuery(Name = "batch_id")] string? batchId,
        string? limit,
        string? cursor
    )
    {
        var statuses = ReadStatuses(status);
        var batch = ReadBatchOrNull(batchId);
        var filter = $"{string.Join(',', statuses)} {batch}";
        var size = ReadLimit(limit);
        var after = JobCursor.Read(cursor, filter);
        var page = await jobs.ListAsync(http.Caller().TenantId, statuses, batch, after, size, http.RequestAborted);
        var next = page.Count == size ? JobCursor.Of(new(page[^1].Job.CreatedAt, page[^1].Job.Id), filter) : null;
        return TypedResults.Ok(
            new JobPage([.. page.Select(row => JobResource.Of(row.Job, row.Files, PublicUrl))], next)
        );
    }

    /// <summary>Calls a job off: 200 when it is canceled, 202 while its worker still stops.</summary>
    public async Task<IResult> CancelAsync(HttpContext http, Guid id)
    {
        switch (await jobs.CancelAsync(http.Caller().TenantId, id, http.RequestAborted))
        {
            case CancelOutcome.Done { Job: var job }:
                var resource = JobResource.Of(job, [], PublicUrl);
                return job.Status == JobStatus.Canceled ? TypedResults.Ok(resource) : Accepted(http, resource);
            case CancelOutcome.TooLate { Status: var status }:
                throw new ProblemException(IntakeProblems.JobNotCancelable, $"The job has {EnumText.Of(status)}.");
            default:
                throw NotFound(id);
        }
    }

    /// <summary>Queues a failed job again; it goes on where it stopped.</summary>
    public async Task<IResult> RetryAsync(HttpContext http, Guid id) =>
        await jobs.RetryAsync(http.Caller().TenantId, id, http.RequestAborted) switch
        {
            RetryOutcome.Done { Job: var job } => Accepted(http, JobResource.Of(job, [], PublicUrl)),
            RetryOutcome.NotFailed { Status: var status } => throw new ProblemException(
                IntakeProblems.JobNotRetryable,
                $"The job is {EnumText.Of(status)}."
            ),
            _ => throw NotFound(id),
        };

    static Accepted<JobResource> Accepted(HttpContext http, JobResource job)
    {
        http.Response.Headers.RetryAfter = PollAfterSeconds;
        return TypedResults.Accepted(job.Links.Self, job);
    }

    async Task<JobWithFiles> FindAsync(HttpContext http, Guid id) =>
        await jobs.FindOrNullAsync(http.Caller().TenantId, id, http.RequestAborted) ?? throw NotFound(id);

    public static ProblemException KeyReused() =>
        new(IntakeProblems.IdempotencyKeyReused, "Use a new key for a new request, or repeat the first one unchanged.");

    public static ProblemException NotFound(Guid id) =>
        new(IntakeProblems.JobNotFound, $"There is no job {id}, or it belongs to somebody else.");

    static List<JobStatus> ReadStatuses(string? text) =>
        [
            .. (text ?? "")
                .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(name =>
                    EnumText.ParseOrNull<JobStatus>(name)
                    ?? throw new ProblemException(
                        IntakeProblems.InvalidQuery,
                        $"status is one of {string.Join(", ", EnumText.All<JobStatus>())}."
                    )
                )
                .Distinct()
                .Order(),
        ];

    static Guid? ReadBatchOrNull(string? text)
    {
        if (text is null)
            return null;
        return Guid.TryParse(text, out var id)
            ? id
            : throw new ProblemException(IntakeProblems.InvalidQuery, "batch_id is the id of a batch.");
    }

    public static int ReadLimit(string? text)
    {
        if (text is null)
            return DefaultPage;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit > 0
            ? Math.Min(limit, JobStore.MaxPage)
            : throw new ProblemException(IntakeProblems.InvalidQuery, "limit is a number from 1 to 200.");
    }
}

/// <summary>Maps <see cref="JobEndpoints"/>.</summary>
static class JobRoutes
{
    public static void MapJobs(this WebApplication app)
    {
        var jobs = app.Services.GetRequiredService<JobEndpoints>();
        var edits = app.Services.GetRequiredService<EditJobs>();
        var group = app.MapGroup("/v1/jobs").WithTags("jobs");
        group
            .MapPost("", jobs.CreateAsync)
            .RequireScope(ApiScopes.JobsWrite)
            .Accepts<CreateJobRequest>("application/json")
            .Produces<JobResource>(StatusCodes.Status202Accepted)
            .ProducesProblems(400, 413, 415, 422)
            .WithSummary("Submit a link");
        group
            .MapGet("", jobs.ListAsync)
            .RequireScope(ApiScopes.JobsRead)
            .ProducesProblems(400)
            .WithSummary("List jobs, newest first");
        group
            .MapGet("/{id:guid}", jobs.GetAsync)
            .RequireScope(ApiScopes.JobsRead)
            .Produces<JobResource>()
            .Produces(StatusCodes.Status304NotModified)
            .ProducesProblems(404)
            .WithSummary("Read a job");
        group
            .MapPatch("/{id:guid}", edits.ChangeAsync)
            .RequireScope(ApiScopes.JobsWrite)
            .Accepts<ChangeJobRequest>("application/json")
            .ProducesProblems(400, 404, 409, 412, 413, 415, 422)
            .WithSummary("Change a job's queue, or your words about it");
        group
            .MapDelete("/{id:guid}", edits.DeleteAsync)
            .RequireScope(ApiScopes.JobsWrite)
            .ProducesProblems(404, 409)
            .WithSummary("Forget an ended job and its files");
        group
            .MapPost("/{id:guid}/cancel", jobs.CancelAsync)
            .RequireScope(ApiScopes.JobsWrite)
            .Produces<JobResource>()
            .Produces<JobResource>(StatusCodes.Status202Accepted)
            .ProducesProblems(404, 409)
            .WithSummary("Call a job off");
        group
            .MapPost("/{id:guid}/retry", jobs.RetryAsync)
            .RequireScope(ApiScopes.JobsWrite)
            .Produces<JobResource>(StatusCodes.Status202Accepted)
            .ProducesProblems(404, 409)
            .WithSummary("Try a failed job again");
        MapEvents(app, group);
    }

    static void MapEvents(WebApplication app, RouteGroupBuilder group)
    {
        var events = app.Services.GetRequiredService<JobEventStream>();
        group
            .MapGet("/{id:guid}/events", events.StreamAsync)
            .RequireScope(ApiScopes.JobsRead)
            .Produces<JobResource>(StatusCodes.Status200OK, "text/event-stream")
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblems(404, 503)
            .WithSummary("Follow a job by server-sent events");
        app.MapGet("/v1/events", events.StreamManyAsync)
            .RequireScope(ApiScopes.JobsRead)
            .Produces<JobResource>(StatusCodes.Status200OK, "text/event-stream")
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblems(400, 404, 503)
            .WithTags("jobs")
            .WithSummary("Follow several jobs by server-sent events");
    }

    /// <summary>Documents problem answers.</summary>
    public static RouteHandlerBuilder ProducesProblems(this RouteHandlerBuilder endpoint, params int[] statuses)
    {
        foreach (var status in statuses)
            endpoint.Produces<Problem>(status, ProblemMiddleware.ContentType);
        return endpoint;
    }
}
