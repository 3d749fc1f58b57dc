using Fleet.Hosting;
using Fleet.Jobs;
using Fleet.Jobs.Rows;
using Fleet.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Fleet.Intake.Api;

/// <summary>The body of POST /v1/jobs/{id}/files/{file}/links.</summary>
public sealed record CreateLinkRequest
{
    /// <summary>Life of the link, 10 to 604800 seconds (7 days). Default 3600.</summary>
    public int TtlSeconds { get; init; } = 3_600;

    /// <summary>True: browsers play the file; false: they save it.</summary>
    public bool Inline { get; init; }
}

/// <summary>A link that needs no key.</summary>
/// <param name="Url">Whoever has it can read the file.</param>
public sealed record LinkResource(Uri Url, DateTimeOffset ExpiresAt);

/// <summary>The results: a stable address that redirects to a fresh link, and the files behind the links of the directory store.</summary>
static class FileEndpoints
{
    const int MinTtl = 10;
    const int MaxTtl = 7 * 24 * 3600;

    static readonly string[] ReadMethods = ["GET", "HEAD"];

    public static void MapFiles(this WebApplication app)
    {
        app.MapMethods("/v1/jobs/{id:guid}/files/{file}/content", ReadMethods, RedirectAsync)
            .RequireScope(ApiScopes.JobsRead)
            .Produces(StatusCodes.Status302Found)
            .Produces<byte[]>(StatusCodes.Status200OK, "application/json")
            .ProducesProblems(404)
            .WithTags("files")
            .WithSummary("Download a result");
        app.MapPost("/v1/jobs/{id:guid}/files/{file}/links", LinkAsync)
            .RequireScope(ApiScopes.JobsRead)
            .Accepts<CreateLinkRequest>("application/json")
            .ProducesProblems(400, 404, 409, 413, 415, 422)
            .WithTags("files")
            .WithSummary("Make a link that others can follow");
        if (app.Services.GetRequiredService<IObjectStore>() is DirectoryObjectStore store)
        {
            app.MapMethods(
                    LinkSigner.PathPrefix + "{**key}",
                    ReadMethods,
                    (HttpContext http, string key) => Serve(http, store, key)
                )
                .ExcludeFromDescription();
        }
    }

    /// <summary>200 with a file of metadata, else 302 to a link that lives for <see cref="IntakeOptions.LinkLifetime"/>. With inline=1 browsers play the file.</summary>
    static async Task<IResult> RedirectAsync(
        HttpContext http,
        Guid id,
        string file,
        string? inline,
        JobStore jobs,
        IObjectStore store,
        IOptions<IntakeOptions> options
    )
    {
        var found = await FindAsync(http, id, file, jobs);
        var terms = new LinkTerms(found.Name, found.ContentType, options.Value.LinkLifetime, inline is "1" or "true");
        http.Response.Headers.CacheControl = "no-store";
        if (found.ObjectKey is not { } key)
        {
            http.Response.Headers.ContentDisposition = ContentDisposition.For(found.Name, terms.Inline);
            http.Response.Headers.XContentTypeOptions = "nosniff";
            return TypedResults.Bytes(found.Content!, found.ContentType);
        }
        var link = await store.LinkAsync(key, terms, http.RequestAborted);
        return TypedResults.Redirect(link.AbsoluteUri);
    }

    /// <summary>A link that needs no key, for as long as was asked for.</summary>
    static async Task<Created<LinkResource>> LinkAsync(
        HttpContext http,
        Guid id,
        string file,
        JobStore jobs,
        IObjectStore store,
        TimeProvider time
    )
    {
        var body = (await JsonBody.ReadAsync<CreateLinkRequest>(http)).Value;
        if (body.TtlSeconds is < MinTtl or > MaxTtl)
        {
            throw new ProblemException(IntakeProblems.ValidationFailed, $"/ttl_seconds: {MinTtl} to {MaxTtl}.")
            {
                Errors = [new ProblemItem("/ttl_seconds", $"{MinTtl} to {MaxTtl}.")],
            };
        }
        var found = await FindAsync(http, id, file, jobs);
        var key =
            found.ObjectKey
            ?? throw new ProblemException(IntakeProblems.FileNotLinkable, "Read it at its content address.");
        var life = TimeSpan.FromSeconds(body.TtlSeconds);
        var terms = new LinkTerms(found.Name, found.ContentType, life, body.Inline);
        var link = await store.LinkAsync(key, terms, http.RequestAborted);
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Created(link.AbsoluteUri, new LinkResource(link, time.GetUtcNow() + life));
    }

    static async Task<JobFile> FindAsync(HttpContext http, Guid id, string file, JobStore jobs)
    {
        var job = await jobs.FindOrNullAsync(http.Caller().TenantId, id, http.RequestAborted);
        return (job ?? throw JobEndpoints.NotFound(id)).Files.FirstOrDefault(row => row.Id == file)
            ?? throw new ProblemException(IntakeProblems.FileNotFound, "The job has not produced such a file.");
    }

    /// <summary>Sends a file of the directory store, or a range of it, to whoever has a valid link.</summary>
    static PhysicalFileHttpResult Serve(HttpContext http, DirectoryObjectStore store, string key)
    {
        switch (store.Links.Verify(key, http.Request.QueryString.Value, out var link))
        {
            case LinkVerdict.Expired:
                throw new ProblemException(IntakeProblems.LinkExpired, "Follow the file's content address again.");
            case LinkVerdict.Valid:
                break;
            default:
                throw new ProblemException(IntakeProblems.LinkForged, "The link is incomplete or was changed.");
        }
        var file = new FileInfo(store.PathOf(key));
        if (!file.Exists)
            throw new ProblemException(IntakeProblems.FileNotFound, "The file is no longer stored.");

        // What strangers uploaded to Telegram must not run as a page of this site.
        var headers = http.Response.Headers;
        headers.ContentDisposition = link!.Disposition;
        headers.ContentSecurityPolicy = "sandbox; default-src 'none'; media-src 'self'";
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "private, no-transform";
        return TypedResults.PhysicalFile(
            file.FullName,
            link.ContentType,
            lastModified: new DateTimeOffset(file.LastWriteTimeUtc),
            enableRangeProcessing: true
        );
    }
}
