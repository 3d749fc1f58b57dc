using System.Buffers;
using System.Runtime.ExceptionServices;
using Fleet.Storage;
using Fleet.Telegram;

namespace Fleet.Worker.Transfer;

/// <summary>Cuts an ordered stream of blocks into parts and uploads several at once. A block goes back to the memory budget when its part is stored.</summary>
sealed class PartUpload(IObjectStore store, MultipartUpload upload, int firstPart, int parallel, CancellationToken ct)
    : IAsyncDisposable
{
    readonly SemaphoreSlim _places = new(parallel, parallel);
    readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
    readonly List<Task<UploadedPart>> _parts = [];
    List<MediaBlock> _collected = [];
    long _collectedBytes;
    Exception? _failure;

    /// <summary>Takes the next block, and its ownership. Waits while all upload places are taken.</summary>
    /// <exception cref="StorageException">An earlier part could not be stored.</exception>
    public async Task AddAsync(MediaBlock block)
    {
        _collected.Add(block);
        _collectedBytes += block.Memory.Length;
        if (_collectedBytes > upload.PartBytes)
            throw new InvalidOperationException("A block crosses the boundary of a part.");
        if (_collectedBytes == upload.PartBytes)
            await SendAsync();
    }

    /// <summary>Uploads what is left and waits for every part.</summary>
    public async Task<IReadOnlyList<UploadedPart>> FinishAsync()
    {
        if (_collectedBytes > 0)
            await SendAsync();
        return await Task.WhenAll(_parts);
    }

    async Task SendAsync()
    {
        await _places.WaitAsync(_stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (Volatile.Read(ref _failure) is { } failure)
            ExceptionDispatchInfo.Throw(failure);
        _stop.Token.ThrowIfCancellationRequested();
        var part = _collected;
        _collected = [];
        _collectedBytes = 0;
        _parts.Add(SendAsync(firstPart + _parts.Count, part));
    }

    async Task<UploadedPart> SendAsync(int number, List<MediaBlock> blocks)
    {
        try
        {
            return await store.UploadPartAsync(upload, number, BlockSequence.Of(blocks), _stop.Token);
        }
        catch (StorageException e)
        {
            Interlocked.CompareExchange(ref _failure, e, null);
            await _stop.CancelAsync();
            throw;
        }
        finally
        {
            foreach (var block in blocks)
                block.Dispose();
            _places.Release();
        }
    }

    /// <summary>Stops uploads that are still running and gives back every block.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await ((Task)Task.WhenAll(_parts)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var block in _collected)
            block.Dispose();
        _collected.Clear();
        _stop.Dispose();
        _places.Dispose();
    }
}

/// <summary>Several blocks as one sequence, without a copy.</summary>
sealed class BlockSequence : ReadOnlySequenceSegment<byte>
{
    BlockSequence(ReadOnlyMemory<byte> memory, long runningIndex)
    {
        Memory = memory;
        RunningIndex = runningIndex;
    }

    /// <summary>Borrows the blocks' memory.</summary>
    public static ReadOnlySequence<byte> Of(IReadOnlyList<MediaBlock> blocks)
    {
        if (blocks.Count == 0)
            return ReadOnlySequence<byte>.Empty;
        var first = new BlockSequence(blocks[0].Memory, 0);
        var last = first;
        foreach (var block in blocks.Skip(1))
        {
            var next = new BlockSequence(block.Memory, last.RunningIndex + last.Memory.Length);
            last.Next = next;
            last = next;
        }
        return new(first, 0, last, last.Memory.Length);
    }
}
