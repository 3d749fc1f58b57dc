using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Fleet.Hosting.Health;

/// <summary>Runs the health checks at most once in 5 s, however often /readyz is asked.</summary>
public sealed class ReadinessReport(HealthCheckService checks, TimeProvider time) : IDisposable
{
    static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(5);

    readonly SemaphoreSlim _oneAtATime = new(1, 1);
    IReadOnlyDictionary<string, string> _last = new Dictionary<string, string>(StringComparer.Ordinal);
    long? _readAt;

    /// <summary>Check name to "ok" or the kind of failure. No exception text: it may name hosts and users.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ReadAsync(CancellationToken ct)
    {
        await _oneAtATime.WaitAsync(ct);
        try
        {
            if (_readAt is { } at && time.GetElapsedTime(at) < MaxAge)
                return _last;
            var report = await checks.CheckHealthAsync(ct);
            _last = report.Entries.ToDictionary(e => e.Key, e => Describe(e.Value), StringComparer.Ordinal);
            _readAt = time.GetTimestamp();
            return _last;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _oneAtATime.Dispose();

    static string Describe(HealthReportEntry entry) =>
        entry.Status == HealthStatus.Healthy ? "ok" : entry.Exception?.GetType().Name ?? "failing";
}
