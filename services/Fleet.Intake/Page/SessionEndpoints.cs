using Fleet.Hosting;
using Fleet.Intake.Api;
using Fleet.Jobs;

namespace Fleet.Intake.Page;

/// <summary>The body of POST /session.</summary>
public sealed record SignInRequest
{
    /// <summary>flt_live_…</summary>
    public required string ApiKey { get; init; }

    /// <summary>Hides the key.</summary>
    public override string ToString() => nameof(SignInRequest);
}

/// <summary>Who is signed in.</summary>
/// <param name="KeyId">The part of the API key that is not secret.</param>
public sealed record SessionResource(string KeyId, IReadOnlyList<string> Scopes);

/// <summary>/session: a browser gives an API key once, and holds a cookie instead that no script can read.</summary>
static class SessionEndpoints
{
    public static void MapSession(this WebApplication app)
    {
        var group = app.MapGroup("/session").WithTags("session");
        group
            .MapPost("", SignInAsync)
            .Accepts<SignInRequest>("application/json")
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblems(400, 401, 413, 415, 422)
            .WithSummary("Sign a browser in");
        group
            .MapGet("", (Delegate)FindAsync)
            .Produces<SessionResource>()
            .Produces(StatusCodes.Status204NoContent)
            .WithSummary("Who is signed in; 204 when nobody is");
        group.MapDelete("", SignOutAsync).WithSummary("Sign a browser out");
    }

    static async Task<IResult> SignInAsync(HttpContext http, ApiKeyStore keys, WebSessionStore sessions)
    {
        var body = await JsonBody.ReadAsync<SignInRequest>(http);
        var caller =
            await keys.AuthenticateOrNullAsync(body.Value.ApiKey.Trim(), http.RequestAborted)
            ?? throw new ProblemException(CommonProblems.Unauthorized, "This is not a valid API key.");
        SessionCookie.Set(http.Response, await sessions.OpenAsync(caller, http.RequestAborted));
        return TypedResults.NoContent();
    }

    static async Task<IResult> FindAsync(HttpContext http) =>
        await Callers.FindOrNullAsync(http) is { } caller
            ? TypedResults.Ok(new SessionResource(caller.KeyId, caller.Scopes))
            : TypedResults.NoContent();

    static async Task<IResult> SignOutAsync(HttpContext http, WebSessionStore sessions)
    {
        if (SessionCookie.ReadOrNull(http.Request) is { } token)
            await sessions.CloseAsync(token, http.RequestAborted);
        SessionCookie.Clear(http.Response);
        return TypedResults.NoContent();
    }
}
