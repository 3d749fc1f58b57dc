namespace Fleet.Broker.Leases;

/// <summary>The figures of the lease table, equal in both implementations.</summary>
static class LeaseRules
{
    const int MiB = 1 << 20;

    /// <summary>A lease ends this long after its grant or last renewal.</summary>
    public static readonly TimeSpan Ttl = TimeSpan.FromSeconds(30);

    /// <summary>How long a chat is remembered for an account that may read it.</summary>
    public static readonly TimeSpan ChatTtl = TimeSpan.FromDays(1);

    /// <summary>How long an account is not asked again for a chat it may not read.</summary>
    public static readonly TimeSpan DenialTtl = TimeSpan.FromMinutes(10);

    /// <summary>How long a full account is passed over, unless a lease of it ends.</summary>
    public static readonly TimeSpan FullPause = TimeSpan.FromSeconds(1);

    /// <summary>What a known chat is worth, as a part of the load.</summary>
    public const double StickyBonus = 0.5;

    /// <summary>Weight of a lease: Telegram's own clients read two large files (over 20 MB) or five small ones at once.</summary>
    public static int WeightOf(long bytes) => bytes is > 0 and <= 20_000_000 ? 1 : 2;

    /// <summary>What an account may carry per data centre at first: two large files, four with Premium.</summary>
    public static LeasableAccount Leasable(string account, bool premium) =>
        new(account, premium ? 8 : 4, Budget(premium).Connections);

    /// <summary>An account that is tried again after its circuit was open: one lease with one connection.</summary>
    public static LeasableAccount Probe(string account) => new(account, CapRule.Min, 1);

    /// <summary>
    /// What one of <paramref name="leases"/> on the same account and data centre may use. Together they stay within the
    /// account's budget, as there are never more leases than connections.
    /// </summary>
    public static (int Connections, int WindowBytes) ShareOf(bool premium, int leases)
    {
        var (connections, window) = Budget(premium);
        return (Math.Max(1, connections / leases), Math.Max(MiB, window / leases));
    }

    static (int Connections, int WindowBytes) Budget(bool premium) => premium ? (8, 16 * MiB) : (2, 2 * MiB);
}
