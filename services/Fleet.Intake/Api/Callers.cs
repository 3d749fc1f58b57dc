using Fleet.Hosting;
using Fleet.Intake.Limits;
using Fleet.Jobs;
using Microsoft.AspNetCore.Http.Features;

namespace Fleet.Intake.Api;

/// <summary>Who calls, proven by <c>Authorization: Bearer flt_live_…</c> or by the cookie of a signed-in browser.</summary>
static class Callers
{
    /// <summary>Lets a request pass only with a valid key that has this scope.</summary>
    public static RouteHandlerBuilder RequireScope(this RouteHandlerBuilder endpoint, string scope) =>
        endpoint
            .AddEndpointFilter((context, next) => PassAsync(context, next, scope))
            .Produces<Problem>(StatusCodes.Status401Unauthorized, ProblemMiddleware.ContentType)
            .Produces<Problem>(StatusCodes.Status403Forbidden, ProblemMiddleware.ContentType)
            .Produces<Problem>(StatusCodes.Status429TooManyRequests, ProblemMiddleware.ContentType);

    /// <summary>The caller of a request that has passed <see cref="RequireScope"/>.</summary>
    public static Caller Caller(this HttpContext http) => http.Features.GetRequiredFeature<Caller>();

    static async ValueTask<object?> PassAsync(
        EndpointFilterInvocationContext context,
        EndpointFilterDelegate next,
        string scope
    )
    {
        var http = context.HttpContext;
        var caller = await FindOrNullAsync(http);
        if (caller is null)
            throw new ProblemException(
                CommonProblems.Unauthorized,
                "Send a valid API key as a bearer token, or sign in."
            );
        if (!caller.Scopes.Contains(scope, StringComparer.Ordinal))
            throw new ProblemException(CommonProblems.Forbidden, $"This API key lacks the scope {scope}.");
        await http.RequestServices.GetRequiredService<RateLimits>().CheckRequestAsync(http, caller);
        http.Features.Set(caller);
        return await next(context);
    }

    /// <summary>Who calls, or null when nobody is known.</summary>
    public static async Task<Caller?> FindOrNullAsync(HttpContext http)
    {
        var services = http.RequestServices;
        if (ServiceToken.ReadBearerOrNull(http.Request) is { } key)
            return await services.GetRequiredService<ApiKeyStore>().AuthenticateOrNullAsync(key, http.RequestAborted);
        if (SessionCookie.ReadOrNull(http.Request) is not { } token)
            return null;
        SessionCookie.CheckOrigin(http.Request);
        var sessions = services.GetRequiredService<WebSessionStore>();
        return await sessions.AuthenticateOrNullAsync(token, http.RequestAborted);
    }
}
