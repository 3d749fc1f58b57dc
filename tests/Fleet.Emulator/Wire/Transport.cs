using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Fleet.Emulator.Wire;

/// <summary>How frames are delimited on the wire.</summary>
enum TransportKind
{
    /// <summary>One or four length bytes, in words.</summary>
    Abridged,

    /// <summary>Four length bytes.</summary>
    Intermediate,

    /// <summary>Four length bytes; the length includes 0-15 bytes of padding.</summary>
    Padded,

    /// <summary>Length, sequence number, payload, CRC32.</summary>
    Full,
}

/// <summary>Writes a frame's header in front of a payload that already lies in its buffer.</summary>
/// <remarks>Not thread-safe: a connection has one sender. https://core.telegram.org/mtproto/mtproto-transports</remarks>
sealed class Transport(TransportKind kind)
{
    /// <summary>Bytes that a payload must leave free before it.</summary>
    public const int HeadRoom = 8;

    /// <summary>Bytes that a payload must leave free behind it.</summary>
    public const int TailRoom = 16;

    int _sequence;

    public static TransportKind? FromTagOrNull(uint tag) =>
        tag switch
        {
            0xefef_efef => TransportKind.Abridged,
            0xeeee_eeee => TransportKind.Intermediate,
            0xdddd_dddd => TransportKind.Padded,
            _ => null,
        };

    /// <summary>Wraps <c>buffer[start .. start+length]</c> and returns the whole frame, a slice of the same buffer.</summary>
    public Memory<byte> Frame(byte[] buffer, int start, int length)
    {
        switch (kind)
        {
            case TransportKind.Abridged when length / 4 < 0x7f:
                buffer[start - 1] = (byte)(length / 4);
                return buffer.AsMemory(start - 1, length + 1);
            case TransportKind.Abridged:
                BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(start - 4), ((length / 4) << 8) | 0x7f);
                return buffer.AsMemory(start - 4, length + 4);
            case TransportKind.Full:
                return FullFrame(buffer, start, length);
            case TransportKind.Padded:
                var padding = RandomNumberGenerator.GetInt32(16);
                RandomNumberGenerator.Fill(buffer.AsSpan(start + length, padding));
                length += padding;
                break;
        }
        BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(start - 4), length);
        return buffer.AsMemory(start - 4, length + 4);
    }

    Memory<byte> FullFrame(byte[] buffer, int start, int length)
    {
        BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(start - 8), length + 12);
        BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(start - 4), _sequence++);
        var sum = Checksum.Crc32(buffer.AsSpan(start - 8, length + 8));
        BinaryPrimitives.WriteUInt32LittleEndian(buffer.AsSpan(start + length), sum);
        return buffer.AsMemory(start - 8, length + 12);
    }
}

/// <summary>The CRC-32 of IEEE 802.3, reflected, as zlib has it.</summary>
static class Checksum
{
    static readonly uint[] Table = MakeTable();

    public static uint Crc32(ReadOnlySpan<byte> data)
    {
        var sum = uint.MaxValue;
        foreach (var value in data)
            sum = Table[(byte)(sum ^ value)] ^ (sum >> 8);
        return ~sum;
    }

    static uint[] MakeTable()
    {
        var table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++)
                value = (value & 1) != 0 ? (value >> 1) ^ 0xedb8_8320 : value >> 1;
            table[i] = value;
        }
        return table;
    }
}
