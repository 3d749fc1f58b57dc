using Fleet.Hosting.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Fleet.Hosting;

/// <summary>The addresses an operator's tools ask: is it alive, may it get work, what does it measure.</summary>
public static class FleetHealth
{
    static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(3);

    /// <summary>Adds a named check to /readyz: it fails when <paramref name="probe"/> throws or takes longer than 3 s.</summary>
    public static IServiceCollection AddReadyCheck(
        this IServiceCollection services,
        string name,
        Func<IServiceProvider, CancellationToken, Task> probe
    )
    {
        services
            .AddHealthChecks()
            .Add(new HealthCheckRegistration(name, provider => new Probe(provider, probe), null, null, CheckTimeout));
        return services;
    }

    /// <summary>
    /// /healthz answers 200 while the process runs; /readyz answers 200 or 503 with one line per check, and 503 once
    /// the service is stopping; /metrics is Prometheus text. None of the three is in the OpenAPI document.
    /// </summary>
    public static void MapFleetHealth(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("").ExcludeFromDescription();
        group.MapGet("/healthz", () => Results.Json(new HealthAnswer("ok", null), FleetJson.Options));
        group.MapGet("/readyz", ReadyAsync);
        group.MapGet(
            "/metrics",
            async (PrometheusExporter metrics, CancellationToken ct) =>
                Results.Text(await metrics.ScrapeAsync(ct), PrometheusExporter.ContentType)
        );
    }

    static async Task<IResult> ReadyAsync(
        Health.ReadinessReport report,
        IHostApplicationLifetime lifetime,
        CancellationToken ct
    )
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
            return Answer("stopping", null, StatusCodes.Status503ServiceUnavailable);
        var checks = await report.ReadAsync(ct);
        return checks.Values.All(check => check is "ok")
            ? Answer("ok", checks, StatusCodes.Status200OK)
            : Answer("failing", checks, StatusCodes.Status503ServiceUnavailable);
    }

    static IResult Answer(string status, IReadOnlyDictionary<string, string>? checks, int code) =>
        Results.Json(new HealthAnswer(status, checks), FleetJson.Options, statusCode: code);

    sealed record HealthAnswer(string Status, IReadOnlyDictionary<string, string>? Checks);

    sealed class Probe(IServiceProvider provider, Func<IServiceProvider, CancellationToken, Task> probe) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(
            HealthCheckContext context,
            CancellationToken cancellationToken = default
        )
        {
            await probe(provider, cancellationToken);
            return HealthCheckResult.Healthy();
        }
    }
}
