using System.Diagnostics.Metrics;
using Fleet.Hosting.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Fleet.UnitTests.Hosting;

[Category("operations")]
public sealed class PrometheusTests
{
    [Test]
    public async Task Instruments_become_families_with_units_labels_and_cumulative_buckets()
    {
        using var meter = new Meter("Fleet.Test.Prometheus");
        using var exporter = new PrometheusExporter();
        using var provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter(meter.Name)
            .AddView("fleet.wait", new ExplicitBucketHistogramConfiguration { Boundaries = [1, 2] })
            .AddReader(new BaseExportingMetricReader(exporter))
            .Build();
        meter
            .CreateCounter<long>("fleet.bytes", "By", "Bytes\nmoved")
            .Add(5, KeyValuePair.Create("dc", (object?)"a\"b"));
        var wait = meter.CreateHistogram<double>("fleet.wait", "s");
        wait.Record(0.5);
        wait.Record(1.5);

        var text = await exporter.ScrapeAsync(CancellationToken.None);

        Assert.That(
            text,
            Is.EqualTo(
                """
                # HELP fleet_bytes_total Bytes\nmoved
                # TYPE fleet_bytes_total counter
                fleet_bytes_total{dc="a\"b"} 5
                # TYPE fleet_wait_seconds histogram
                fleet_wait_seconds_bucket{le="1"} 1
                fleet_wait_seconds_bucket{le="2"} 2
                fleet_wait_seconds_bucket{le="+Inf"} 2
                fleet_wait_seconds_sum 2
                fleet_wait_seconds_count 2

                """
            )
        );
    }
}
