using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Fleet.Hosting.Telemetry;

/// <summary>
/// Keeps the metrics as Prometheus text, made when somebody asks. The registry this project builds with has no
/// Prometheus exporter for OpenTelemetry.
/// </summary>
[ExportModes(ExportModes.Pull)]
public sealed class PrometheusExporter : BaseExporter<Metric>, IPullMetricExporter
{
    /// <summary>Media type of the text.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    const int CollectTimeoutMs = 5000;

    readonly SemaphoreSlim _oneAtATime = new(1, 1);
    string _text = "";

    /// <summary>Set by the metric reader: collects now and calls <see cref="Export"/> before it returns.</summary>
    public Func<int, bool>? Collect { get; set; }

    /// <summary>Collects every instrument and returns the text; empty before the first reader is attached.</summary>
    public async Task<string> ScrapeAsync(CancellationToken ct)
    {
        await _oneAtATime.WaitAsync(ct);
        try
        {
            Collect?.Invoke(CollectTimeoutMs);
            return _text;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <inheritdoc/>
    public override ExportResult Export(in Batch<Metric> batch)
    {
        var text = new PrometheusText();
        foreach (var metric in batch)
            text.Append(metric);
        _text = text.ToString();
        return ExportResult.Success;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _oneAtATime.Dispose();
        base.Dispose(disposing);
    }
}
