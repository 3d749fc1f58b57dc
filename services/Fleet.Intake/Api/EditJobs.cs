using System.Security.Cryptography;
using System.Text.Json;
using Fleet.Hosting;
using Fleet.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Fleet.Intake.Api;

/// <summary>The body of PATCH /v1/jobs/{id}: what it leaves out stays as it is.</summary>
public sealed record ChangeJobRequest
{
    /// <summary>interactive or bulk; only while the job is queued.</summary>
    public JobQueue? Queue { get; init; }

    /// <summary>Your own name for the job, at most 255 characters.</summary>
    public string? ClientRef { get; init; }

    /// <summary>At most 16 pairs of your own, instead of those before.</summary>
    public Dictionary<string, string>? Metadata { get; init; }
}

/// <summary>Changes to jobs that exist.</summary>
sealed class EditJobs(JobEdits edits, JobStore jobs, AuditLog audit, IOptions<JobsOptions> options)
{
    /// <summary>Changes a job. An If-Match has to name its present state.</summary>
    public async Task<Ok<JobResource>> ChangeAsync(HttpContext http, Guid id)
    {
        var body = (await JsonBody.ReadAsync<ChangeJobRequest>(http)).Value;
        CreateJobRules.CheckNames(body.ClientRef, body.Metadata);
        var wanted = http.Request.GetTypedHeaders().IfMatch;
        if (wanted.Count > 0 && !wanted.Any(tag => tag.Compare(EntityTagHeaderValue.Any, useStrongComparison: false)))
        {
            var present = JobTag.Of(Write(await ReadAsync(http, id)));
            if (!wanted.Any(tag => tag.Compare(present, useStrongComparison: false)))
                throw new ProblemException(IntakeProblems.PreconditionFailed, "Read the job again.");
        }
        var change = new JobChange(body.Queue, body.ClientRef, body.Metadata);
        Check(id, await edits.ChangeAsync(http.Caller().TenantId, id, change, http.RequestAborted));
        return TypedResults.Ok(await ReadAsync(http, id));
    }

    /// <summary>Forgets an ended job; its files are deleted unless other jobs have them too.</summary>
    public async Task<NoContent> DeleteAsync(HttpContext http, Guid id)
    {
        Check(id, await edits.ForgetAsync(http.Caller().TenantId, id, http.RequestAborted));
        await audit.WriteAsync(http.Caller(), "job.delete", id.ToString(), http.RequestAborted);
        return TypedResults.NoContent();
    }

    static void Check(Guid id, EditOutcome outcome)
    {
        if (outcome is EditOutcome.NotFound)
            throw JobEndpoints.NotFound(id);
        if (outcome is EditOutcome.NotNow { Status: var status })
            throw new ProblemException(IntakeProblems.JobNotChangeable, $"The job is {EnumText.Of(status)}.");
    }

    async Task<JobResource> ReadAsync(HttpContext http, Guid id)
    {
        var found =
            await jobs.FindOrNullAsync(http.Caller().TenantId, id, http.RequestAborted)
            ?? throw JobEndpoints.NotFound(id);
        return JobResource.Of(found.Job, found.Files, options.Value.PublicUrl);
    }

    static byte[] Write(JobResource job) => JsonSerializer.SerializeToUtf8Bytes(job, FleetJson.Options);
}

/// <summary>The state of a job as an entity tag.</summary>
static class JobTag
{
    /// <param name="json">The job as it is answered.</param>
    public static EntityTagHeaderValue Of(byte[] json) =>
        new($"\"{Convert.ToHexStringLower(SHA256.HashData(json).AsSpan(0, 8))}\"");
}
