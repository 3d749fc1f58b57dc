using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Fleet.Hosting.Telemetry;

/// <summary>Writes metrics in Prometheus' text format.</summary>
/// <remarks>https://github.com/prometheus/docs/blob/main/docs/instrumenting/exposition_formats.md</remarks>
sealed class PrometheusText
{
    readonly StringBuilder _text = new(16 * 1024);
    readonly HashSet<string> _families = new(StringComparer.Ordinal);

    public override string ToString() => _text.ToString();

    public void Append(Metric metric)
    {
        var family = FamilyName(metric);
        if (_families.Add(family))
            AppendHead(metric, family);
        foreach (ref readonly var point in metric.GetMetricPoints())
            AppendPoint(metric.MetricType, family, in point);
    }

    /// <summary><c>fleet.job.duration</c> in s becomes <c>fleet_job_duration_seconds</c>; counters end in <c>_total</c>.</summary>
    public static string Name(string name, string? unit, bool counter)
    {
        var suffix = unit switch
        {
            "s" => "_seconds",
            "ms" => "_milliseconds",
            "By" => "_bytes",
            _ => "",
        };
        var result = Identifier(name);
        if (!result.EndsWith(suffix, StringComparison.Ordinal))
            result += suffix;
        return counter && !result.EndsWith("_total", StringComparison.Ordinal) ? result + "_total" : result;
    }

    static string FamilyName(Metric metric) =>
        Name(metric.Name, metric.Unit, metric.MetricType is MetricType.LongSum or MetricType.DoubleSum);

    void AppendHead(Metric metric, string family)
    {
        if (metric.Description is { Length: > 0 } help)
            _text.Append("# HELP ").Append(family).Append(' ').Append(EscapeHelp(help)).Append('\n');
        var type = metric.MetricType switch
        {
            MetricType.Histogram => "histogram",
            MetricType.LongSum or MetricType.DoubleSum => "counter",
            _ => "gauge",
        };
        _text.Append("# TYPE ").Append(family).Append(' ').Append(type).Append('\n');
    }

    void AppendPoint(MetricType type, string family, ref readonly MetricPoint point)
    {
        var labels = Labels(point.Tags);
        switch (type)
        {
            case MetricType.LongSum or MetricType.LongSumNonMonotonic:
                AppendSample(family, labels, point.GetSumLong());
                break;
            case MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic:
                AppendSample(family, labels, point.GetSumDouble());
                break;
            case MetricType.LongGauge:
                AppendSample(family, labels, point.GetGaugeLastValueLong());
                break;
            case MetricType.DoubleGauge:
                AppendSample(family, labels, point.GetGaugeLastValueDouble());
                break;
            case MetricType.Histogram:
                AppendHistogram(family, labels, in point);
                break;
            default:
                break; // exponential histograms have no form in this format
        }
    }

    void AppendHistogram(string family, string labels, ref readonly MetricPoint point)
    {
        var comma = labels.Length > 0 ? "," : "";
        long upToHere = 0;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            upToHere += bucket.BucketCount;
            var bound = double.IsPositiveInfinity(bucket.ExplicitBound) ? "+Inf" : Number(bucket.ExplicitBound);
            AppendSample($"{family}_bucket", $"{labels}{comma}le=\"{bound}\"", upToHere);
        }
        AppendSample($"{family}_sum", labels, point.GetHistogramSum());
        AppendSample($"{family}_count", labels, point.GetHistogramCount());
    }

    void AppendSample(string name, string labels, double value)
    {
        _text.Append(name);
        if (labels.Length > 0)
            _text.Append('{').Append(labels).Append('}');
        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    static string Labels(ReadOnlyTagCollection tags)
    {
        var labels = new StringBuilder();
        foreach (var tag in tags)
        {
            if (labels.Length > 0)
                labels.Append(',');
            var value = Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "";
            labels.Append(Identifier(tag.Key)).Append("=\"").Append(EscapeLabel(value)).Append('"');
        }
        return labels.ToString();
    }

    static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    static string EscapeHelp(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    static string EscapeLabel(string text) => EscapeHelp(text).Replace("\"", "\\\"", StringComparison.Ordinal);

    static string Identifier(string name)
    {
        var result = new StringBuilder(name.Length + 1);
        if (char.IsAsciiDigit(name[0]))
            result.Append('_');
        foreach (var c in name)
            result.Append(char.IsAsciiLetterOrDigit(c) || c is '_' or ':' ? c : '_');
        return result.ToString();
    }
}
