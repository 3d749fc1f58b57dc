using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Fleet.Hosting;

/// <summary>Turns every error of a request into a problem document: thrown problems, malformed HTTP, bare statuses, bugs.</summary>
public sealed partial class ProblemMiddleware(RequestDelegate next, TimeProvider time, ILogger<ProblemMiddleware> log)
{
    /// <summary>Media type of the documents.</summary>
    public const string ContentType = "application/problem+json";

    /// <summary>Runs the request.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
            if (http.Response is { HasStarted: false, StatusCode: >= 400, ContentType: null, ContentLength: null })
                await WriteAsync(http, CommonProblems.ForStatus(http.Response.StatusCode), null);
        }
        catch (ProblemException e) when (!http.Response.HasStarted)
        {
            await WriteAsync(http, e);
        }
        catch (BadHttpRequestException e) when (!http.Response.HasStarted)
        {
            await WriteAsync(http, CommonProblems.ForStatus(e.StatusCode), null);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client is gone; there is nobody to answer.
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            RequestFailed(log, http.Request.Method, http.Request.Path, e);
            await WriteAsync(http, CommonProblems.InternalError, null);
        }
    }

    async Task WriteAsync(HttpContext http, ProblemException e)
    {
        var problem = Problem.Of(e.Type, e.Message, http) with
        {
            Errors = e.Errors.Count > 0 ? e.Errors : null,
            RetryAt = e.RetryAt,
        };
        if (e.RetryAt is { } at)
        {
            var seconds = Math.Max(1, Math.Ceiling((at - time.GetUtcNow()).TotalSeconds));
            http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }
        await WriteAsync(http, problem);
    }

    static Task WriteAsync(HttpContext http, ProblemType type, string? detail) =>
        WriteAsync(http, Problem.Of(type, detail, http));

    static async Task WriteAsync(HttpContext http, Problem problem)
    {
        http.Response.StatusCode = problem.Status;
        http.Response.ContentType = ContentType;
        http.Response.ContentLength = null; // that of the answer which was not to be
        http.Response.Headers.CacheControl = "no-store";
        if (problem.Status == StatusCodes.Status401Unauthorized)
            http.Response.Headers.WWWAuthenticate = "Bearer";
        if (HttpMethods.IsHead(http.Request.Method))
            return;
        await JsonSerializer.SerializeAsync(http.Response.Body, problem, FleetJson.Options, http.RequestAborted);
    }

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed")]
    static partial void RequestFailed(ILogger log, string method, string path, Exception e);
}

/// <summary>Adds <see cref="ProblemMiddleware"/>.</summary>
public static class ProblemMiddlewareExtensions
{
    /// <summary>Put first: it answers for everything after it.</summary>
    public static IApplicationBuilder UseFleetProblems(this IApplicationBuilder app) =>
        app.UseMiddleware<ProblemMiddleware>();
}
