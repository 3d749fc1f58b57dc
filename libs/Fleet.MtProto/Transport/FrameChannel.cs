using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Fleet.MtProto.Transport;

/// <summary>Frames in and out of one socket. One reader and one writer at a time.</summary>
/// <remarks>
/// A frame's payload is received straight into a buffer of its size. Only headers, and whatever came with them in the
/// same read, pass through the small read-ahead: it lets many small frames share one system call and costs a large
/// frame the copy of at most its first 8 KiB.
/// </remarks>
sealed class FrameChannel(Socket socket, FrameCodec codec, int maxFrameBytes) : IDisposable
{
    const int ReadAheadBytes = 8192;
    const int LeastPayloadBytes = 4;

    readonly byte[] _ahead = new byte[ReadAheadBytes];
    int _start;
    int _end;

    public FrameCodec Codec => codec;

    /// <summary>Tells the server which transport this is; once, before anything else.</summary>
    public ValueTask StartAsync() => SendAsync(codec.Hello);

    /// <summary>The next frame; the end when the server closed the stream between two frames.</summary>
    /// <exception cref="ProtocolViolationException">A length beyond the limit, or the stream ended inside a frame.</exception>
    /// <exception cref="SocketException">The connection broke.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Frame> ReadAsync()
    {
        while (true)
        {
            var start = codec.ReadHeader(_ahead.AsSpan(_start.._end), out var headerBytes, out var payloadBytes);
            if (start == FrameStart.Incomplete)
            {
                if (await ReadAheadAsync())
                    continue;
                return _start == _end ? default : throw Truncated(_end - _start);
            }
            _start += headerBytes;
            if (start == FrameStart.QuickAck)
                continue;
            // Checked before the first byte of the payload is waited for, or memory taken for it.
            if (payloadBytes < LeastPayloadBytes || payloadBytes > maxFrameBytes)
                throw new ProtocolViolationException(
                    Violation.FrameLength,
                    $"{payloadBytes} of at most {maxFrameBytes}"
                );
            return await ReadPayloadAsync((int)payloadBytes);
        }
    }

    /// <summary>Sends all of <paramref name="bytes"/>, which must be sealed.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, CancellationToken.None)..];
    }

    /// <summary>Closes the socket; a pending read or send fails.</summary>
    public void Dispose() => socket.Dispose();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    async ValueTask<Frame> ReadPayloadAsync(int payloadBytes)
    {
        var frame = Frame.Rent(payloadBytes);
        try
        {
            var ahead = Math.Min(_end - _start, payloadBytes);
            _ahead.AsSpan(_start, ahead).CopyTo(frame.Payload);
            _start += ahead;
            var rest = frame.PayloadMemory[ahead..];
            while (!rest.IsEmpty)
            {
                var received = await socket.ReceiveAsync(rest, SocketFlags.None, CancellationToken.None);
                if (received == 0)
                    throw Truncated(payloadBytes - rest.Length);
                rest = rest[received..];
            }
            return frame;
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
        var received = await socket.ReceiveAsync(_ahead.AsMemory(_end), SocketFlags.None, CancellationToken.None);
        _end += received;
        return received != 0;
    }

    static ProtocolViolationException Truncated(int bytes) =>
        new(Violation.TruncatedStream, $"the stream ended {bytes} bytes into a frame");
}
