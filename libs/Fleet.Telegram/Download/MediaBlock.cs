namespace Fleet.Telegram;

/// <summary>A piece of a file, in order: at most 1 MiB. Its memory is the reader's budget, so dispose it soon and once.</summary>
public sealed class MediaBlock : IDisposable
{
    readonly MemoryBudget _memory;
    readonly int _start;
    readonly int _end;
    byte[]? _block;

    internal MediaBlock(MemoryBudget memory, byte[] block, long offset, int start, int end)
    {
        _memory = memory;
        _block = block;
        _start = start;
        _end = end;
        Offset = offset + start;
    }

    /// <summary>Position of the first byte in the file.</summary>
    public long Offset { get; }

    /// <summary>The bytes; valid until <see cref="Dispose"/>.</summary>
    public ReadOnlyMemory<byte> Memory =>
        _block is { } block
            ? block.AsMemory(_start, _end - _start)
            : throw new ObjectDisposedException(nameof(MediaBlock));

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _block, null) is { } block)
            _memory.Return(block);
    }
}
