using System.Runtime.CompilerServices;

namespace Fleet.MtProto.Transport;

/// <summary>Bytes within the application data records of what looks like TLS 1.3. Nothing is encrypted here.</summary>
/// <remarks>Received bytes go straight to where they are wanted: the header of the next record is read with the rest of
/// this one, behind it, and taken off.</remarks>
sealed class FakeTlsWire(Wire inner) : Wire
{
    public const int HeaderBytes = 5;
    public const byte ApplicationData = 0x17;

    /// <summary>Longest record that TLS 1.3 has.</summary>
    public const int MostRecordBytes = (1 << 14) + 256;

    // Small, as web clients send them; ours carry requests.
    const int MostSentBytes = 2048;

    static readonly byte[] ChangeCipherSpec = [0x14, 3, 3, 0, 1, 1];

    readonly byte[] _header = new byte[HeaderBytes];
    readonly byte[] _record = [.. ChangeCipherSpec, ApplicationData, 3, 3, 0, 0, .. new byte[MostSentBytes]];
    int _headerBytes;
    int _left;
    bool _changed;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReceiveAsync(Memory<byte> into)
    {
        if (_left == 0 && !await ReadHeaderAsync())
            return 0;
        var wanted = into.Length <= _left ? into.Length : Math.Min(into.Length, _left + HeaderBytes);
        var received = await inner.ReceiveAsync(into[..wanted]);
        if (received == 0)
            throw Truncated();
        var payload = Math.Min(received, _left);
        into.Span[payload..received].CopyTo(_header);
        _headerBytes = received - payload;
        _left -= payload;
        return payload;
    }

    /// <summary>The first record follows a ChangeCipherSpec, as from every client of TLS 1.3.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask SendAsync(Memory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var length = Math.Min(bytes.Length, MostSentBytes);
            var record = _record.AsMemory(ChangeCipherSpec.Length);
            BinaryPrimitives.WriteUInt16BigEndian(record.Span[3..], (ushort)length);
            bytes[..length].CopyTo(record[HeaderBytes..]);
            await inner.SendAsync(_changed ? record[..(HeaderBytes + length)] : WithChange(length));
            bytes = bytes[length..];
        }
    }

    public override void Dispose() => inner.Dispose();

    Memory<byte> WithChange(int length)
    {
        _changed = true;
        return _record.AsMemory(0, ChangeCipherSpec.Length + HeaderBytes + length);
    }

    /// <returns>False when the stream ended between two records.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    async ValueTask<bool> ReadHeaderAsync()
    {
        while (_headerBytes < HeaderBytes)
        {
            var received = await inner.ReceiveAsync(_header.AsMemory(_headerBytes));
            if (received == 0)
                return _headerBytes == 0 ? false : throw Truncated();
            _headerBytes += received;
        }
        _headerBytes = 0;
        _left = ReadLength(_header, ApplicationData);
        return true;
    }

    /// <summary>Length of the record that <paramref name="header"/> starts.</summary>
    /// <exception cref="ProtocolViolationException">Another type, or a length that no record has.</exception>
    public static int ReadLength(ReadOnlySpan<byte> header, byte type)
    {
        if (header[0] != type || header[1] != 3 || header[2] != 3)
            throw new ProtocolViolationException(
                Violation.Record,
                $"type {header[0]} of version {header[1]}.{header[2]} in place of type {type}"
            );
        int length = BinaryPrimitives.ReadUInt16BigEndian(header[3..]);
        return length is > 0 and <= MostRecordBytes
            ? length
            : throw new ProtocolViolationException(Violation.Record, $"{length} of at most {MostRecordBytes} bytes");
    }

    static ProtocolViolationException Truncated() =>
        new(Violation.TruncatedStream, "the stream ended inside a TLS record");
}
