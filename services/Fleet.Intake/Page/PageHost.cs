using System.Reflection;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;
using Microsoft.Net.Http.Headers;

namespace Fleet.Intake.Page;

/// <summary>
/// The page for people: files that are part of this executable, at addresses of their own. Browsers that ask for "/" get it
/// there; programs get the description of the service.
/// </summary>
static class PageHost
{
    const string ResourcePrefix = "Page.";
    const string Index = "/index.html";

    // Nothing inline, nothing of another origin, and no string may become code.
    const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; "
        + "worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
        + "require-trusted-types-for 'script'; trusted-types fleet";

    static readonly HashSet<string> Files = Assembly
        .GetExecutingAssembly()
        .GetManifestResourceNames()
        .Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal))
        .Select(name => $"/{name[ResourcePrefix.Length..]}")
        .ToHashSet(StringComparer.Ordinal);

    /// <summary>Compresses what the page is made of, and nothing else: answers of the API may hold secrets.</summary>
    public static IServiceCollection AddPage(this IServiceCollection services) =>
        services.AddResponseCompression(compression =>
        {
            compression.EnableForHttps = true;
            compression.MimeTypes = ["text/html", "text/css", "text/javascript", "image/svg+xml", MediaTypeOfManifest];
        });

    const string MediaTypeOfManifest = "application/manifest+json";

    /// <summary>Answers for the page's files. Put before routing, which would give "/" to the API.</summary>
    public static void UsePage(this WebApplication app)
    {
        app.Use(
            (http, next) =>
            {
                if (IsForPage(http.Request))
                    http.Request.Path = Index;
                return next(http);
            }
        );
        app.UseWhen(
            http => Files.Contains(http.Request.Path.Value ?? ""),
            page =>
            {
                page.UseResponseCompression();
                page.UseStaticFiles(
                    new StaticFileOptions
                    {
                        FileProvider = new EmbeddedFileProvider(typeof(PageHost).Assembly, ResourcePrefix.TrimEnd('.')),
                        OnPrepareResponse = SetHeaders,
                    }
                );
            }
        );
        app.UseRouting();
    }

    // A shared link arrives at /share, which is the same page.
    static bool IsForPage(HttpRequest request)
    {
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
            return false;
        if (request.Path == "/share")
            return true;
        return request.Path == "/"
            && request
                .GetTypedHeaders()
                .Accept.Any(type => type.MediaType.Equals("text/html", StringComparison.Ordinal));
    }

    static void SetHeaders(StaticFileResponseContext file)
    {
        var headers = file.Context.Response.Headers;
        headers.CacheControl = "no-cache";
        headers.Vary = new([HeaderNames.Accept, HeaderNames.AcceptEncoding]);
        headers.ContentSecurityPolicy = file.Context.Request.IsHttps ? Policy + "; upgrade-insecure-requests" : Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        if (file.Context.Request.IsHttps)
            headers.StrictTransportSecurity = "max-age=31536000";
    }
}
