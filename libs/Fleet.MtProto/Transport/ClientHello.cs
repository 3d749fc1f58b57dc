using System.Numerics;
using System.Text;

namespace Fleet.MtProto.Transport;

/// <summary>A TLS 1.3 ClientHello as browsers send them, 517 bytes long.</summary>
/// <remarks>RFC 8446 section 4.1.2; RFC 8701 for the values that mean nothing (GREASE); RFC 7685 for the padding.</remarks>
static class ClientHello
{
    const int Bytes = 517;
    const int RandomBytes = 32;
    const int MostGrease = 16;

    static readonly BigInteger Curve25519Prime = (BigInteger.One << 255) - 19;

    public static byte[] Make(string domain, RandomFill random)
    {
        var grease = RandomGrease(random);
        var hello = new byte[Bytes];
        var at = Put(hello, 0, [0x16, 3, 1, .. Word(Bytes - 5), 1, 0, .. Word(Bytes - 9), 3, 3]);
        at += RandomBytes; // the proof's place
        at = Put(hello, at, [RandomBytes, .. RandomOf(random)]);
        at = Put(hello, at, Sized(Words([grease, .. CipherSuites])));
        at = Put(hello, at, [1, 0]); // no compression
        at = Put(hello, at, Word(Bytes - at - 2));
        at = Put(hello, at, Extensions(domain, grease, random));
        const int Padding = 0x15;
        Put(hello, at, [0, Padding, .. Word(Bytes - at - 4)]); // the rest is zeros
        return hello;
    }

    static readonly int[] CipherSuites =
    [
        0x1301,
        0x1302,
        0x1303,
        0xc02b,
        0xc02f,
        0xc02c,
        0xc030,
        0xcca9,
        0xcca8,
        0xc013,
        0xc014,
        0x009c,
        0x009d,
        0x002f,
        0x0035,
    ];

    static byte[] Extensions(string domain, int grease, RandomFill random) =>
        [
            .. Extension(grease, []),
            .. Extension(0x0000, Sized([0, .. Sized(Encoding.ASCII.GetBytes(domain))])), // server name
            .. Extension(0x0017, []),
            .. Extension(0xff01, [0]),
            .. Extension(0x000a, Sized(Words([grease, 0x001d, 0x0017, 0x0018]))), // groups
            .. Extension(0x000b, [1, 0]),
            .. Extension(0x0023, []),
            .. Extension(0x0010, Sized([2, .. "h2"u8, 8, .. "http/1.1"u8])),
            .. Extension(0x0005, [1, 0, 0, 0, 0]),
            .. Extension(0x000d, Sized(Words([0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601]))),
            .. Extension(0x0012, []),
            .. Extension(0x0033, Sized([.. Word(grease), 0, 1, 0, .. Word(0x001d), .. Sized(PublicKey(random))])),
            .. Extension(0x002d, [1, 1]),
            .. Extension(0x002b, [6, .. Words([grease, 0x0304, 0x0303])]), // versions
            .. Extension(0x001b, [2, 0, 2]),
        ];

    static byte[] Extension(int kind, byte[] body) => [.. Word(kind), .. Sized(body)];

    static byte[] Sized(byte[] bytes) => [.. Word(bytes.Length), .. bytes];

    static byte[] Words(int[] values) => [.. values.SelectMany(Word)];

    static byte[] Word(int value) => [(byte)(value >> 8), (byte)value];

    static int Put(byte[] hello, int at, byte[] bytes)
    {
        bytes.CopyTo(hello, at);
        return at + bytes.Length;
    }

    // 0x0a0a, 0x1a1a, … 0xfafa
    static int RandomGrease(RandomFill random)
    {
        Span<byte> choice = stackalloc byte[1];
        random(choice);
        return 0x0a0a + (choice[0] % MostGrease * 0x1010);
    }

    static byte[] RandomOf(RandomFill random)
    {
        var bytes = new byte[RandomBytes];
        random(bytes);
        return bytes;
    }

    /// <summary>A point of the curve, as every honest client sends: half of all numbers are none, and who sends those is
    /// known by it.</summary>
    static byte[] PublicKey(RandomFill random)
    {
        while (true)
        {
            var bytes = RandomOf(random);
            bytes[^1] &= 0x7f;
            var x = new BigInteger(bytes, isUnsigned: true);
            var square = ((((x + 486_662) * x) + 1) * x) % Curve25519Prime;
            if (x < Curve25519Prime && BigInteger.ModPow(square, (Curve25519Prime - 1) / 2, Curve25519Prime).IsOne)
                return bytes;
        }
    }
}
