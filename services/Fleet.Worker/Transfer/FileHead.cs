using Fleet.Sessions;
using Fleet.Storage;
using Fleet.Telegram;

namespace Fleet.Worker.Transfer;

/// <summary>The first part of a file, held in memory while the plan is made.</summary>
sealed class FileHead : IDisposable
{
    readonly Queue<MediaBlock> _blocks = [];

    FileHead() { }

    /// <summary>Bytes read: those of the first upload part, or the whole of a smaller file.</summary>
    public long Bytes { get; private set; }

    public IReadOnlyCollection<MediaBlock> Blocks => _blocks;

    public static async Task<FileHead> ReadAsync(IAsyncEnumerator<MediaBlock> blocks, JobAttempt attempt)
    {
        var head = new FileHead();
        var done = false;
        try
        {
            while (head.Bytes < PartPolicy.MinBytes && await blocks.MoveNextAsync())
            {
                head._blocks.Enqueue(blocks.Current);
                head.Bytes += blocks.Current.Memory.Length;
                attempt.Fetched(blocks.Current.Memory.Length);
            }
            done = true;
            return head;
        }
        finally
        {
            if (!done)
                head.Dispose();
        }
    }

    /// <summary>Hands over the blocks in order; the caller owns each.</summary>
    public IEnumerable<MediaBlock> Take()
    {
        while (_blocks.TryDequeue(out var block))
            yield return block;
    }

    public async Task WriteAsync(string path, CancellationToken ct)
    {
        await using var file = new FileStream(
            path,
            FileMode.CreateNew,
            FileAccess.Write,
            FileShare.Read,
            1,
            useAsync: true
        );
        foreach (var block in _blocks)
            await file.WriteAsync(block.Memory, ct);
    }

    /// <summary>Whether it is worth asking FFmpeg: by type, by name, or by the first bytes.</summary>
    public bool MayBeMedia(MediaItem item) =>
        item.MimeType.StartsWith("video/", StringComparison.OrdinalIgnoreCase)
        || item.MimeType.StartsWith("audio/", StringComparison.OrdinalIgnoreCase)
        || Path.GetExtension(item.FileName ?? "").ToLowerInvariant()
            is ".mkv"
                or ".mp4"
                or ".m4v"
                or ".m4a"
                or ".mov"
                or ".webm"
                or ".avi"
                or ".ts"
                or ".m2ts"
                or ".mp3"
                or ".ogg"
                or ".opus"
                or ".flac"
                or ".wav"
                or ".aac"
        || (_blocks.TryPeek(out var first) && Media.ContainerSniffer.SniffOrNull(first.Memory.Span) is not null);

    public void Dispose()
    {
        foreach (var block in Take())
            block.Dispose();
    }
}
