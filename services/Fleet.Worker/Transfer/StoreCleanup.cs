using Fleet.Storage;

namespace Fleet.Worker.Transfer;

/// <summary>Cleaning up after a failure must not hide the failure; what is left behind is the sweeper's.</summary>
static class StoreCleanup
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    public static Task TryAbortAsync(this IObjectStore store, MultipartUpload upload) =>
        TryAsync(ct => store.AbortAsync(upload, ct));

    public static Task TryDeleteAsync(this IObjectStore store, string key) =>
        TryAsync(ct => store.DeleteAsync(key, ct));

    static async Task TryAsync(Func<CancellationToken, Task> cleanup)
    {
        using var deadline = new CancellationTokenSource(Deadline, TimeProvider.System);
        try
        {
            await cleanup(deadline.Token);
        }
        catch (Exception e) when (e is StorageException or OperationCanceledException)
        {
            // the store cannot be reached now
        }
    }
}
