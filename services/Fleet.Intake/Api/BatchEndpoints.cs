using Fleet.Hosting;
using Fleet.Intake.Limits;
using Fleet.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Fleet.Intake.Api;

/// <summary>A batch as clients see it.</summary>
public sealed record BatchResource
{
    /// <summary>UUID.</summary>
    public required Guid Id { get; init; }

    /// <summary>Jobs of each status.</summary>
    public required BatchCounts Counts { get; init; }

    /// <summary>Jobs in all.</summary>
    public required int Total { get; init; }

    /// <summary>True when every job has ended.</summary>
    public required bool Ended { get; init; }

    /// <summary>Links that no job was made of.</summary>
    public required IReadOnlyList<RefusedLink> Refused { get; init; }

    public string? ClientRef { get; init; }

    /// <summary>Addresses of the batch.</summary>
    public required BatchLinksResource Links { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    internal static BatchResource Of(BatchWithCounts found, Uri? publicUrl)
    {
        var root = $"{publicUrl?.AbsoluteUri.TrimEnd('/')}/v1";
        var self = $"{root}/batches/{found.Batch.Id}";
        int Count(JobStatus status) => found.Counts.GetValueOrDefault(status);
        return new BatchResource
        {
            Id = found.Batch.Id,
            Counts = new BatchCounts(
                Count(JobStatus.Queued),
                Count(JobStatus.Running),
                Count(JobStatus.Canceling),
                Count(JobStatus.Succeeded),
                Count(JobStatus.Failed),
                Count(JobStatus.Canceled)
            ),
            Total = found.Counts.Values.Sum(),
            Ended = found.Counts.Keys.All(JobStates.IsFinal),
            Refused = found.Batch.Refused,
            ClientRef = found.Batch.ClientRef,
            Links = new BatchLinksResource(
                self,
                $"{root}/jobs?batch_id={found.Batch.Id}",
                $"{self}/cancel",
                $"{self}/retry-failed"
            ),
            CreatedAt = found.Batch.CreatedAt,
        };
    }
}

/// <summary>How many jobs of a batch have which status.</summary>
public sealed record BatchCounts(int Queued, int Running, int Canceling, int Succeeded, int Failed, int Canceled);

/// <summary>Addresses of a batch; paths when the service has no public address.</summary>
public sealed record BatchLinksResource(string Self, string Jobs, string Cancel, string RetryFailed);

/// <summary>A page of batches, newest first.</summary>
/// <param name="NextCursor">Gives the next page; absent on the last.</param>
public sealed record BatchPage(IReadOnlyList<BatchResource> Data, string? NextCursor);

/// <summary>/v1/batches.</summary>
sealed class BatchEndpoints(
    BatchStore batches,
    RateLimits limits,
    IOptions<JobsOptions> options,
    IOptions<IntakeOptions> intake
)
{
    const string CreateOperation = "POST /v1/batches";
    const string ListFilter = "batches";

    /// <summary>Makes a batch. Equal requests under one Idempotency-Key make one batch.</summary>
    public async Task<IResult> CreateAsync(HttpContext http, CancellationToken ct)
    {
        var key = IdempotencyHeader.ReadOrNull(http.Request);
        var body = await JsonBody.ReadAsync<CreateBatchRequest>(http, intake.Value.MaxBatchBodyBytes);
        var request = CreateBatchRules.Check(body.Value, http.Caller());
        var idempotency = key is null ? null : new IdempotencyKey(CreateOperation, key, body.Fingerprint);
        var admission = new JobAdmission(limits, http, request.Jobs.Count);
        switch (await batches.CreateAsync(request, idempotency, admission.TakeAsync, ct))
        {
            case BatchOutcome.Created { Id: var id }:
                IntakeMetrics.JobsCreated(request.Jobs[0].Queue, request.Jobs.Count);
                return Accepted(http, await ReadAsync(http, id));
            case BatchOutcome.Replayed { Id: var id }:
                await admission.ReturnAsync();
                http.Response.Headers["Idempotent-Replayed"] = "true";
                return Accepted(http, await ReadAsync(http, id));
            default:
                await admission.ReturnAsync();
                throw JobEndpoints.KeyReused();
        }
    }

    public async Task<Ok<BatchResource>> GetAsync(HttpContext http, Guid id) =>
        TypedResults.Ok(await ReadAsync(http, id));

    /// <summary>A page of the caller's batches.</summary>
    /// <param name="limit">1 to 200, default 50; more gives 200.</param>
    /// <param name="cursor">next_cursor of the page before.</param>
    public async Task<Ok<BatchPage>> ListAsync(HttpContext http, string? limit, string? cursor)
    {
        var size = JobEndpoints.ReadLimit(limit);
        var after = JobCursor.Read(cursor, ListFilter);
        var page = await batches.ListAsync(http.Caller().TenantId, after, size, http.RequestAborted);
        var next =
            page.Count == size ? JobCursor.Of(new(page[^1].Batch.CreatedAt, page[^1].Batch.Id), ListFilter) : null;
        return TypedResults.Ok(
            new BatchPage([.. page.Select(row => BatchResource.Of(row, options.Value.PublicUrl))], next)
        );
    }

    /// <summary>Calls off every job that has not ended; workers of running ones still stop when it answers.</summary>
    public async Task<IResult> CancelAsync(HttpContext http, Guid id) =>
        await batches.CancelAsync(http.Caller().TenantId, id, http.RequestAborted)
            ? Accepted(http, await ReadAsync(http, id))
            : throw NotFound(id);

    /// <summary>Queues the failed jobs again whose error is retryable.</summary>
    public async Task<IResult> RetryFailedAsync(HttpContext http, Guid id) =>
        await batches.RetryFailedAsync(http.Caller().TenantId, id, http.RequestAborted)
            ? Accepted(http, await ReadAsync(http, id))
            : throw NotFound(id);

    async Task<BatchResource> ReadAsync(HttpContext http, Guid id) =>
        await batches.FindOrNullAsync(http.Caller().TenantId, id, http.RequestAborted) is { } found
            ? BatchResource.Of(found, options.Value.PublicUrl)
            : throw NotFound(id);

    static Accepted<BatchResource> Accepted(HttpContext http, BatchResource batch)
    {
        http.Response.Headers.RetryAfter = JobEndpoints.PollAfterSeconds;
        return TypedResults.Accepted(batch.Links.Self, batch);
    }

    static ProblemException NotFound(Guid id) =>
        new(IntakeProblems.BatchNotFound, $"There is no batch {id}, or it belongs to somebody else.");
}

/// <summary>Maps <see cref="BatchEndpoints"/>.</summary>
static class BatchRoutes
{
    public static void MapBatches(this WebApplication app)
    {
        var batches = app.Services.GetRequiredService<BatchEndpoints>();
        var group = app.MapGroup("/v1/batches").WithTags("batches");
        group
            .MapPost("", batches.CreateAsync)
            .RequireScope(ApiScopes.JobsWrite)
            .Accepts<CreateBatchRequest>("application/json")
            .Produces<BatchResource>(StatusCodes.Status202Accepted)
            .ProducesProblems(400, 413, 415, 422)
            .WithSummary("Submit many links");
        group
            .MapGet("", batches.ListAsync)
            .RequireScope(ApiScopes.JobsRead)
            .ProducesProblems(400)
            .WithSummary("List batches, newest first");
        group
            .MapGet("/{id:guid}", batches.GetAsync)
            .RequireScope(ApiScopes.JobsRead)
            .ProducesProblems(404)
            .WithSummary("Read a batch");
        group
            .MapPost("/{id:guid}/cancel", batches.CancelAsync)
            .RequireScope(ApiScopes.JobsWrite)
            .Produces<BatchResource>(StatusCodes.Status202Accepted)
            .ProducesProblems(404)
            .WithSummary("Call a batch off");
        group
            .MapPost("/{id:guid}/retry-failed", batches.RetryFailedAsync)
            .RequireScope(ApiScopes.JobsWrite)
            .Produces<BatchResource>(StatusCodes.Status202Accepted)
            .ProducesProblems(404)
            .WithSummary("Try the failed jobs of a batch again");
    }
}
