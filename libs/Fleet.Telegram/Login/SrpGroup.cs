using System.Numerics;
using System.Security.Cryptography;

namespace Fleet.Telegram;

/// <summary>Refuses groups and values with which a lying server could learn the password.</summary>
/// <remarks>https://core.telegram.org/mtproto/auth_key#presenting-proof-of-work-server-authentication (checks on p, g, g_b)</remarks>
static class SrpGroup
{
    const int Bits = 2048;
    const int Witnesses = 32;

    /// <summary>The prime that Telegram has always used; checking it again costs most of a second.</summary>
    static readonly byte[] KnownPrime = Convert.FromHexString(
        "C71CAEB9C6B1C9048E6C522F70F13F73980D40238E3E21C14934D037563D930F48198A0AA7C14058229493D22530F4DB"
            + "FA336F6E0AC925139543AED44CCE7C3720FD51F69458705AC68CD4FE6B6B13ABDC9746512969328454F18FAF8C595F64"
            + "2477FE96BB2A941D5BCD1D4AC8CC49880708FA9B378E3C4F3A9060BEE67CF9A4A4A695811051907E162753B56B0F6B41"
            + "0DBA74D8A84B2A14B3144E0EF1284754FD17ED950D5965B4B9DD46582DB1178D169C6BC465B0D6FF9CA3928FEF5B9AE4"
            + "E418FC15E83EBEA0F87FA9FF5EED70050DED2849F47BF959D956850CE929851F0D8115F635B105EE2E4E15D04B2454BF"
            + "6F4FADF034B10403119CD8E3B92FCC5B"
    );

    /// <summary>p is a 2048-bit safe prime and g generates its subgroup of prime order (p-1)/2.</summary>
    public static void Check(byte[] prime, int g)
    {
        var p = new BigInteger(prime, isUnsigned: true, isBigEndian: true);
        if (p.GetBitLength() != Bits || !GeneratesSubgroup(p, g))
            throw Unsafe();
        if (prime.AsSpan().SequenceEqual(KnownPrime))
            return;
        if (!IsPrime(p) || !IsPrime((p - 1) / 2))
            throw Unsafe();
    }

    /// <summary>The value lies far enough from both ends: 2^(2048-64) to p - 2^(2048-64).</summary>
    public static void CheckPublic(BigInteger value, BigInteger p)
    {
        var margin = BigInteger.One << (Bits - 64);
        if (value < margin || value > p - margin)
            throw Unsafe();
    }

    public static LoginException Unsafe() =>
        new(LoginErrors.Unsafe, "The server's password challenge is not safe to answer.");

    /// <summary>The quadratic residue conditions for g = 2 to 7.</summary>
    static bool GeneratesSubgroup(BigInteger p, int g) =>
        g switch
        {
            2 => p % 8 == 7,
            3 => p % 3 == 2,
            4 => true,
            5 => (int)(p % 5) is 1 or 4,
            6 => (int)(p % 24) is 19 or 23,
            7 => (int)(p % 7) is 3 or 5 or 6,
            _ => false,
        };

    /// <summary>Miller-Rabin with random bases; a composite passes with probability below 4^-32.</summary>
    static bool IsPrime(BigInteger n)
    {
        if (n < 4 || n.IsEven)
            return n == 2 || n == 3;
        var odd = n - 1;
        var twos = 0;
        for (; odd.IsEven; odd >>= 1)
            twos++;
        var bytes = new byte[n.GetByteCount()];
        for (var i = 0; i < Witnesses; i++)
        {
            RandomNumberGenerator.Fill(bytes);
            var witness = 2 + (new BigInteger(bytes, isUnsigned: true) % (n - 3));
            if (!Passes(n, BigInteger.ModPow(witness, odd, n), twos))
                return false;
        }
        return true;
    }

    static bool Passes(BigInteger n, BigInteger x, int twos)
    {
        if (x.IsOne || x == n - 1)
            return true;
        for (var i = 1; i < twos; i++)
        {
            x = x * x % n;
            if (x == n - 1)
                return true;
        }
        return false;
    }
}
