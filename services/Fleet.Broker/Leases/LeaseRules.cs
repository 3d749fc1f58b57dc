namespace Fleet.Broker.Leases;

/// <summary>The figures of the lease table, equal in both implementations.</summary>
static class LeaseRules
{
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

    /// <summary>Lowest cap. An idle account takes one lease whatever its cap: the probe after a flood.</summary>
    public const double MinCap = 0.5;

    /// <summary>Highest cap, as a multiple of the base cap.</summary>
    public const double MaxCapFactor = 2;

    /// <summary>What a flood wait leaves of the cap.</summary>
    public const double FloodFactor = 0.5;

    /// <summary>What a premium wait leaves of the cap.</summary>
    public const double SlowFactor = 0.8;

    /// <summary>Weight of a lease: Telegram's own clients read two large files (over 20 MB) or five small ones at once.</summary>
    public static int WeightOf(long bytes) => bytes is > 0 and <= 20_000_000 ? 1 : 2;

    /// <summary>Base cap of an account per data centre: two large files, four with Premium.</summary>
    public static double BaseCap(bool premium) => premium ? 8 : 4;
}
