using System.Collections.Concurrent;
using Fleet.Telegram;
using Microsoft.Extensions.Options;

namespace Fleet.Worker.Live;

/// <summary>The files that this worker reads at the moment, by asset, and the places for those who look at them.</summary>
sealed class LiveFiles(
    IOptions<WorkerOptions> options,
    IOptions<DownloadOptions> download,
    TimeProvider time,
    ILogger<LiveFiles> log
)
{
    /// <summary>Parts that a stream may hold: enough for the wire never to wait, little when its reader stands still.</summary>
    const int LookAhead = 4;

    readonly ConcurrentDictionary<Guid, LiveFile> _files = new();
    readonly MediaReaderContext _context = new(
        new MemoryBudget((long)options.Value.Streams * LookAhead * MemoryBudget.BlockBytes),
        download.Value with
        {
            LookAheadParts = LookAhead,
        },
        time,
        log
    )
    {
        IsWatched = true,
    };
    int _streams;

    /// <summary>The job begins to read a file; disposed when it has.</summary>
    public LiveFile Open(Guid asset, long size)
    {
        var file = new LiveFile(size, gone => _files.TryRemove(new(asset, gone)));
        _files[asset] = file;
        return file;
    }

    /// <summary>The file, if it is being read here.</summary>
    public LiveFile? FindOrNull(Guid asset) => _files.GetValueOrDefault(asset);

    /// <summary>Copies a range of a file to a stream of somebody who looks.</summary>
    /// <inheritdoc cref="LiveFile.CopyAsync"/>
    public Task<long> CopyAsync(LiveFile file, long start, long end, Stream to, CancellationToken ct) =>
        file.CopyAsync(start, end, to, _context, ct);

    /// <summary>Takes a place; false when all are taken.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _streams) <= options.Value.Streams)
        {
            WorkerMetrics.StreamBegan();
            return true;
        }
        Interlocked.Decrement(ref _streams);
        return false;
    }

    /// <summary>Gives a place back.</summary>
    public void Leave()
    {
        Interlocked.Decrement(ref _streams);
        WorkerMetrics.StreamEnded();
    }
}
