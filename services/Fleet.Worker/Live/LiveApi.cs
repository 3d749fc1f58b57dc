using Fleet.Hosting;
using Fleet.Sessions;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace Fleet.Worker.Live;

/// <summary>Hands bytes of files that are being read to Intake. Internal: HTTP with the service token, version 1.</summary>
static class LiveApi
{
    static readonly ProblemType NotHere = new("asset_not_here", 404, "This worker does not read the file.");
    static readonly ProblemType Full = new("too_many_streams", 503, "This worker serves as many streams as it may.");
    static readonly ProblemType BadRange = new("invalid_range", 416, "The file has no such bytes.");

    /// <summary>Maps /internal/v1/assets and /internal/v1/growing.</summary>
    public static void MapLive(this WebApplication app)
    {
        app.MapGet("/internal/v1/growing/{token}", GrowAsync);
        app.MapGroup("/internal/v1/assets")
            .RequireServiceToken(app.Services.GetRequiredService<IOptions<BrokerOptions>>().Value.Token)
            .MapGet("/{asset:guid}/source", SendAsync);
    }

    /// <summary>A file from where FFmpeg asks for it to its end. The address is the permission.</summary>
    static async Task GrowAsync(HttpContext http, string token, GrowingFiles files)
    {
        var file = files.FindOrNull(token) ?? throw new ProblemException(NotHere, "It is not converted any more.");
        var start = http.Request.GetTypedHeaders().Range?.Ranges.SingleOrDefault()?.From ?? 0;
        if (start >= file.Size)
            throw new ProblemException(BadRange, $"The file has {file.Size} bytes.");
        http.Response.StatusCode = StatusCodes.Status206PartialContent;
        http.Response.ContentLength = file.Size - start;
        http.Response.GetTypedHeaders().ContentRange = new(start, file.Size - 1, file.Size);
        http.Response.Headers.AcceptRanges = "bytes";
        http.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
        try
        {
            await file.CopyAsync(start, http.Response.Body, http.RequestAborted);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // FFmpeg reads elsewhere, or has ended
        }
    }

    /// <summary>The bytes from start up to end. A connection that is cut means: not all of them, ask again for the rest.</summary>
    static async Task SendAsync(HttpContext http, Guid asset, long start, long end, LiveFiles live)
    {
        var file = live.FindOrNull(asset) ?? throw new ProblemException(NotHere, "Ask whoever has the job now.");
        if (start < 0 || start >= end || end > file.Size)
            throw new ProblemException(BadRange, $"The file has {file.Size} bytes.");
        if (!live.TryEnter())
            throw new ProblemException(Full, "Try again later.");
        try
        {
            http.Response.ContentType = "application/octet-stream";
            http.Response.ContentLength = end - start;
            http.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
            if (await live.CopyAsync(file, start, end, http.Response.Body, http.RequestAborted) < end - start)
                http.Abort();
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // whoever looked has gone
        }
        finally
        {
            live.Leave();
        }
    }
}
