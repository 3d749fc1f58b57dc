using Fleet.Hosting;
using Fleet.Intake.Streaming;
using Fleet.Jobs;

namespace Fleet.Intake.Api;

/// <summary>A file of a job before it is finished.</summary>
static class StreamEndpoint
{
    static readonly string[] ReadMethods = ["GET", "HEAD"];

    public static void MapStream(this WebApplication app) =>
        app.MapMethods("/v1/jobs/{id:guid}/stream", ReadMethods, StreamAsync)
            .RequireScope(ApiScopes.JobsRead)
            .Produces<byte[]>(StatusCodes.Status200OK, "application/octet-stream")
            .Produces<byte[]>(StatusCodes.Status206PartialContent, "application/octet-stream")
            .Produces(StatusCodes.Status302Found)
            .ProducesProblems(400, 404, 409, 416, 503)
            .WithTags("files")
            .WithSummary("Read a file while it is being fetched")
            .WithDescription(
                "The bytes that Telegram has, from anywhere (Range, one range at a time), while the job fetches them; waits up to "
                    + "30 s for that to begin. Once the file is stored, a redirect to it. file is its place in the job, from 0."
            );

    static Task StreamAsync(HttpContext http, Guid id, JobStream stream, int file = 0) =>
        file >= 0
            ? stream.SendAsync(http, new(http.Caller().TenantId, id, file))
            : throw new ProblemException(IntakeProblems.InvalidQuery, "file is 0 or more.");
}
