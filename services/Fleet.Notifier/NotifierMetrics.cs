using System.Diagnostics;
using System.Diagnostics.Metrics;
using Fleet.Jobs;
using Fleet.Notifier.Sending;

namespace Fleet.Notifier;

/// <summary>What the notifier measures.</summary>
public static class NotifierMetrics
{
    static readonly Meter Meter = new("Fleet.Notifier");

    static readonly Counter<long> Attempts = Meter.CreateCounter<long>(
        "fleet.webhook.attempt",
        unit: "{attempt}",
        description: "Tries to deliver a webhook, by outcome and class of HTTP status."
    );

    static readonly Histogram<double> Duration = Meter.CreateHistogram<double>(
        "fleet.webhook.duration",
        unit: "s",
        description: "Time of one try, from resolving the name to the end of the answer."
    );

    /// <summary>Counts one try.</summary>
    public static void Record(SendOutcome outcome, TimeSpan elapsed)
    {
        var tags = new TagList
        {
            { "outcome", outcome.Fault is { } fault ? EnumText.Of(fault) : "delivered" },
            { "status_class", outcome.Status is { } status ? $"{status / 100}xx" : "none" },
        };
        Attempts.Add(1, tags);
        Duration.Record(elapsed.TotalSeconds, tags);
    }
}
