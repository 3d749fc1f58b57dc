using Fleet.Telegram;
using Fleet.Worker.Transfer;

namespace Fleet.Worker.Live;

/// <summary>A file that is being read for its job, and that others may look at meanwhile.</summary>
/// <param name="size">Its bytes.</param>
/// <param name="close">Called when the job has read it.</param>
sealed class LiveFile(long size, Action<LiveFile> close) : IDisposable
{
    readonly Lock _lock = new();
    TaskCompletionSource<SharedReading?> _shown = New();

    /// <summary>Bytes of the file.</summary>
    public long Size => size;

    /// <summary>Lets the file be looked at through a reading, until the answer is disposed.</summary>
    public IDisposable Show(SharedReading reading)
    {
        lock (_lock)
            _shown.TrySetResult(reading);
        return new Showing(this);
    }

    /// <summary>Copies a range; goes on with the next reading where one ends before the file is there.</summary>
    /// <returns>Bytes copied; fewer than asked for when the job has read the file, or gave up.</returns>
    /// <exception cref="TelegramException">The file cannot be read.</exception>
    public async Task<long> CopyAsync(long start, long end, Stream to, MediaReaderContext context, CancellationToken ct)
    {
        var position = start;
        while (position < end && await ReadingAsync().WaitAsync(ct) is { } reading)
        {
            var copied = await reading.CopyAsync(position, end, to, context, ct);
            position += copied;
            if (copied == 0)
                break; // it is about to end; whoever asks again meets the next
        }
        return position - start;
    }

    public void Dispose()
    {
        close(this);
        lock (_lock)
            _shown.TrySetResult(null);
    }

    Task<SharedReading?> ReadingAsync()
    {
        lock (_lock)
            return _shown.Task;
    }

    static TaskCompletionSource<SharedReading?> New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    sealed class Showing(LiveFile file) : IDisposable
    {
        public void Dispose()
        {
            lock (file._lock)
                file._shown = New();
        }
    }
}
