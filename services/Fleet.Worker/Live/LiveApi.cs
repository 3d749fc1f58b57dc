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

    /// <summary>Maps /internal/v1/assets.</summary>
    public static void MapLive(this WebApplication app) =>
        app.MapGroup("/internal/v1/assets")
            .RequireServiceToken(app.Services.GetRequiredService<IOptions<BrokerOptions>>().Value.Token)
            .MapGet("/{asset:guid}/source", SendAsync);

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
