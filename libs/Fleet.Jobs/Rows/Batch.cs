namespace Fleet.Jobs.Rows;

/// <summary>Jobs that were asked for together. How it stands is counted from them.</summary>
public sealed class Batch
{
    public Guid Id { get; init; }
    public Guid TenantId { get; init; }

    /// <summary>The client's own name for the batch; at most 255 characters.</summary>
    public string? ClientRef { get; init; }

    /// <summary>Links that no job was made of.</summary>
    public required IReadOnlyList<RefusedLink> Refused { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}
