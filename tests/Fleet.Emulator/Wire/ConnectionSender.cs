using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Threading.Channels;
using Fleet.Emulator.Crypto;

namespace Fleet.Emulator.Wire;

/// <summary>
/// The one writer of a connection. Bounded: a client that does not read stops being read. Parts that wait together are
/// encrypted together; small messages that wait together leave in one container.
/// </summary>
sealed class ConnectionSender(
    Socket socket,
    Transport transport,
    CounterCipher? obfuscation,
    Line line,
    Counters counters,
    SharedCipher cipher,
    TimeProvider time
)
{
    const int MaxQueued = 256;
    const int MaxPerContainer = 32;
    static readonly TimeSpan LongestHold = TimeSpan.FromMilliseconds(100);

    readonly Channel<Outbound> _queue = Channel.CreateBounded<Outbound>(
        new BoundedChannelOptions(MaxQueued) { SingleReader = true }
    );
    readonly ConcurrentDictionary<long, Outbound> _waiting = new();
    readonly SemaphoreSlim _socketLock = new(1, 1);
    long _lineFreeAt;

    // A message that is to be overtaken by the next one.
    Outbound? _held;

    /// <summary>Waits for a place when the client reads slower than it asks.</summary>
    public async ValueTask SendAsync(Outbound message, CancellationToken ct)
    {
        if (message.RequestId != 0)
            _waiting[message.RequestId] = message;
        await _queue.Writer.WriteAsync(message, ct);
    }

    /// <summary>Takes an answer back that has not left yet.</summary>
    public bool TryDrop(long requestId)
    {
        if (!_waiting.TryRemove(requestId, out var message))
            return false;
        message.Dropped = true;
        return true;
    }

    public void Complete() => _queue.Writer.TryComplete();

    /// <summary>Sends a payload that needs no encryption: key exchange answers and transport errors.</summary>
    public async ValueTask SendPlainAsync(ReadOnlyMemory<byte> payload, CancellationToken ct)
    {
        var buffer = FrameBuffers.Rent();
        try
        {
            payload.CopyTo(buffer.AsMemory(Transport.HeadRoom));
            await _socketLock.WaitAsync(ct);
            try
            {
                await WriteFrameAsync(transport.Frame(buffer, Transport.HeadRoom, payload.Length), ct);
            }
            finally
            {
                _socketLock.Release();
            }
        }
        finally
        {
            FrameBuffers.Return(buffer);
        }
    }

    /// <summary>Runs until <see cref="Complete"/> and an empty queue, or until the socket fails.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        var batch = new List<Outbound>(MaxPerContainer);
        while (await WaitForWorkAsync(ct) is { } isWork)
        {
            batch.Clear();
            if (isWork)
                TakeBatch(batch);
            if (isWork && batch.Count == 0)
                continue;
            if (batch.Count > 0)
                await SendAsync(batch, ct);
            if (TakeHeldOrNull() is { } overtaken)
                await SendAsync([overtaken], ct);
        }
    }

    /// <summary>True: there is something in the queue; false: what is held has waited long enough; null: the end.</summary>
    async ValueTask<bool?> WaitForWorkAsync(CancellationToken ct)
    {
        if (_held is null)
            return await _queue.Reader.WaitToReadAsync(ct) ? true : null;
        using var patience = new CancellationTokenSource(LongestHold, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        try
        {
            return await _queue.Reader.WaitToReadAsync(either.Token) ? true : null;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return false;
        }
    }

    Outbound? TakeHeldOrNull()
    {
        var held = _held;
        _held = null;
        return held;
    }

    async ValueTask SendAsync(List<Outbound> batch, CancellationToken ct)
    {
        await WaitUntilAsync(batch[0].NotBefore, ct);
        await _socketLock.WaitAsync(ct);
        try
        {
            await SendBatchAsync(batch, ct);
        }
        finally
        {
            _socketLock.Release();
        }
    }

    /// <summary>The first message, and those behind it of the same kind and session that may leave at the same time.</summary>
    void TakeBatch(List<Outbound> batch)
    {
        var now = time.GetTimestamp();
        while (_queue.Reader.TryPeek(out var next))
        {
            if (next.Dropped)
            {
                _queue.Reader.TryRead(out _);
                continue;
            }
            if (batch.Count > 0 && !FitsBehind(batch, next, now))
                return;
            _queue.Reader.TryRead(out _);
            _waiting.TryRemove(next.RequestId, out _);
            if (next.Fault == FrameFault.Overtaken && _held is null)
                Hold(next);
            else
                batch.Add(next);
            if (batch.Count == 1 && _held is SmallMessage held && SharesContainer(batch[0], held))
                batch.Add(TakeHeldOrNull()!);
        }
    }

    void Hold(Outbound message)
    {
        message.Number = message.Session.Number(message.IsAnswer, message.ContentRelated, time.GetUtcNow());
        _held = message;
    }

    static bool SharesContainer(Outbound first, SmallMessage held) =>
        first is SmallMessage { Fault: FrameFault.None or FrameFault.Overtaken } && first.Session == held.Session;

    bool FitsBehind(List<Outbound> batch, Outbound next, long now)
    {
        var first = batch[0];
        if (
            next.NotBefore > Math.Max(now, first.NotBefore)
            || next.Fault != FrameFault.None
            || first.Fault != FrameFault.None
        )
            return false;
        return (first, next) switch
        {
            (PartMessage, PartMessage) => batch.Count < (line.Settings.BytesPerSecond == 0 ? Ige.MaxLanes : 1),
            (SmallMessage, SmallMessage) => first.Session == next.Session
                && batch.Count < MaxPerContainer
                && batch.Sum(m => ((SmallMessage)m).Body.Length + 16) + ((SmallMessage)next).Body.Length < 32 * 1024,
            _ => false,
        };
    }

    async ValueTask SendBatchAsync(List<Outbound> batch, CancellationToken ct)
    {
        var frames = new List<(byte[] Buffer, IgeJob Job, int Length, Outbound First)>(batch.Count);
        try
        {
            if (batch[0] is PartMessage)
            {
                foreach (var part in batch.Cast<PartMessage>())
                    frames.Add(Build(part, buffer => MessageEncoder.WritePart(buffer, part)));
            }
            else
            {
                frames.Add(BuildSmall(batch));
            }
            await cipher.EncryptAsync([.. frames.Select(f => f.Job)]);
            foreach (var (buffer, _, length, first) in frames)
                await WriteMessageAsync(buffer, length, first, ct);
        }
        finally
        {
            foreach (var frame in frames)
                FrameBuffers.Return(frame.Buffer);
        }
    }

    (byte[] Buffer, IgeJob Job, int Length, Outbound First) Build(Outbound message, Func<byte[], int> writeBody)
    {
        var now = time.GetUtcNow();
        var buffer = FrameBuffers.Rent();
        var bodyLength = writeBody(buffer);
        var number = message.Number ?? message.Session.Number(message.IsAnswer, message.ContentRelated, now);
        var salt = message.Session.AuthKey.CurrentSalt(now);
        var (job, length) = MessageEncoder.Seal(buffer, bodyLength, message.Session, number, salt);
        return (buffer, job, length, message);
    }

    (byte[] Buffer, IgeJob Job, int Length, Outbound First) BuildSmall(List<Outbound> batch)
    {
        var single = (SmallMessage)batch[0];
        if (batch.Count == 1)
        {
            return Build(
                single,
                buffer =>
                {
                    single.Body.CopyTo(MessageEncoder.BodyOf(buffer));
                    return single.Body.Length;
                }
            );
        }
        // The container is numbered after its messages, because its id must be the highest.
        var now = time.GetUtcNow();
        var container = new SmallMessage(single.Session, []) { IsAnswer = false, ContentRelated = false };
        return Build(container, buffer => WriteContainer(MessageEncoder.BodyOf(buffer), batch, now));
    }

    static int WriteContainer(Span<byte> body, List<Outbound> batch, DateTimeOffset now)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(body, Mtp.MsgContainer);
        BinaryPrimitives.WriteInt32LittleEndian(body[4..], batch.Count);
        var at = 8;
        foreach (var message in batch.Cast<SmallMessage>())
        {
            var (id, seqNo) = message.Number ?? message.Session.Number(message.IsAnswer, message.ContentRelated, now);
            BinaryPrimitives.WriteInt64LittleEndian(body[at..], id);
            BinaryPrimitives.WriteInt32LittleEndian(body[(at + 8)..], seqNo);
            BinaryPrimitives.WriteInt32LittleEndian(body[(at + 12)..], message.Body.Length);
            message.Body.CopyTo(body[(at + 16)..]);
            at += 16 + message.Body.Length;
        }
        return at;
    }

    async ValueTask WriteMessageAsync(byte[] buffer, int length, Outbound message, CancellationToken ct)
    {
        if (message.Fault == FrameFault.Garbage)
            RandomNumberGenerator.Fill(buffer.AsSpan(MessageEncoder.Start + 24, length - 24));
        if (message.Fault == FrameFault.Twice)
            await WriteCopyAsync(buffer, length, ct);
        var frame = transport.Frame(buffer, MessageEncoder.Start, length);
        if (message.Fault == FrameFault.CutOff)
        {
            await WriteFrameAsync(frame[..(frame.Length / 2)], ct);
            throw new IOException("Cut off by script.");
        }
        await WriteFrameAsync(frame, ct);
        if (message is PartMessage part)
            counters.AddBytes(part.Length);
    }

    // Framing and obfuscation change the bytes in place, so the first of two goes out from a buffer of its own.
    async ValueTask WriteCopyAsync(byte[] buffer, int length, CancellationToken ct)
    {
        var copy = FrameBuffers.Rent();
        try
        {
            buffer.AsSpan(0, MessageEncoder.Start + length).CopyTo(copy);
            await WriteFrameAsync(transport.Frame(copy, MessageEncoder.Start, length), ct);
        }
        finally
        {
            FrameBuffers.Return(copy);
        }
    }

    async ValueTask WriteFrameAsync(Memory<byte> frame, CancellationToken ct)
    {
        obfuscation?.Apply(frame.Span);
        while (!frame.IsEmpty)
        {
            var settings = line.Settings;
            var allowed = line.Allowance(Math.Min(frame.Length, settings.MostPerWrite));
            var sent = allowed == 0 ? 0 : await socket.SendAsync(frame[..allowed], ct);
            line.Sent(sent);
            counters.AddSent(sent);
            frame = frame[sent..];
            if (line.Allowance(1) == 0)
                throw new LineEndedException(settings.EndsByReset);
            if (settings.BytesPerSecond > 0)
                await PaceAsync(sent, settings.BytesPerSecond, ct);
        }
    }

    /// <summary>Keeps the line busy for as long as the bytes would take at the given rate.</summary>
    async ValueTask PaceAsync(int bytes, long rate, CancellationToken ct)
    {
        var ticks = (long)((double)bytes / rate * time.TimestampFrequency);
        _lineFreeAt = Math.Max(_lineFreeAt, time.GetTimestamp() - (time.TimestampFrequency / 20)) + ticks;
        await WaitUntilAsync(_lineFreeAt, ct);
    }

    async ValueTask WaitUntilAsync(long timestamp, CancellationToken ct)
    {
        if (timestamp == 0)
            return;
        var wait = time.GetElapsedTime(time.GetTimestamp(), timestamp);
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, time, ct);
    }
}
