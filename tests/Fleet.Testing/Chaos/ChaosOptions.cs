namespace Fleet.Testing.Chaos;

/// <summary>How much chaos, and for how long.</summary>
/// <param name="Seed">The same seed: the same jobs and the same faults in the same order.</param>
/// <param name="Jobs">Made at an even pace while faults happen.</param>
/// <param name="Lasts">How long faults happen.</param>
/// <param name="Calm">How long the last jobs may take after that.</param>
/// <param name="Lease">Of a worker on a job. Fleet's default is 60 s.</param>
/// <param name="Freeze">How long a frozen worker stands still; longer than the lease.</param>
public sealed record ChaosOptions(int Seed, int Jobs, TimeSpan Lasts, TimeSpan Calm, TimeSpan Lease, TimeSpan Freeze)
{
    /// <summary>What the project promises: 2,000 jobs.</summary>
    public static ChaosOptions Full(int seed) =>
        new(
            seed,
            Jobs: 2000,
            Lasts: TimeSpan.FromMinutes(8),
            Calm: TimeSpan.FromMinutes(15),
            Lease: TimeSpan.FromSeconds(60),
            Freeze: TimeSpan.FromSeconds(90)
        );

    /// <summary>The same in two minutes.</summary>
    public static ChaosOptions Short(int seed) =>
        new(
            seed,
            Jobs: 120,
            Lasts: TimeSpan.FromSeconds(110),
            Calm: TimeSpan.FromMinutes(4),
            Lease: TimeSpan.FromSeconds(12),
            Freeze: TimeSpan.FromSeconds(20)
        );
}
