using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using Fleet.Emulator.Crypto;

namespace Fleet.Emulator.Wire;

/// <summary>
/// Finds out which transport the client speaks from its first bytes, then yields frames. One buffer per connection,
/// 16 KiB at first and never more than <see cref="MaxFrameBytes"/> and a header: clients send small messages here.
/// </summary>
/// <remarks>https://core.telegram.org/mtproto/mtproto-transports</remarks>
sealed class FrameReader(Socket socket) : IDisposable
{
    /// <summary>Longest frame taken from a client; more ends the connection before it is waited for.</summary>
    public const int MaxFrameBytes = 1 << 20;

    const int InitialBufferBytes = 16 * 1024;
    const int MaxHeaderBytes = 16;
    const int ObfuscationBytes = 64;

    byte[] _buffer = ArrayPool<byte>.Shared.Rent(InitialBufferBytes);
    int _start;
    int _end;
    int _frameEnd;
    CounterCipher? _inbound;

    public TransportKind Kind { get; private set; }

    /// <summary>Set when the client obfuscates: everything sent must pass through it in order.</summary>
    public CounterCipher? Outbound { get; private set; }

    /// <summary>Reads the transport's tag, which stands before the first frame.</summary>
    /// <returns>False when the client left without a word.</returns>
    /// <exception cref="InvalidDataException">The first bytes are no transport that Telegram has.</exception>
    public async ValueTask<bool> DetectAsync(CancellationToken ct)
    {
        if (!await FillAsync(1, ct))
            return false;
        if (_buffer[_start] == 0xef)
        {
            _frameEnd = _start + 1;
            Kind = TransportKind.Abridged;
            return true;
        }
        await NeedAsync(8, ct);
        if (Transport.FromTagOrNull(Peek(0)) is { } kind)
        {
            _frameEnd = _start + 4;
            Kind = kind;
            return true;
        }
        if (Peek(4) == 0)
        {
            Kind = TransportKind.Full;
            return true;
        }
        await NeedAsync(ObfuscationBytes, ct);
        StartObfuscation();
        return true;
    }

    /// <summary>The next frame's payload, borrowed until the next call; null at a clean end of the stream.</summary>
    /// <exception cref="InvalidDataException">A length out of range, or the stream ended inside a frame.</exception>
    public async ValueTask<Memory<byte>?> ReadAsync(CancellationToken ct)
    {
        _start = _frameEnd;
        if (!await FillAsync(1, ct))
            return null;
        switch (Kind)
        {
            case TransportKind.Abridged:
                // The top bit asks for a quick acknowledgement, which a server may leave out.
                var words = _buffer[_start] & 0x7f;
                if (words < 0x7f)
                    return await PayloadAsync(1, words * 4, 0, ct);
                await NeedAsync(4, ct);
                return await PayloadAsync(4, (int)(Peek(0) >> 8) * 4, 0, ct);
            case TransportKind.Full:
                await NeedAsync(8, ct);
                return await PayloadAsync(8, (int)Peek(0) - 12, 4, ct);
            default:
                await NeedAsync(4, ct);
                return await PayloadAsync(4, (int)(Peek(0) & 0x7fff_ffff), 0, ct);
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _inbound?.Dispose();
        Outbound?.Dispose();
    }

    async ValueTask<Memory<byte>?> PayloadAsync(int header, int length, int trailer, CancellationToken ct)
    {
        if (length is < 4 or > MaxFrameBytes)
            throw new InvalidDataException($"A frame of {length} bytes.");
        await NeedAsync(header + length + trailer, ct);
        _frameEnd = _start + header + length + trailer;
        if (Kind == TransportKind.Full)
            CheckSum(length);
        return _buffer.AsMemory(_start + header, length);
    }

    void CheckSum(int length)
    {
        var frame = _buffer.AsSpan(_start, length + 8);
        if (Checksum.Crc32(frame) != BinaryPrimitives.ReadUInt32LittleEndian(_buffer.AsSpan(_start + length + 8)))
            throw new InvalidDataException("CRC32 of a full frame does not fit.");
    }

    // random 8 | key 32 | iv 16 | tag 4 | dc 2 | random 2; the last 8 bytes are encrypted by the stream itself
    void StartObfuscation()
    {
        var head = _buffer.AsSpan(_start, ObfuscationBytes);
        Span<byte> reversed = stackalloc byte[48];
        head.Slice(8, 48).CopyTo(reversed);
        reversed.Reverse();
        _inbound = new CounterCipher(head.Slice(8, 32), head.Slice(40, 16));
        Outbound = new CounterCipher(reversed[..32], reversed[32..]);
        _inbound.Apply(_buffer.AsSpan(_start, _end - _start));
        Kind =
            Transport.FromTagOrNull(Peek(56))
            ?? throw new InvalidDataException("First bytes belong to no known transport.");
        _frameEnd = _start + ObfuscationBytes;
    }

    uint Peek(int at) => BinaryPrimitives.ReadUInt32LittleEndian(_buffer.AsSpan(_start + at));

    async ValueTask NeedAsync(int count, CancellationToken ct)
    {
        if (!await FillAsync(count, ct))
            throw new InvalidDataException("The stream ended inside a frame.");
    }

    /// <summary>Reads until <paramref name="count"/> bytes stand at _start; false when the stream ends first.</summary>
    async ValueTask<bool> FillAsync(int count, CancellationToken ct)
    {
        while (_end - _start < count)
        {
            MakeRoom(count);
            var read = await socket.ReceiveAsync(_buffer.AsMemory(_end), ct);
            if (read == 0)
                return _start != _end ? throw new InvalidDataException("The stream ended inside a frame.") : false;
            _inbound?.Apply(_buffer.AsSpan(_end, read));
            _end += read;
        }
        return true;
    }

    void MakeRoom(int count)
    {
        if (_start == _end)
            _start = _end = 0;
        if (_buffer.Length - _start >= count && _end < _buffer.Length)
            return;
        var target = _buffer;
        if (_buffer.Length < count)
            target = ArrayPool<byte>.Shared.Rent(Math.Min(count + InitialBufferBytes, MaxFrameBytes + MaxHeaderBytes));
        _buffer.AsSpan(_start, _end - _start).CopyTo(target);
        if (target != _buffer)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = target;
        _end -= _start;
        _start = 0;
    }
}
