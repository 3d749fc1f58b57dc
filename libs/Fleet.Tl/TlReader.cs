using System.Buffers.Binary;
using System.Text;

namespace Fleet.Tl;

/// <summary>Reads one value at the reader's position.</summary>
public delegate T TlRead<out T>(ref TlReader r);

/// <summary>
/// Reads TL from borrowed bytes, little-endian, without copying them until a byte[] or string is asked for. Every
/// fault is a <see cref="TlException"/>; after one the position is undefined. What it allocates is bounded by a
/// small multiple of the bytes it has read, never by a count that the input merely claims.
/// </summary>
public ref struct TlReader(ReadOnlySpan<byte> data)
{
    /// <summary>Boxed objects inside one another. Real answers stay below 30 (rich text in an instant view).</summary>
    public const int MaxDepth = 64;

    const int FirstCapacity = 16;

    readonly ReadOnlySpan<byte> _data = data;
    int _position;
    int _depth;

    /// <summary>Bytes read so far.</summary>
    public readonly int Position => _position;

    /// <summary>Bytes not read yet.</summary>
    public readonly int Remaining => _data.Length - _position;

    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(ReadRaw(4));

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(ReadRaw(4));

    public long ReadInt64() => BinaryPrimitives.ReadInt64LittleEndian(ReadRaw(8));

    public double ReadDouble() => BinaryPrimitives.ReadDoubleLittleEndian(ReadRaw(8));

    /// <summary>16 bytes in wire order.</summary>
    public byte[] ReadInt128() => ReadRaw(16).ToArray();

    /// <summary>32 bytes in wire order.</summary>
    public byte[] ReadInt256() => ReadRaw(32).ToArray();

    /// <summary>The next four bytes without taking them.</summary>
    public readonly uint PeekUInt32() =>
        Remaining >= 4
            ? BinaryPrimitives.ReadUInt32LittleEndian(_data[_position..])
            : throw new TlException(TlFault.Truncated, $"4 bytes needed at {_position}, {Remaining} left");

    /// <summary>Exactly <paramref name="length"/> bytes as they stand; borrowed from the input.</summary>
    public ReadOnlySpan<byte> ReadRaw(int length)
    {
        if ((uint)length > (uint)Remaining)
        {
            throw new TlException(TlFault.Truncated, $"{length} bytes needed at {_position}, {Remaining} left");
        }
        var raw = _data.Slice(_position, length);
        _position += length;
        return raw;
    }

    public bool ReadBool()
    {
        var id = ReadUInt32();
        return id switch
        {
            TlSchema.BoolTrueId => true,
            TlSchema.BoolFalseId => false,
            _ => throw Unknown(id),
        };
    }

    public byte[] ReadBytes() => ReadBytesSpan().ToArray();

    /// <summary>UTF-8 text; ill-formed sequences become U+FFFD.</summary>
    public string ReadString() => Encoding.UTF8.GetString(ReadBytesSpan());

    /// <summary>
    /// A byte string, borrowed from the input. One length byte below 254, or 254 and three length bytes; then whatever
    /// fills it up to a multiple of four. Writers use the long form from 254 bytes on and fill with zeros, but servers
    /// and other clients are not held to either, so neither is checked.
    /// https://core.telegram.org/type/string
    /// </summary>
    public ReadOnlySpan<byte> ReadBytesSpan()
    {
        var start = _position;
        int length = ReadRaw(1)[0];
        if (length == 254)
        {
            var three = ReadRaw(3);
            length = three[0] | three[1] << 8 | three[2] << 16;
        }
        else if (length == 255)
        {
            throw new TlException(TlFault.BadLength, $"length byte 255 at {start}");
        }
        var content = ReadRaw(length);
        ReadRaw(-(_position - start) & 3);
        return content;
    }

    /// <summary>Any object of either schema, method or constructor, by its id.</summary>
    public TlObject ReadObject()
    {
        var id = Begin();
        var value = TlObjects.Read(id, ref this);
        End();
        return value;
    }

    /// <summary>A boxed vector of boxed objects or of whatever <paramref name="read"/> reads.</summary>
    public T[] ReadVector<T>(TlRead<T> read)
    {
        var id = ReadUInt32();
        return id == TlSchema.VectorId ? ReadBareVector(read) : throw Unknown(id);
    }

    /// <summary>A count and that many elements of at least four bytes each.</summary>
    public T[] ReadBareVector<T>(TlRead<T> read)
    {
        var count = ReadCount(4);
        if (count == 0)
        {
            return [];
        }
        // Grows with what was really read: nested vectors may each claim all of the remaining input.
        var items = new T[Math.Min(count, FirstCapacity)];
        for (var i = 0; i < count; i++)
        {
            if (i == items.Length)
            {
                Array.Resize(ref items, (int)Math.Min(count, items.Length * 2L));
            }
            items[i] = read(ref this);
        }
        return items;
    }

    public int[] ReadInt32Vector()
    {
        var items = new int[BeginVector(4)];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = ReadInt32();
        }
        return items;
    }

    public long[] ReadInt64Vector()
    {
        var items = new long[BeginVector(8)];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = ReadInt64();
        }
        return items;
    }

    public string[] ReadStringVector() => ReadVector(static (ref TlReader r) => r.ReadString());

    public byte[][] ReadBytesVector() => ReadVector(static (ref TlReader r) => r.ReadBytes());

    /// <summary>Refuses input that goes on behind the value.</summary>
    public readonly void ExpectEnd()
    {
        if (Remaining != 0)
        {
            throw new TlException(TlFault.TrailingBytes, $"{Remaining} bytes at {_position}");
        }
    }

    /// <summary>Enters a boxed object: its constructor id. Pairs with <see cref="End"/>.</summary>
    internal uint Begin()
    {
        if (++_depth > MaxDepth)
        {
            throw new TlException(TlFault.TooDeep, $"more than {MaxDepth} objects in one another at {_position}");
        }
        return ReadUInt32();
    }

    internal void End() => _depth--;

    internal readonly TlException Unknown(uint id) => new(TlFault.UnknownConstructor, $"0x{id:x8} at {_position - 4}");

    int BeginVector(int elementSize)
    {
        var id = ReadUInt32();
        return id == TlSchema.VectorId ? ReadCount(elementSize) : throw Unknown(id);
    }

    int ReadCount(int elementSize)
    {
        var count = ReadInt32();
        return count >= 0 && count <= Remaining / elementSize
            ? count
            : throw new TlException(
                TlFault.TooLarge,
                $"a vector of {count} at {_position - 4}, {Remaining} bytes left"
            );
    }
}
