using Fleet.Jobs;
using Fleet.Jobs.Rows;
using Fleet.Storage;
using Microsoft.Extensions.Options;

namespace Fleet.Worker;

/// <summary>Makes the store ready at start, removes objects that nobody refers to any more, and once an hour uploads that nobody will finish.</summary>
sealed partial class StoreKeeper(
    IObjectStore store,
    Deletions deletions,
    IOptions<WorkerOptions> options,
    TimeProvider time,
    ILogger<StoreKeeper> log
) : BackgroundService
{
    static readonly TimeSpan RetryEvery = TimeSpan.FromSeconds(5);
    static readonly TimeSpan DeleteEvery = TimeSpan.FromSeconds(5);
    static readonly TimeSpan SweepEvery = TimeSpan.FromHours(1);

    /// <summary>Objects removed under one transaction.</summary>
    const int DeleteBatch = 20;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (!await TryAsync(store.PrepareAsync, stoppingToken))
                await Task.Delay(RetryEvery, time, stoppingToken);
            long? sweptAt = null;
            using var timer = new PeriodicTimer(DeleteEvery, time);
            do
            {
                await TryAsync(DeleteAsync, stoppingToken);
                if (sweptAt is { } at && time.GetElapsedTime(at) < SweepEvery)
                    continue;
                await TryAsync(SweepAsync, stoppingToken);
                sweptAt = time.GetTimestamp();
            } while (await timer.WaitForNextTickAsync(stoppingToken));
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

    async Task DeleteAsync(CancellationToken ct)
    {
        while (await deletions.DrainAsync(DeleteBatch, RemoveAsync, ct) == DeleteBatch)
        {
            // more are due
        }
    }

    async Task<bool> RemoveAsync(Deletion deletion, CancellationToken ct) =>
        await TryAsync(
            async ct =>
            {
                if (deletion.UploadId is { } upload)
                    await store.AbortAsync(new(deletion.ObjectKey, upload, PartPolicy.MinBytes), ct);
                await store.DeleteAsync(deletion.ObjectKey, ct);
            },
            ct
        );

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
        catch (Exception e) when (e is not OperationCanceledException)
        {
            KeepingFailed(log, e);
            return false;
        }
    }

    [LoggerMessage(LogLevel.Information, "Removed the unfinished upload of {Key}, begun at {StartedAt}")]
    static partial void OrphanRemoved(ILogger log, string key, DateTimeOffset startedAt);

    [LoggerMessage(LogLevel.Warning, "Objects to be removed could not be read; trying again")]
    static partial void KeepingFailed(ILogger log, Exception error);

    [LoggerMessage(LogLevel.Warning, "The object store answered {Error}: {Detail}")]
    static partial void StoreFailed(ILogger log, StorageError error, string detail);
}
