using System.Buffers.Binary;

namespace Fleet.Fuzz;

/// <summary>Makes new inputs out of known ones; the same ones for the same seed.</summary>
sealed class Mutator(int seed, int maxBytes, IReadOnlyList<byte[]> words)
{
    const int MostChanges = 6;

    static readonly int[] Numbers =
    [
        0,
        1,
        -1,
        2,
        3,
        4,
        7,
        8,
        15,
        16,
        0x7f,
        0x80,
        0xfd,
        0xfe,
        0xff,
        0xfffe,
        0xffff,
        0xff_ffff,
        0x100_0000,
        0x1cb5_c415,
        int.MaxValue,
        int.MinValue,
    ];

    readonly Random _random = new(seed);

    public T Pick<T>(IReadOnlyList<T> items) => items[_random.Next(items.Count)];

    /// <summary>One to six changes to <paramref name="input"/>; sometimes the tail of <paramref name="other"/>.</summary>
    public byte[] Mutate(byte[] input, byte[] other)
    {
        var bytes = new List<byte>(input);
        for (var changes = 1 + _random.Next(MostChanges); changes > 0; changes--)
        {
            Change(bytes, other);
        }
        if (bytes.Count > maxBytes)
        {
            bytes.RemoveRange(maxBytes, bytes.Count - maxBytes);
        }
        return [.. bytes];
    }

    void Change(List<byte> bytes, byte[] other)
    {
        var at = bytes.Count == 0 ? 0 : _random.Next(bytes.Count);
        switch (_random.Next(11))
        {
            case 0 when bytes.Count > 0:
                bytes[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 1 when bytes.Count > 0:
                bytes[at] = (byte)_random.Next(256);
                break;
            case 2 when bytes.Count > 0:
                bytes[at] = (byte)(bytes[at] + _random.Next(-4, 5));
                break;
            case 3:
                bytes.RemoveRange(at, Math.Min(bytes.Count - at, 1 + _random.Next(16)));
                break;
            case 4:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 5:
                bytes.InsertRange(at, RandomBytes(1 + _random.Next(16)));
                break;
            case 6:
                bytes.InsertRange(at, bytes.GetRange(at, Math.Min(bytes.Count - at, 1 + _random.Next(64))));
                break;
            case 7:
                Overwrite(bytes, at & ~3, Number());
                break;
            case 8 when words.Count > 0:
                Overwrite(bytes, at & ~3, Pick(words));
                break;
            case 9 when words.Count > 0:
                bytes.InsertRange(at, Pick(words));
                break;
            default:
                bytes.RemoveRange(at, bytes.Count - at);
                bytes.AddRange(other.AsSpan(Math.Min(at, other.Length)));
                break;
        }
    }

    byte[] Number()
    {
        var number = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(number, Pick(Numbers));
        return number;
    }

    byte[] RandomBytes(int count)
    {
        var bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }

    static void Overwrite(List<byte> bytes, int at, byte[] with)
    {
        bytes.RemoveRange(at, Math.Min(bytes.Count - at, with.Length));
        bytes.InsertRange(at, with);
    }
}
