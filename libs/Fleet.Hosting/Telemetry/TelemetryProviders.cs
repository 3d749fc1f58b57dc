using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Fleet.Hosting.Telemetry;

/// <summary>Runs the OpenTelemetry providers for the life of the service and flushes them at its end.</summary>
sealed class TelemetryProviders : IHostedService, IDisposable
{
    /// <summary>Buckets for our histograms in seconds: the usual ones end at 10 s, a job takes minutes.</summary>
    static readonly double[] SecondsBuckets =
    [
        0.005,
        0.025,
        0.1,
        0.25,
        0.5,
        1,
        2,
        5,
        10,
        30,
        60,
        120,
        300,
        600,
        1800,
        3600,
        7200,
    ];

    readonly MeterProvider _metrics;
    readonly TracerProvider? _traces;

    public TelemetryProviders(ServiceIdentity service, IOptions<TelemetryOptions> options, PrometheusExporter pull)
    {
        var resource = ResourceBuilder
            .CreateDefault()
            .AddService($"fleet-{service.Name}", serviceVersion: service.Version, serviceInstanceId: service.Instance);
        var otlp = options.Value.OtlpEndpoint;
        _metrics = BuildMetrics(resource, otlp, pull);

        // Without a collector nobody would read the spans; trace ids in logs work without a provider.
        _traces = otlp is null ? null : BuildTraces(resource, otlp, options.Value.TraceRatio);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        _traces?.Dispose();
        _metrics.Dispose();
    }

    static MeterProvider BuildMetrics(ResourceBuilder resource, Uri? otlp, PrometheusExporter pull)
    {
        var builder = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter("Fleet*", "Npgsql", "System.Runtime", "System.Net.Http")
            .AddMeter("Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel")
            .AddView(OwnBuckets)
            .AddReader(new BaseExportingMetricReader(pull));
        if (otlp is not null)
            builder.AddOtlpExporter(exporter => Configure(exporter, otlp, "v1/metrics"));
        return builder.Build();
    }

    static TracerProvider BuildTraces(ResourceBuilder resource, Uri otlp, double ratio) =>
        Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .AddSource("Fleet*", "MassTransit", "Npgsql", "Microsoft.AspNetCore", "System.Net.Http")
            .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(ratio)))
            .AddOtlpExporter(exporter => Configure(exporter, otlp, "v1/traces"))
            .Build();

    static void Configure(OtlpExporterOptions exporter, Uri otlp, string path)
    {
        exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
        exporter.Endpoint = new Uri($"{otlp.AbsoluteUri.TrimEnd('/')}/{path}");
    }

    static ExplicitBucketHistogramConfiguration? OwnBuckets(Instrument instrument) =>
        instrument is Histogram<double> { Unit: "s", Advice: null }
        && instrument.Meter.Name.StartsWith("Fleet", StringComparison.Ordinal)
            ? new ExplicitBucketHistogramConfiguration { Boundaries = SecondsBuckets }
            : null;
}
