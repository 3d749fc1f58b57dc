using System.Diagnostics;
using System.Diagnostics.Metrics;
using Fleet.Jobs;

namespace Fleet.Intake;

/// <summary>What Intake measures.</summary>
static class IntakeMetrics
{
    /// <summary>Source of spans around publishing.</summary>
    public static readonly ActivitySource Source = new("Fleet.Intake");

    static readonly Meter Meter = new("Fleet.Intake");

    static readonly Counter<long> Created = Meter.CreateCounter<long>(
        "fleet.job.created",
        unit: "{job}",
        description: "Jobs made."
    );

    static readonly Histogram<double> OutboxLag = Meter.CreateHistogram<double>(
        "fleet.outbox.lag",
        unit: "s",
        description: "Time from a job's transaction to RabbitMQ's confirm of its message."
    );

    static readonly Counter<long> Reconciled = Meter.CreateCounter<long>(
        "fleet.reconciler.action",
        unit: "{row}",
        description: "Rows that the reconciler put right."
    );

    public static void JobsCreated(JobQueue queue, int count) =>
        Created.Add(count, new KeyValuePair<string, object?>("queue", EnumText.Of(queue)));

    public static void Published(TimeSpan lag) => OutboxLag.Record(lag.TotalSeconds);

    public static void Acted(string action, int rows)
    {
        if (rows > 0)
            Reconciled.Add(rows, new KeyValuePair<string, object?>("action", action));
    }
}
