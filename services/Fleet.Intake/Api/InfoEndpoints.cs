using Fleet.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Fleet.Intake.Api;

/// <summary>What the service is.</summary>
/// <param name="Name">fleet.</param>
/// <param name="Version">Version of the running build.</param>
/// <param name="Documentation">Address of the OpenAPI document.</param>
/// <param name="Problems">Address of the registry of error codes.</param>
/// <param name="Limits">What a request must keep to.</param>
sealed record ServiceInfo(string Name, string Version, string Documentation, string Problems, ServiceLimits Limits);

/// <param name="BodyBytes">Longest request body.</param>
/// <param name="LinkSeconds">Life of a download link.</param>
sealed record ServiceLimits(int BodyBytes, int LinkSeconds);

/// <summary>Addresses that need no key.</summary>
static class InfoEndpoints
{
    public static void MapInfo(this WebApplication app)
    {
        app.MapGet("/", GetInfo).WithTags("service").WithSummary("What this service is");
        app.MapGet("/problems", () => TypedResults.Ok(IntakeProblems.All))
            .WithTags("service")
            .WithSummary("Every error code");
        app.MapGet("/problems/{code}", Describe).WithTags("service").WithSummary("What an error code means");
    }

    static Ok<ServiceInfo> GetInfo(ServiceIdentity service, IOptions<IntakeOptions> options)
    {
        var limits = new ServiceLimits(options.Value.MaxBodyBytes, (int)options.Value.LinkLifetime.TotalSeconds);
        return TypedResults.Ok(new ServiceInfo("fleet", service.Version, "/openapi/v1.json", "/problems", limits));
    }

    static Ok<ProblemDescription> Describe(string code) =>
        TypedResults.Ok(
            IntakeProblems.All.FirstOrDefault(known => known.Code == code)
                ?? throw new ProblemException(CommonProblems.NotFound, "There is no such code.")
        );
}
