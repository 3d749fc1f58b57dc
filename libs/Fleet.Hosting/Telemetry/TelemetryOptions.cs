using System.ComponentModel.DataAnnotations;

namespace Fleet.Hosting.Telemetry;

/// <summary>Where metrics and traces go. Section <c>Telemetry</c>.</summary>
public sealed record TelemetryOptions
{
    /// <summary>Base address of an OTLP collector that speaks http/protobuf, for example http://collector:4318. Default: none; metrics are then only pulled from /metrics.</summary>
    public Uri? OtlpEndpoint { get; init; }

    /// <summary>Share of traces that is recorded when the caller did not decide, 0 to 1. Default 1.</summary>
    [Range(0.0, 1.0)]
    public double TraceRatio { get; init; } = 1;
}
