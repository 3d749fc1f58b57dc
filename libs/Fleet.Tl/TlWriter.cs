using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Fleet.Tl;

/// <summary>
/// Appends TL, little-endian, to one pooled buffer that grows up to <see cref="MaxLength"/>. Reuse it by
/// <see cref="Reset"/>; spans of it are valid until the next write. Not for several threads at once.
/// </summary>
public sealed class TlWriter(int capacity = 1024) : IDisposable
{
    /// <summary>32 MiB: the longest byte string (16 MiB) and then as much around it.</summary>
    public const int MaxLength = 1 << 25;

    byte[] _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(capacity, 16));
    int _length;

    /// <summary>Bytes written since the start or the last <see cref="Reset"/>.</summary>
    public int Length => _length;

    /// <summary>All bytes written; may be patched in place (a length known only later).</summary>
    public Span<byte> WrittenSpan => _buffer.AsSpan(0, _length);

    /// <summary>As <see cref="WrittenSpan"/>, for asynchronous sends.</summary>
    public Memory<byte> WrittenMemory => _buffer.AsMemory(0, _length);

    /// <summary>Forgets what was written and keeps the buffer.</summary>
    public void Reset() => _length = 0;

    /// <summary>Forgets what was written behind the first <paramref name="length"/> bytes.</summary>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)_length, nameof(length));
        _length = length;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _length = 0;
    }

    public void WriteInt32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Append(4), value);

    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Append(4), value);

    public void WriteInt64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Append(8), value);

    public void WriteDouble(double value) => BinaryPrimitives.WriteDoubleLittleEndian(Append(8), value);

    /// <summary>The boxed Bool.</summary>
    public void WriteBool(bool value) => WriteUInt32(value ? TlSchema.BoolTrueId : TlSchema.BoolFalseId);

    /// <summary>16 bytes in wire order.</summary>
    public void WriteInt128(ReadOnlySpan<byte> value) => WriteFixed(value, 16);

    /// <summary>32 bytes in wire order.</summary>
    public void WriteInt256(ReadOnlySpan<byte> value) => WriteFixed(value, 32);

    /// <summary>The bytes as they stand, without length or padding.</summary>
    public void WriteRaw(ReadOnlySpan<byte> value) => value.CopyTo(Append(value.Length));

    /// <summary>A byte string of at most 2^24 - 1 bytes.</summary>
    public void WriteBytes(ReadOnlySpan<byte> value) => value.CopyTo(ReserveBytes(value.Length));

    /// <summary>UTF-8 text.</summary>
    public void WriteString(string value) =>
        Encoding.UTF8.GetBytes(value, ReserveBytes(Encoding.UTF8.GetByteCount(value)));

    /// <summary>Writes the length and padding of a byte string; the caller fills all of the span before the next write.</summary>
    public Span<byte> ReserveBytes(int length)
    {
        if (length is < 0 or > TlSchema.MaxBytes)
        {
            throw new TlException(TlFault.TooLarge, $"a byte string of {length}");
        }
        var header = length < 254 ? 1 : 4;
        var padding = -(header + length) & 3;
        var all = Append(header + length + padding);
        if (header == 1)
        {
            all[0] = (byte)length;
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(all, (uint)length << 8 | 254);
        }
        all[^padding..].Clear();
        return all.Slice(header, length);
    }

    public void WriteObject(TlObject value) => value.Write(this);

    public void WriteVector(ReadOnlySpan<int> items)
    {
        BeginVector(items.Length);
        foreach (var item in items)
        {
            WriteInt32(item);
        }
    }

    public void WriteVector(ReadOnlySpan<long> items)
    {
        BeginVector(items.Length);
        foreach (var item in items)
        {
            WriteInt64(item);
        }
    }

    public void WriteVector(ReadOnlySpan<string> items)
    {
        BeginVector(items.Length);
        foreach (var item in items)
        {
            WriteString(item);
        }
    }

    public void WriteVector(ReadOnlySpan<byte[]> items)
    {
        BeginVector(items.Length);
        foreach (var item in items)
        {
            WriteBytes(item);
        }
    }

    public void WriteVector<T>(ReadOnlySpan<T> items)
        where T : TlObject
    {
        BeginVector(items.Length);
        foreach (var item in items)
        {
            item.Write(this);
        }
    }

    /// <summary>The head of a boxed vector; <paramref name="count"/> elements must follow.</summary>
    public void BeginVector(int count)
    {
        WriteUInt32(TlSchema.VectorId);
        WriteInt32(count);
    }

    void WriteFixed(ReadOnlySpan<byte> value, int length)
    {
        if (value.Length != length)
        {
            throw new TlException(TlFault.BadLength, $"{value.Length} bytes where {length} belong");
        }
        WriteRaw(value);
    }

    Span<byte> Append(int count)
    {
        ObjectDisposedException.ThrowIf(_buffer.Length == 0, this);
        if (count > _buffer.Length - _length)
        {
            Grow(count);
        }
        var span = _buffer.AsSpan(_length, count);
        _length += count;
        return span;
    }

    void Grow(int count)
    {
        if (count > MaxLength - _length)
        {
            throw new TlException(TlFault.TooLarge, $"more than {MaxLength} bytes in one message");
        }
        var larger = ArrayPool<byte>.Shared.Rent(Math.Min(MaxLength, Math.Max(_length + count, _buffer.Length * 2)));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
