using Fleet.Hosting;
using Fleet.Jobs;
using Fleet.Storage;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Fleet.Intake.Streaming;

/// <summary>A file of a job.</summary>
/// <param name="Position">Its place in the job, from 0.</param>
sealed record StreamTarget(Guid Tenant, Guid Job, int Position);

/// <summary>
/// Sends a file while it is being fetched: from the worker that reads it, from the next one when that is lost, and from the
/// store once it is there. What a reader gets is always what Telegram has, in one answer.
/// </summary>
sealed class JobStream(
    FileSources sources,
    WorkerSource workers,
    IObjectStore store,
    IOptions<IntakeOptions> options,
    IHostApplicationLifetime lifetime,
    TimeProvider time
)
{
    /// <summary>How long the first byte may take, and every one after it.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);
    static readonly FileExtensionContentTypeProvider Types = new();

    int _open;

    /// <summary>Answers 200 or 206 with bytes, 302 when the file is stored.</summary>
    /// <exception cref="ProblemException">job_not_found, file_not_found, stream_over, stream_not_ready, unavailable.</exception>
    public async Task SendAsync(HttpContext http, StreamTarget target)
    {
        if (!workers.IsConfigured)
            throw new ProblemException(
                CommonProblems.Unavailable,
                "Live streams are not set up: Broker:Token is missing."
            );
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            http.RequestAborted,
            lifetime.ApplicationStopping
        );
        if (Interlocked.Increment(ref _open) > options.Value.MaxStreams)
        {
            Interlocked.Decrement(ref _open);
            throw new ProblemException(CommonProblems.Unavailable, "Too many live streams are open.");
        }
        try
        {
            var source = await WaitAsync(target, end.Token);
            if (source.Result is { } result)
                await RedirectAsync(http, source, result, end.Token);
            else if (Begin(http, source) is { } range)
                await CopyAsync(http, target, source, range, end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            http.Abort(); // the client left, or the service stops: it may come back for the rest
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    /// <summary>Waits until the file is being read, or stored.</summary>
    async Task<FileSource> WaitAsync(StreamTarget target, CancellationToken ct)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            var source = await FindAsync(target, ct);
            if (source.Result is not null || (source is { Worker: not null, Asset: not null }))
                return source;
            if (source.Status is JobStatus.Succeeded)
                throw new ProblemException(IntakeProblems.FileNotFound, "The job has fewer files.");
            if (JobStates.IsFinal(source.Status))
                throw new ProblemException(IntakeProblems.StreamOver, "Look at the job's error.");
            if (time.GetElapsedTime(began) > Patience)
                throw NotReady();
            await Task.Delay(LookEvery, time, ct);
        }
    }

    async Task<FileSource> FindAsync(StreamTarget target, CancellationToken ct) =>
        await sources.FindOrNullAsync(target.Tenant, target.Job, target.Position, ct)
        ?? throw new ProblemException(IntakeProblems.JobNotFound, "Look at the id of the job.");

    async Task RedirectAsync(HttpContext http, FileSource source, AssetResult result, CancellationToken ct)
    {
        var name = result.Facts.NameOf(source.Name ?? "file");
        var terms = new LinkTerms(name, result.Facts.ContentType, options.Value.LinkLifetime, Inline: true);
        var link = await store.LinkAsync(result.Key, terms, ct);
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Redirect(link.AbsoluteUri);
    }

    /// <summary>Writes the head of the answer; null when that is all.</summary>
    static ByteRange? Begin(HttpContext http, FileSource source)
    {
        var size = source.SourceBytes;
        var tag = new EntityTagHeaderValue($"\"{source.Asset:N}\"");
        var headers = http.Response.GetTypedHeaders();
        headers.ETag = tag;
        headers.Append("Accept-Ranges", "bytes");
        if (ByteRange.Of(http.Request.GetTypedHeaders(), size, tag) is not { } range)
        {
            headers.ContentRange = new ContentRangeHeaderValue(size);
            throw new ProblemException(IntakeProblems.RangeNotSatisfiable, $"The file has {size} bytes.");
        }
        if (range.IsPart)
        {
            http.Response.StatusCode = StatusCodes.Status206PartialContent;
            headers.ContentRange = new ContentRangeHeaderValue(range.Start, range.End - 1, size);
        }
        http.Response.ContentLength = range.End - range.Start;
        http.Response.ContentType = Types.TryGetContentType(source.Name ?? "", out var type)
            ? type
            : "application/octet-stream";

        // What strangers uploaded to Telegram must not run as a page of this site.
        http.Response.Headers.ContentDisposition = ContentDisposition.For(source.Name ?? "file", inline: true);
        http.Response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'; media-src 'self'";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers.CacheControl = "no-store, no-transform";
        return HttpMethods.IsHead(http.Request.Method) ? null : range;
    }

    async Task CopyAsync(
        HttpContext http,
        StreamTarget target,
        FileSource source,
        ByteRange range,
        CancellationToken ct
    )
    {
        http.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
        var position = range.Start;
        var moved = time.GetTimestamp();
        while (true)
        {
            var copied = await TryCopyAsync(source, position, range.End, http.Response.Body, ct);
            position += copied;
            if (position == range.End)
                return;
            if (copied > 0)
                moved = time.GetTimestamp();
            else
                await Task.Delay(LookEvery, time, ct);
            source = await FindAsync(target, ct);
            var isOver = source.Result is { IsSource: var isSame } ? !isSame : JobStates.IsFinal(source.Status);
            if (isOver || time.GetElapsedTime(moved) > Patience)
            {
                if (http.Response.HasStarted)
                {
                    http.Abort();
                    return;
                }
                http.Response.Clear();
                throw NotReady();
            }
        }
    }

    async Task<long> TryCopyAsync(FileSource source, long start, long end, Stream to, CancellationToken ct)
    {
        if (source is { Worker: { } worker, Asset: { } asset, Result: null })
            return await workers.CopyAsync(worker, asset, start, end, to, ct);
        if (source.Result is not { IsSource: true } result)
            return 0;
        await using var stored = await store.OpenReadAsync(result.Key, start, end - start, ct);
        await stored.CopyToAsync(to, ct);
        return end - start;
    }

    ProblemException NotReady() =>
        new(IntakeProblems.StreamNotReady, "The file is not being fetched at the moment.")
        {
            RetryAt = time.GetUtcNow() + TimeSpan.FromSeconds(5),
        };
}
