using System.Buffers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Fleet.MtProto.Crypto;

namespace Fleet.MtProto.Transport;

/// <summary>Frames in and out of one wire. One reader and one writer at a time.</summary>
/// <remarks>
/// A frame's payload is received straight into a buffer of its size. Only headers, and whatever came with them in the
/// same read, pass through the small read-ahead: it lets many small frames share one system call and costs a large
/// frame the copy of at most its first 8 KiB.
/// </remarks>
sealed class FrameChannel(Wire wire, FrameCodec codec, int maxFrameBytes, ArrayPool<byte> buffers) : IDisposable
{
    const int ReadAheadBytes = 8192;
    const int LeastPayloadBytes = 4;

    readonly byte[] _ahead = new byte[ReadAheadBytes];
    int _start;
    int _end;

    public FrameCodec Codec => codec;

    /// <summary>The next frame; the end when the server closed the stream between two frames.</summary>
    /// <exception cref="ProtocolViolationException">A length beyond the limit, a frame that was changed, or the end of
    /// the stream inside one.</exception>
    /// <exception cref="SocketException">The connection broke.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Frame> ReadAsync()
    {
        while (true)
        {
            var start = codec.ReadHeader(_ahead.AsSpan(_start.._end), out var headerBytes, out var bodyBytes);
            if (start == FrameStart.Incomplete)
            {
                if (await ReadAheadAsync())
                    continue;
                return _start == _end ? default : throw Truncated(_end - _start);
            }
            _start += headerBytes;
            if (start == FrameStart.QuickAck)
                continue;
            // Checked before the first byte of the body is waited for, or memory taken for it.
            if (bodyBytes < LeastPayloadBytes || bodyBytes > maxFrameBytes)
                throw new ProtocolViolationException(Violation.FrameLength, $"{bodyBytes} of at most {maxFrameBytes}");
            return await ReadBodyAsync(headerBytes, (int)bodyBytes);
        }
    }

    /// <summary>Sends all of <paramref name="frame"/>, which must be sealed and may be changed on the way.</summary>
    public ValueTask SendAsync(Memory<byte> frame) => wire.SendAsync(frame);

    /// <summary>Closes the connection; a pending read or send fails.</summary>
    public void Dispose() => wire.Dispose();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    async ValueTask<Frame> ReadBodyAsync(int headerBytes, int bodyBytes)
    {
        var frame = Frame.Rent(buffers, bodyBytes);
        try
        {
            // The header ends where the body starts, as on the stream.
            var ahead = Math.Min(_end - _start, bodyBytes);
            _ahead
                .AsSpan(_start - headerBytes, headerBytes + ahead)
                .CopyTo(frame.Bytes[(MessageCrypto.Headroom - headerBytes)..]);
            _start += ahead;
            var rest = frame.PayloadMemory[ahead..];
            while (!rest.IsEmpty)
            {
                var received = await wire.ReceiveAsync(rest);
                if (received == 0)
                    throw Truncated(bodyBytes - rest.Length);
                rest = rest[received..];
            }
            return frame.Cut(codec.Open(frame.Bytes));
        }
        catch
        {
            frame.Release();
            throw;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    async ValueTask<bool> ReadAheadAsync()
    {
        _ahead.AsSpan(_start.._end).CopyTo(_ahead);
        (_start, _end) = (0, _end - _start);
        var received = await wire.ReceiveAsync(_ahead.AsMemory(_end));
        _end += received;
        return received != 0;
    }

    static ProtocolViolationException Truncated(int bytes) =>
        new(Violation.TruncatedStream, $"the stream ended {bytes} bytes into a frame");
}
