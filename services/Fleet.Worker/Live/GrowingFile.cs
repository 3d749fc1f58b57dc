using System.Buffers;
using Fleet.Telegram;

namespace Fleet.Worker.Live;

/// <summary>
/// A local copy of a file that is being fetched, as something that can be read from anywhere: what is written is read from
/// the disk, what comes next is waited for, and what lies further ahead (an index at the end) is fetched out of turn.
/// </summary>
/// <param name="path">The copy, written from its beginning.</param>
/// <param name="live">The file as it is being read.</param>
sealed class GrowingFile(string path, LiveFile live, LiveFiles lives) : IDisposable
{
    const int ReadBytes = 256 << 10;
    const int JumpBytes = 4 << 20;

    /// <summary>So far ahead waiting is as quick as asking.</summary>
    const long Near = 8 << 20;

    /// <summary>What may be fetched out of turn in all, for it is fetched twice: an index of any film.</summary>
    const long MaxJumps = 64 << 20;

    readonly Lock _lock = new();
    readonly CancellationTokenSource _whole = new();
    TaskCompletionSource? _growth;
    long _written;
    long _jumped;
    int _waiting;

    public long Size => live.Size;

    /// <summary>Whether somebody waits for bytes that have not come yet.</summary>
    public bool IsWaitedFor => Volatile.Read(ref _waiting) > 0;

    /// <summary>More bytes are in the copy.</summary>
    public void Grew(long bytes)
    {
        TaskCompletionSource? growth;
        bool isWhole;
        lock (_lock)
        {
            _written += bytes;
            (growth, _growth) = (_growth, null);
            isWhole = _written == Size;
        }
        growth?.SetResult();
        if (isWhole)
            _whole.Cancel();
    }

    /// <summary>Copies everything from an offset to the end.</summary>
    /// <exception cref="TelegramException">The file cannot be read.</exception>
    public async Task CopyAsync(long start, Stream to, CancellationToken ct)
    {
        await using var file = new FileStream(
            path,
            FileMode.Open,
            FileAccess.Read,
            FileShare.ReadWrite,
            1,
            useAsync: true
        );
        var buffer = ArrayPool<byte>.Shared.Rent(JumpBytes);
        try
        {
            var position = start;
            while (position < Size)
            {
                var read = await ReadAsync(file, position, buffer, ct);
                await to.WriteAsync(buffer.AsMemory(0, read), ct);
                position += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <returns>Bytes read; may be none, when more is to be had now than before.</returns>
    async Task<int> ReadAsync(FileStream file, long position, byte[] buffer, CancellationToken ct)
    {
        var written = Written();
        if (position < written)
        {
            file.Position = position;
            return await file.ReadAsync(buffer.AsMemory(0, (int)Math.Min(ReadBytes, written - position)), ct);
        }
        Interlocked.Increment(ref _waiting);
        try
        {
            if (position - written > Near && Interlocked.Read(ref _jumped) < MaxJumps)
                return await JumpAsync(position, buffer, ct);
            await GrowthAsync(position).WaitAsync(ct);
            return 0;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    async Task<int> JumpAsync(long position, byte[] buffer, CancellationToken ct)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_whole.Token, ct);
        using var to = new MemoryStream(buffer);
        try
        {
            var end = Math.Min(position + JumpBytes, Size);
            var copied = (int)await lives.CopyAsync(live, position, end, to, either.Token);
            Interlocked.Add(ref _jumped, copied);
            return copied;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return 0; // it is in the copy by now
        }
    }

    Task GrowthAsync(long position)
    {
        lock (_lock)
        {
            if (position < _written)
                return Task.CompletedTask;
            _growth ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _growth.Task;
        }
    }

    long Written()
    {
        lock (_lock)
            return _written;
    }

    public void Dispose() => _whole.Dispose();
}
