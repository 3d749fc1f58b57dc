using Fleet.Storage;
using Microsoft.Extensions.Options;

namespace Fleet.Worker;

/// <summary>Makes the store ready at start, and once an hour removes uploads that nobody will finish.</summary>
sealed partial class StoreKeeper(
    IObjectStore store,
    IOptions<WorkerOptions> options,
    TimeProvider time,
    ILogger<StoreKeeper> log
) : BackgroundService
{
    static readonly TimeSpan RetryEvery = TimeSpan.FromSeconds(5);
    static readonly TimeSpan SweepEvery = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (!await TryAsync(store.PrepareAsync, stoppingToken))
                await Task.Delay(RetryEvery, time, stoppingToken);
            using var timer = new PeriodicTimer(SweepEvery, time);
            do await TryAsync(SweepAsync, stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // the service stops
        }
    }

    async Task SweepAsync(CancellationToken ct)
    {
        await foreach (var orphan in store.ListUnfinishedAsync(time.GetUtcNow() - options.Value.OrphanAge, ct))
        {
            await store.AbortAsync(new(orphan.Key, orphan.UploadId, PartPolicy.MinBytes), ct);
            OrphanRemoved(log, orphan.Key, orphan.StartedAt);
        }
    }

    async Task<bool> TryAsync(Func<CancellationToken, Task> work, CancellationToken ct)
    {
        try
        {
            await work(ct);
            return true;
        }
        catch (StorageException e)
        {
            StoreFailed(log, e.Error, e.Message);
            return false;
        }
    }

    [LoggerMessage(LogLevel.Information, "Removed the unfinished upload of {Key}, begun at {StartedAt}")]
    static partial void OrphanRemoved(ILogger log, string key, DateTimeOffset startedAt);

    [LoggerMessage(LogLevel.Warning, "The object store answered {Error}: {Detail}")]
    static partial void StoreFailed(ILogger log, StorageError error, string detail);
}
