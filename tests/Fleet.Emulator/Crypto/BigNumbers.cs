using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;

namespace Fleet.Emulator.Crypto;

/// <summary>Big-endian unsigned numbers of fixed width, and the group that Telegram's key exchange and passwords use.</summary>
static class BigNumbers
{
    public const int GroupBytes = 256;

    /// <summary>Telegram's 2048-bit safe prime; clients know it and skip their primality test.</summary>
    public static readonly BigInteger Prime = BigInteger.Parse(
        "0C71CAEB9C6B1C9048E6C522F70F13F73980D40238E3E21C14934D037563D930F48198A0AA7C14058229493D22530F4DBFA336F6E0AC9"
            + "25139543AED44CCE7C3720FD51F69458705AC68CD4FE6B6B13ABDC9746512969328454F18FAF8C595F642477FE96BB2A941D5BCD1D4A"
            + "C8CC49880708FA9B378E3C4F3A9060BEE67CF9A4A4A695811051907E162753B56B0F6B410DBA74D8A84B2A14B3144E0EF1284754FD17"
            + "ED950D5965B4B9DD46582DB1178D169C6BC465B0D6FF9CA3928FEF5B9AE4E418FC15E83EBEA0F87FA9FF5EED70050DED2849F47BF959"
            + "D956850CE929851F0D8115F635B105EE2E4E15D04B2454BF6F4FADF034B10403119CD8E3B92FCC5B",
        NumberStyles.HexNumber,
        CultureInfo.InvariantCulture
    );

    /// <summary>Generator that fits <see cref="Prime"/>: a quadratic residue, because Prime mod 3 = 2.</summary>
    public const int Generator = 3;

    public static BigInteger FromBytes(ReadOnlySpan<byte> bigEndian) =>
        new(bigEndian, isUnsigned: true, isBigEndian: true);

    /// <summary>Exactly <paramref name="width"/> bytes, with leading zeros.</summary>
    public static byte[] ToBytes(BigInteger value, int width = GroupBytes)
    {
        var bytes = new byte[width];
        var count = value.GetByteCount(isUnsigned: true);
        if (!value.TryWriteBytes(bytes.AsSpan(width - count), out _, isUnsigned: true, isBigEndian: true))
            throw new ArgumentOutOfRangeException(nameof(value), $"Needs {count} bytes, not {width}.");
        return bytes;
    }

    public static BigInteger Random(int bytes) => FromBytes(RandomNumberGenerator.GetBytes(bytes));

    /// <summary>True when 2^1984 &lt; value &lt; Prime - 2^1984, as the specification demands of both DH shares.</summary>
    public static bool IsSafeShare(BigInteger value) =>
        value > BigInteger.One << 1984 && value < Prime - (BigInteger.One << 1984);

    /// <summary>A random prime of 30 bits, for the proof-of-work product of the key exchange.</summary>
    public static uint SmallPrime()
    {
        while (true)
        {
            var candidate = (uint)RandomNumberGenerator.GetInt32(1 << 29, 1 << 30) | 1;
            if (IsPrime(candidate))
                return candidate;
        }
    }

    static bool IsPrime(uint value)
    {
        for (uint divisor = 3; divisor * divisor <= value; divisor += 2)
        {
            if (value % divisor == 0)
                return false;
        }
        return true;
    }
}
