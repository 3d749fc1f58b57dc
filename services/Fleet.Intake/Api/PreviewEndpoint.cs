using System.Net;
using Fleet.Hosting;
using Fleet.Intake.Previews;
using Fleet.Jobs;
using Fleet.Telegram;
using LinkParser = Fleet.Telegram.LinkParser;

namespace Fleet.Intake.Api;

/// <summary>What a link shows before a job is made of it.</summary>
static class PreviewEndpoint
{
    public static IServiceCollection AddPreview(this IServiceCollection services)
    {
        services
            .AddHttpClient(LinkPreview.HttpClient, http => http.Timeout = Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(() =>
                new SocketsHttpHandler
                {
                    AllowAutoRedirect = false,
                    UseCookies = false,
                    UseProxy = false,
                    AutomaticDecompression = DecompressionMethods.None,
                    MaxResponseHeadersLength = 16,
                    ConnectTimeout = TimeSpan.FromSeconds(5),
                }
            );
        return services.AddSingleton<LinkPreview>();
    }

    public static void MapPreview(this WebApplication app) =>
        app.MapGet("/v1/preview", ReadAsync)
            .RequireScope(ApiScopes.JobsRead)
            .Produces<OpenGraph>()
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblems(422, 503)
            .WithTags("jobs")
            .WithSummary("What the public page of a link says");

    /// <summary>The OpenGraph data of a message's public page; 204 when nothing public is known.</summary>
    /// <param name="link">A link to a Telegram message.</param>
    static async Task<IResult> ReadAsync(HttpContext http, string link, LinkPreview preview)
    {
        try
        {
            var found = await preview.ReadOrNullAsync(LinkParser.Parse(link), http.RequestAborted);
            http.Response.Headers.CacheControl = "private, max-age=300";
            return found is null ? TypedResults.NoContent() : TypedResults.Ok(found);
        }
        catch (LinkException e)
        {
            throw new ProblemException(IntakeProblems.Of(e.Code), e.Message);
        }
    }
}
