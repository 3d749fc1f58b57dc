using System.Numerics;

namespace Fleet.MtProto.Crypto;

/// <summary>Splits pq, the server's proof of work: a product of two primes below 2^32.</summary>
static class PrimeFactors
{
    // A factor below 2^32 takes about 2^16 steps on average; 2^22 is beyond any luck.
    const int MaxSteps = 1 << 22;
    const int StepsPerGcd = 128;

    /// <summary>The two prime factors of <paramref name="pq"/>, the smaller one first; false if it has no such form.</summary>
    public static bool TrySplit(ulong pq, out uint p, out uint q)
    {
        (p, q) = (0, 0);
        if (pq < 4)
            return false;
        var factor = pq % 2 == 0 ? 2 : FindFactorOrZero(pq);
        if (factor is 0)
            return false;
        var other = pq / factor;
        var (small, large) = factor < other ? (factor, other) : (other, factor);
        if (large > uint.MaxValue || !IsPrime(small) || !IsPrime(large))
            return false;
        (p, q) = ((uint)small, (uint)large);
        return true;
    }

    /// <summary>A divisor between 1 and <paramref name="n"/>, or 0 for a prime or after too many steps.</summary>
    static ulong FindFactorOrZero(ulong n)
    {
        var root = (ulong)Math.Sqrt(n);
        if (root * root == n)
            return root;
        if (IsPrime(n))
            return 0;
        for (ulong increment = 1; increment <= 8; increment++)
        {
            var factor = Rho(n, increment);
            if (factor != 0)
                return factor;
        }
        return 0;
    }

    // Brent's variant of Pollard's rho: differences are multiplied up, so that a GCD is taken once per batch only.
    static ulong Rho(ulong n, ulong increment)
    {
        ulong tortoise;
        ulong hare = 2;
        ulong product = 1;
        var steps = 0;
        for (var power = 1; steps < MaxSteps; power *= 2)
        {
            tortoise = hare;
            for (var i = 0; i < power; i++)
                hare = Next(hare);
            for (var done = 0; done < power; done += StepsPerGcd)
            {
                var batchStart = hare;
                for (var i = 0; i < Math.Min(StepsPerGcd, power - done); i++, steps++)
                {
                    hare = Next(hare);
                    product = Multiply(product, Distance(tortoise, hare), n);
                }
                var factor = Gcd(product, n);
                if (factor == n)
                    factor = StepByStep(tortoise, batchStart);
                if (factor != 1)
                    return factor == n ? 0 : factor;
            }
        }
        return 0;

        ulong Next(ulong x) => (ulong)(((UInt128)x * x + increment) % n);

        // A batch hit both factors at once; walk it again to see which came first.
        ulong StepByStep(ulong from, ulong x)
        {
            ulong factor;
            do
            {
                x = Next(x);
                factor = Gcd(Distance(from, x), n);
            } while (factor == 1);
            return factor;
        }
    }

    /// <summary>Miller-Rabin with bases that leave no doubt below 2^64.</summary>
    public static bool IsPrime(ulong n)
    {
        ReadOnlySpan<ulong> bases = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];
        if (n < 2)
            return false;
        foreach (var small in bases)
        {
            if (n % small == 0)
                return n == small;
        }
        var twos = BitOperations.TrailingZeroCount(n - 1);
        foreach (var witness in bases)
        {
            var x = Power(witness, (n - 1) >> twos, n);
            for (var i = 1; x != 1 && x != n - 1; i++)
            {
                if (i >= twos)
                    return false;
                x = Multiply(x, x, n);
                if (x == 1)
                    return false;
            }
        }
        return true;
    }

    static ulong Power(ulong value, ulong exponent, ulong n)
    {
        ulong result = 1;
        for (; exponent != 0; exponent >>= 1, value = Multiply(value, value, n))
        {
            if ((exponent & 1) != 0)
                result = Multiply(result, value, n);
        }
        return result;
    }

    static ulong Multiply(ulong a, ulong b, ulong n) => (ulong)((UInt128)a * b % n);

    static ulong Distance(ulong a, ulong b) => a > b ? a - b : b - a;

    static ulong Gcd(ulong a, ulong b)
    {
        while (b != 0)
            (a, b) = (b, a % b);
        return a;
    }
}
