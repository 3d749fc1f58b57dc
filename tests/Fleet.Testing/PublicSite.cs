using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Fleet.Testing;

/// <summary>Public pages of messages, as t.me has them.</summary>
public sealed class PublicSite : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly ConcurrentDictionary<string, RequestDelegate> _pages = new(StringComparer.Ordinal);
    readonly ConcurrentQueue<string> _asked = new();

    PublicSite(WebApplication app) => _app = app;

    public Uri Url { get; private set; } = null!;

    /// <summary>The paths that were asked for.</summary>
    public IReadOnlyCollection<string> Asked => _asked;

    public static async Task<PublicSite> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var site = new PublicSite(app);
        app.Run(site.AnswerAsync);
        await app.StartAsync();
        site.Url = new Uri(app.Urls.First());
        return site;
    }

    /// <summary>Puts HTML at a path.</summary>
    public void Put(string path, string html) =>
        Put(
            path,
            http =>
            {
                http.Response.ContentType = "text/html; charset=utf-8";
                return http.Response.WriteAsync(html);
            }
        );

    /// <summary>Lets a path be answered in any way.</summary>
    public void Put(string path, RequestDelegate answer) => _pages[path] = answer;

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    Task AnswerAsync(HttpContext http)
    {
        _asked.Enqueue(http.Request.Path + http.Request.QueryString);
        if (_pages.TryGetValue(http.Request.Path.Value ?? "", out var answer))
            return answer(http);
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}
