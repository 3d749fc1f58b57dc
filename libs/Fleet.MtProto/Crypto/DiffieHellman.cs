using System.Collections.Concurrent;
using System.Numerics;

namespace Fleet.MtProto.Crypto;

/// <summary>The checks of the key exchange's Diffie-Hellman group and values.</summary>
/// <remarks>https://core.telegram.org/mtproto/auth_key#presenting-proof-of-work-server-authentication and
/// https://core.telegram.org/mtproto/security_guidelines</remarks>
static class DiffieHellman
{
    public const int Bytes = 256;
    const int Bits = 8 * Bytes;

    // Values this close to 0 or p have too little to search through.
    const int MarginBits = 64;

    // A composite survives one round with at most 1/4; the guidelines recommend 15.
    const int PrimalityRounds = 20;
    const int MaxCachedPrimes = 16;

    /// <summary>The prime that Telegram's servers use.</summary>
    public static readonly BigInteger KnownPrime = BigEndian.Read(
        Convert.FromHexString(
            "C71CAEB9C6B1C9048E6C522F70F13F73980D40238E3E21C14934D037563D930F"
                + "48198A0AA7C14058229493D22530F4DBFA336F6E0AC925139543AED44CCE7C37"
                + "20FD51F69458705AC68CD4FE6B6B13ABDC9746512969328454F18FAF8C595F64"
                + "2477FE96BB2A941D5BCD1D4AC8CC49880708FA9B378E3C4F3A9060BEE67CF9A4"
                + "A4A695811051907E162753B56B0F6B410DBA74D8A84B2A14B3144E0EF1284754"
                + "FD17ED950D5965B4B9DD46582DB1178D169C6BC465B0D6FF9CA3928FEF5B9AE4"
                + "E418FC15E83EBEA0F87FA9FF5EED70050DED2849F47BF959D956850CE929851F"
                + "0D8115F635B105EE2E4E15D04B2454BF6F4FADF034B10403119CD8E3B92FCC5B"
        )
    );

    static readonly ConcurrentDictionary<BigInteger, bool> SafePrimes = new();

    /// <summary>True when p is a safe prime of 2048 bits and g generates the subgroup of order (p - 1) / 2.</summary>
    public static bool IsGoodGroup(BigInteger p, int g, RandomFill random) =>
        p.GetBitLength() == Bits && IsGenerator(p, g) && (p == KnownPrime || IsSafePrime(p, random));

    /// <summary>True when a public value lies in [2^(2048-64), p - 2^(2048-64)].</summary>
    public static bool IsGoodValue(BigInteger value, BigInteger p)
    {
        var margin = BigInteger.One << (Bits - MarginBits);
        return value >= margin && value <= p - margin;
    }

    // g must be a quadratic residue modulo p; by reciprocity that is a condition on p modulo a small number.
    static bool IsGenerator(BigInteger p, int g) =>
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

    static bool IsSafePrime(BigInteger p, RandomFill random)
    {
        if (SafePrimes.TryGetValue(p, out var known))
            return known;
        // Pocklington: if q = (p - 1) / 2 is prime, 2^(p - 1) = 1 and 2^2 - 1 is prime to p, then p is prime too.
        var safe = IsPrime((p - 1) / 2, random) && p % 3 != 0 && BigInteger.ModPow(2, p - 1, p).IsOne;
        if (SafePrimes.Count < MaxCachedPrimes)
            SafePrimes.TryAdd(p, safe);
        return safe;
    }

    // Miller-Rabin with random bases.
    static bool IsPrime(BigInteger n, RandomFill random)
    {
        if (n.IsEven)
            return false;
        var twos = (int)BigInteger.TrailingZeroCount(n - 1);
        var odd = (n - 1) >> twos;
        var bytes = new byte[Bytes];
        for (var round = 0; round < PrimalityRounds; round++)
        {
            random(bytes);
            var witness = 2 + (BigEndian.Read(bytes) % (n - 3)); // 2 to n - 2
            var x = BigInteger.ModPow(witness, odd, n);
            if (x.IsOne)
                continue;
            for (var i = 1; i < twos && x != n - 1; i++)
                x = BigInteger.ModPow(x, 2, n);
            if (x != n - 1)
                return false;
        }
        return true;
    }
}
