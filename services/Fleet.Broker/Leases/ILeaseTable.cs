namespace Fleet.Broker.Leases;

/// <summary>An account that may be leased in a data centre.</summary>
/// <param name="Id">Its id.</param>
/// <param name="BaseCap">Weight it may carry at first.</param>
/// <param name="Connections">Most leases at once: each needs a connection, and there are no more.</param>
sealed record LeasableAccount(string Id, double BaseCap, int Connections);

/// <summary>A time until which an account, or with <see cref="Everyone"/> all of them, must not read from a data centre.</summary>
sealed record ParkedUntil(string Account, int Dc, DateTimeOffset Until)
{
    /// <summary>In place of an account; no account has this id.</summary>
    public const string Everyone = "*";
}

/// <summary>What a lease is asked for.</summary>
/// <param name="Id">Name of the lease to be, without account.</param>
/// <param name="Fence">Number of the grant, higher than any before.</param>
/// <param name="Chat">Key of the chat; accounts that know it are preferred.</param>
/// <param name="Exclude">Accounts not to pick.</param>
sealed record LeaseAsk(LeaseId Id, long Fence, string Chat, IReadOnlyCollection<string> Exclude);

/// <summary>What came of asking.</summary>
abstract record LeasePick
{
    /// <summary>Granted on <paramref name="Account"/>, where <paramref name="Others"/> other leases run.</summary>
    public sealed record Granted(string Account, int Others) : LeasePick;

    /// <summary>The table knows no account for this data centre: seed it.</summary>
    public sealed record Unseeded : LeasePick;

    /// <summary>Every account is excluded.</summary>
    public sealed record NoAccount : LeasePick;

    /// <summary>No account that is left may read the chat.</summary>
    public sealed record Denied : LeasePick;

    /// <summary>Every account left must wait; the first until <paramref name="RetryAt"/>.</summary>
    public sealed record Flooded(DateTimeOffset RetryAt) : LeasePick;

    /// <summary>Every account left is busy.</summary>
    public sealed record Busy : LeasePick;

    /// <summary>The table was lost, and leases that it does not know may be out until <paramref name="Until"/>.</summary>
    public sealed record Quiet(DateTimeOffset Until) : LeasePick;
}

/// <summary>How the calls of a lease went since the last report.</summary>
/// <param name="Ok">Parts received.</param>
/// <param name="ParkUntil">End of the flood wait, when there was one.</param>
/// <param name="Slowed">There was a premium wait.</param>
sealed record LeaseFeedback(int Ok, DateTimeOffset? ParkUntil, bool Slowed);

/// <summary>
/// Who reads with which account from which data centre. Two implementations: Redis, shared by all replicas; and the
/// memory of one replica, while Redis is away. Both hold to the same rules (one conformance suite).
/// </summary>
interface ILeaseTable
{
    /// <summary>Picks the least loaded usable account and books the lease on it.</summary>
    Task<LeasePick> AcquireAsync(LeaseAsk ask, DateTimeOffset now, CancellationToken ct);

    /// <summary>Extends a lease. One that was granted before the table began comes back while there is room.</summary>
    /// <returns>Leases that share the account in this data centre, this one included; 0: it expired, was released, or has another fence.</returns>
    /// <exception cref="LeaseTableEmptyException">Seed the table and ask again.</exception>
    Task<int> RenewAsync(LeaseId id, long fence, LeaseFeedback feedback, DateTimeOffset now, CancellationToken ct);

    /// <summary>Ends a lease; true when there was one.</summary>
    Task<bool> ReleaseAsync(LeaseId id, long fence, DateTimeOffset now, CancellationToken ct);

    /// <summary>Keeps an account from a data centre until a time; an earlier end than the known one changes nothing.</summary>
    Task ParkAsync(ParkedUntil parked, DateTimeOffset now, CancellationToken ct);

    /// <summary>Notes whether an account may read a chat. A refusal is forgotten after <see cref="LeaseRules.DenialTtl"/>.</summary>
    Task LearnChatAsync(string account, string chat, bool mayRead, DateTimeOffset now, CancellationToken ct);

    /// <summary>Makes the accounts of a data centre these: adds, removes, keeps what it knows of those that stay.</summary>
    Task SeedAsync(LeaseSeed seed, DateTimeOffset began, CancellationToken ct);
}

/// <summary>What a table is filled from.</summary>
/// <param name="Dc">The data centre.</param>
/// <param name="Accounts">All that may be leased there.</param>
/// <param name="Parked">Known waits.</param>
sealed record LeaseSeed(int Dc, IReadOnlyList<LeasableAccount> Accounts, IReadOnlyList<ParkedUntil> Parked)
{
    /// <summary>A table that begins with this grants nothing before: leases that it does not know may be out.</summary>
    public DateTimeOffset QuietUntil { get; init; }

    /// <summary>The table begins anew even if there is one: others granted leases meanwhile.</summary>
    public bool Restart { get; init; }
}

/// <summary>The table was lost: seed it and repeat the call.</summary>
sealed class LeaseTableEmptyException() : Exception("the lease table is empty");
