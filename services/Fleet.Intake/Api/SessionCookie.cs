using Fleet.Hosting;
using Fleet.Jobs;

namespace Fleet.Intake.Api;

/// <summary>The cookie of a signed-in browser. Browsers keep it over https, and for a server on their own machine.</summary>
static class SessionCookie
{
    const string Name = "__Host-fleet";

    public static string? ReadOrNull(HttpRequest request) => request.Cookies[Name];

    public static void Set(HttpResponse response, string token) =>
        response.Cookies.Append(Name, token, OptionsFor(WebSessionStore.Lifetime));

    public static void Clear(HttpResponse response) => response.Cookies.Delete(Name, OptionsFor(null));

    /// <summary>
    /// Refuses a request that a page of another origin could have made: browsers attach the cookie by themselves, and name the
    /// origin with everything but plain reading.
    /// </summary>
    /// <exception cref="ProblemException">cross_origin.</exception>
    public static void CheckOrigin(HttpRequest request)
    {
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
            return;
        if (
            !Uri.TryCreate(request.Headers.Origin.ToString(), UriKind.Absolute, out var origin)
            || !string.Equals(origin.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase)
        )
        {
            throw new ProblemException(IntakeProblems.CrossOrigin, "Send an API key, or use the page itself.");
        }
    }

    static CookieOptions OptionsFor(TimeSpan? age) =>
        new()
        {
            HttpOnly = true,
            Secure = true,
            SameSite = SameSiteMode.Strict,
            Path = "/",
            MaxAge = age,
            IsEssential = true,
        };
}
