using System.Buffers;
using System.IO.Pipelines;

namespace Fleet.Telegram;

/// <summary>A window as a pipe: see <see cref="MediaReader.OpenPipe"/>. The blocks themselves are handed out.</summary>
sealed class MediaPipe(PartWindow window) : PipeReader
{
    readonly Stack<Segment> _spare = new();
    readonly Lock _lock = new();
    CancellationTokenSource? _reading;
    Segment? _first;
    Segment? _last;
    int _consumed; // of the first segment
    bool _examinedAll;
    bool _atEnd;
    bool _cancelled;
    bool _completed;

    ReadOnlySequence<byte> Held =>
        _first is null ? ReadOnlySequence<byte>.Empty : new(_first, _consumed, _last!, _last!.Memory.Length);

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (TryRead(out var ready))
            return ready;
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        lock (_lock)
            _reading = reading;
        try
        {
            Add(await window.NextAsync(reading.Token));
        }
        catch (OperationCanceledException) when (_cancelled && !cancellationToken.IsCancellationRequested)
        {
            // CancelPendingRead: what is held is handed out.
        }
        finally
        {
            lock (_lock)
                _reading = null;
        }
        return Result();
    }

    public override bool TryRead(out ReadResult result)
    {
        ObjectDisposedException.ThrowIf(_completed, typeof(PipeReader));
        if (window.NextIfReady() is { } block)
            Add(block);
        var isReady = _atEnd || _cancelled || (_first is not null && !_examinedAll);
        result = isReady ? Result() : default;
        return isReady;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_first is null)
            return;
        _examinedAll = ReferenceEquals(examined.GetObject(), _last) && examined.GetInteger() == _last!.Memory.Length;
        var at = (Segment?)consumed.GetObject();
        while (_first is { } first && !ReferenceEquals(first, at))
            Free(first);
        _consumed = consumed.GetInteger();
        if (_first is { } whole && _consumed == whole.Memory.Length)
            Free(whole);
    }

    public override void CancelPendingRead()
    {
        lock (_lock)
        {
            _cancelled = true;
            _reading?.Cancel();
        }
    }

    /// <summary>Prefer <see cref="CompleteAsync"/>, which waits until everything is given back.</summary>
    public override void Complete(Exception? exception = null) => _ = CompleteAsync(exception).AsTask();

    public override async ValueTask CompleteAsync(Exception? exception = null)
    {
        _completed = true;
        while (_first is { } first)
            Free(first);
        await window.DisposeAsync();
    }

    ReadResult Result()
    {
        var result = new ReadResult(Held, _cancelled, _atEnd);
        _cancelled = false;
        return result;
    }

    void Add(MediaBlock? block)
    {
        if (block is null)
        {
            _atEnd = true;
            return;
        }
        var segment = _spare.TryPop(out var spare) ? spare : new Segment();
        segment.Hold(block, _last);
        _last = segment;
        _first ??= segment;
        _examinedAll = false;
    }

    void Free(Segment segment)
    {
        _first = segment.Following;
        _last = _first is null ? null : _last;
        _consumed = 0;
        segment.Free();
        _spare.Push(segment);
    }

    sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        MediaBlock? _block;

        public Segment? Following => (Segment?)Next;

        public void Hold(MediaBlock block, Segment? last)
        {
            (_block, Memory) = (block, block.Memory);
            if (last is null)
                return;
            RunningIndex = last.RunningIndex + last.Memory.Length;
            last.Next = this;
        }

        public void Free()
        {
            _block!.Dispose();
            (_block, Memory, Next, RunningIndex) = (null, default, null, 0);
        }
    }
}
