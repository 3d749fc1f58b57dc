namespace Fleet.Telegram;

/// <summary>A window as a stream: see <see cref="MediaReader.OpenStream"/>.</summary>
sealed class MediaStream(PartWindow window, long size) : Stream
{
    MediaBlock? _block;
    long _position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => size;

    /// <inheritdoc/>
    /// <remarks>Takes effect at the next read, but drops what is out of reach at once.</remarks>
    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _position = value;
            if (Holds(value))
                return;
            Drop();
            window.Seek(Math.Min(value, size));
        }
    }

    public override long Seek(long offset, SeekOrigin origin)
    {
        var target = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => _position + offset,
            _ => size + offset,
        };
        if (target < 0)
            throw new IOException("A position before the start of the file.");
        return Position = target;
    }

    /// <inheritdoc/>
    /// <exception cref="TelegramException">Why the file cannot be read on.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty || _position >= size)
            return 0;
        if (!Holds(_position))
        {
            Drop();
            _block = await window.NextAsync(cancellationToken) ?? throw new EndOfStreamException();
        }
        var rest = _block!.Memory[(int)(_position - _block.Offset)..];
        var taken = Math.Min(rest.Length, buffer.Length);
        rest[..taken].CopyTo(buffer);
        _position += taken;
        if (!Holds(_position))
            Drop(); // its memory is worth more to the window
        return taken;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Not supported: it would hold a thread for as long as the network likes.</summary>
    public override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("Read asynchronously.");

    public override void Flush() { }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        Drop();
        await window.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <summary>Prefer <see cref="DisposeAsync"/>, which waits until everything is given back.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Drop();
            _ = window.DisposeAsync().AsTask();
        }
        base.Dispose(disposing);
    }

    bool Holds(long position) =>
        _block is { } block && position >= block.Offset && position < block.Offset + block.Memory.Length;

    void Drop()
    {
        _block?.Dispose();
        _block = null;
    }
}
