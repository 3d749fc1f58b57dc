using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Fleet.Hosting.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Fleet.Hosting;

/// <summary>How long a service may take to stop. Section <c>Drain</c>.</summary>
public sealed record DrainOptions
{
    /// <summary>Time from SIGTERM until work that has not ended is abandoned. Default 25 s, so that a pod's 30 s suffice.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(25);
}

/// <summary>What every Fleet service does alike: configuration, logs, metrics, traces, shutdown.</summary>
public static class FleetDefaults
{
    /// <summary>Largest request body a service reads, in bytes, unless an endpoint sets its own limit.</summary>
    public const long MaxRequestBodyBytes = 1 << 20;

    /// <summary>
    /// Reads environment variables with the prefix <c>FLEET_</c>, logs JSON lines with trace ids to stdout,
    /// starts metrics and traces under the name <c>fleet-{name}</c>, and bounds the shutdown.
    /// </summary>
    /// <param name="builder">The service being built.</param>
    /// <param name="name">Short name of the service: intake, broker, worker, notifier.</param>
    public static WebApplicationBuilder AddFleetDefaults(this WebApplicationBuilder builder, string name)
    {
        builder.Configuration.AddEnvironmentVariables("FLEET_");
        AddJsonLogs(builder.Logging);

        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(new ServiceIdentity(name));
        services.AddFleetOptions<DrainOptions>().AddFleetOptions<TelemetryOptions>();
        services.AddSingleton<PrometheusExporter>();
        services.AddHostedService<TelemetryProviders>();
        services.AddHealthChecks();
        services.AddSingleton<Health.ReadinessReport>();

        var drain =
            builder.Configuration.GetSection(OptionsSection.NameOf<DrainOptions>()).Get<DrainOptions>() ?? new();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = drain.Timeout);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxRequestBodyBytes;
        });
        return builder;
    }

    static void AddJsonLogs(ILoggingBuilder logging)
    {
        logging.ClearProviders();
        logging.Configure(factory =>
            factory.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId
        );
        logging.AddJsonConsole(console =>
        {
            console.IncludeScopes = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
        });

        // Request lines of these categories carry query strings, and with them the signatures of links.
        logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        logging.AddFilter("System.Net.Http", LogLevel.Warning);
        logging.AddFilter("Microsoft.EntityFrameworkCore", LogLevel.Warning);
        logging.AddFilter("MassTransit", LogLevel.Warning);

        // A failed command throws as well, and the first migration of a database fails one by design.
        logging.AddFilter("Microsoft.EntityFrameworkCore.Database.Command", LogLevel.Critical);
    }
}

/// <summary>Which service this process is, for logs, metrics and traces.</summary>
/// <param name="Name">intake, broker, worker or notifier.</param>
public sealed record ServiceIdentity(string Name)
{
    /// <summary>Version of the running assembly, for example 1.0.0+4f3a2c1.</summary>
    public string Version { get; } =
        typeof(ServiceIdentity)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion
        ?? "0";

    /// <summary>Distinguishes replicas: host name and process id.</summary>
    public string Instance { get; } = $"{Environment.MachineName}:{Environment.ProcessId}";
}
