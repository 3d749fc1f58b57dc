using Fleet.Hosting.Bus;
using Fleet.Jobs;

namespace Fleet.Intake.Background;

/// <summary>
/// Compares queued jobs with the messages in their queue and publishes again what RabbitMQ has lost. Two looks in a
/// row must find messages missing: one alone may fall between a delivery and its claim.
/// </summary>
sealed class LostMessageWatch(JobReconciler reconciler, RabbitMqAdmin rabbit, TimeSpan age, TimeProvider time)
{
    readonly Dictionary<JobQueue, int> _misses = [];
    long? _lookedAt;

    /// <summary>Looks at every queue, at most four times within <c>age</c>.</summary>
    public async Task LookAsync(CancellationToken ct)
    {
        if (_lookedAt is { } at && time.GetElapsedTime(at) < age / 4)
            return;
        _lookedAt = time.GetTimestamp();
        foreach (var queue in Enum.GetValues<JobQueue>())
            await LookAsync(queue, ct);
    }

    async Task LookAsync(JobQueue queue, CancellationToken ct)
    {
        var waiting = await reconciler.CountPublishedAsync(queue, age, ct);
        var missing = waiting > 0 && (await rabbit.ReadAsync(JobQueues.NameOf(queue), ct)).Messages < waiting;
        _misses[queue] = missing ? _misses.GetValueOrDefault(queue) + 1 : 0;
        if (_misses[queue] < 2)
            return;
        _misses[queue] = 0;
        IntakeMetrics.Acted("republished", await reconciler.RepublishAsync(queue, age, ct));
    }
}
