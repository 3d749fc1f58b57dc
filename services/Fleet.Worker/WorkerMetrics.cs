using System.Diagnostics.Metrics;

namespace Fleet.Worker;

/// <summary>What the worker measures.</summary>
public static class WorkerMetrics
{
    static readonly Meter Meter = new("Fleet.Worker");

    static readonly UpDownCounter<long> Active = Meter.CreateUpDownCounter<long>(
        "fleet.job.active",
        unit: "{job}",
        description: "Jobs this worker has in its slots."
    );

    static readonly Histogram<double> Attempts = Meter.CreateHistogram<double>(
        "fleet.job.attempt.duration",
        unit: "s",
        description: "Time from the claim to the end of an attempt, by outcome: succeeded, a fault's code, or why it was stopped."
    );

    static readonly Histogram<double> Stages = Meter.CreateHistogram<double>(
        "fleet.stage.duration",
        unit: "s",
        description: "Time that an attempt spent in a stage."
    );

    static readonly Counter<long> Fetched = Meter.CreateCounter<long>(
        "fleet.transfer.io",
        unit: "By",
        description: "Bytes of files, by direction."
    );

    static readonly UpDownCounter<long> Streams = Meter.CreateUpDownCounter<long>(
        "fleet.stream.active",
        unit: "{stream}",
        description: "Files that are looked at while they are fetched."
    );

    /// <summary>An attempt began.</summary>
    public static void Began() => Active.Add(1);

    /// <summary>An attempt ended.</summary>
    public static void Ended(string outcome, TimeSpan took)
    {
        Active.Add(-1);
        Attempts.Record(took.TotalSeconds, new KeyValuePair<string, object?>("outcome", outcome));
    }

    /// <summary>A stage ended.</summary>
    public static void LeftStage(string stage, TimeSpan took) =>
        Stages.Record(took.TotalSeconds, new KeyValuePair<string, object?>("stage", stage));

    /// <summary>Somebody looks at a file.</summary>
    public static void StreamBegan() => Streams.Add(1);

    /// <summary>Somebody looks no more.</summary>
    public static void StreamEnded() => Streams.Add(-1);

    /// <summary>Bytes came from Telegram.</summary>
    public static void Downloaded(long bytes) =>
        Fetched.Add(bytes, new KeyValuePair<string, object?>("direction", "download"));
}
