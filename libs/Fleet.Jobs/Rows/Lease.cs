namespace Fleet.Jobs.Rows;

/// <summary>An account that is left alone after a grave sign, and then tried with one lease.</summary>
public sealed class AccountCircuit
{
    public required string AccountId { get; init; }

    /// <summary>Data centre in which it is tried again.</summary>
    public int Dc { get; set; }

    /// <summary>The sign: flood, peer_flood.</summary>
    public required string Reason { get; set; }

    /// <summary>How long it was opened for the last time; twice that when the trial fails.</summary>
    public int Seconds { get; set; }

    /// <summary>When it may be tried.</summary>
    public DateTimeOffset Until { get; set; }
}

/// <summary>A data centre that nobody reads from for a while, because it told several accounts to wait at once.</summary>
public sealed class DcPause
{
    public int Dc { get; init; }

    /// <summary>How often in a row it was paused: each pause is twice as long as the one before.</summary>
    public int Level { get; set; }

    public DateTimeOffset Until { get; set; }
}

/// <summary>The one row that says until when leases may be out.</summary>
public sealed class LeaseHorizonRow
{
    /// <summary>Always 1.</summary>
    public int Id { get; init; }

    public DateTimeOffset Until { get; set; }

    /// <summary>Address of the broker whose memory is the lease table while Redis is away; the last one that was.</summary>
    public string? Keeper { get; set; }

    /// <summary>Rises with every keeper.</summary>
    public long? KeeperFence { get; set; }

    /// <summary>When another broker may be the keeper.</summary>
    public DateTimeOffset? KeeperUntil { get; set; }
}
