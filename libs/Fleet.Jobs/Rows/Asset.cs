namespace Fleet.Jobs.Rows;

/// <summary>
/// A file that jobs share: what one plan makes of one document or picture. Whoever asks for the same gets the same
/// object, fetched once. Only the claim whose fence it carries works on it; that claim's lease is the asset's.
/// </summary>
public sealed class Asset
{
    public Guid Id { get; init; }

    /// <summary>Telegram's id of the document or photo.</summary>
    public long DocumentId { get; init; }

    /// <summary>Which picture of it, as kind:size; empty for a document itself.</summary>
    public required string Picture { get; init; }

    /// <summary>What is made of it: see <see cref="PlanKey"/>.</summary>
    public required string Plan { get; init; }

    /// <summary>Bytes to fetch.</summary>
    public long SourceBytes { get; init; }

    /// <summary>Fence of the last claim that worked on it; part of the object key. 0 before the first.</summary>
    public long Fence { get; init; }

    /// <summary>The job whose turn it is: the one that works on it, is to go on with it, or was woken to take over.</summary>
    public Guid? Holder { get; init; }

    public long BytesDone { get; init; }
    public long? BytesPerSecond { get; init; }
    public DateTimeOffset? ProgressAt { get; init; }

    /// <summary>An upload that the next claim goes on with.</summary>
    public AssetUpload? Upload { get; init; }

    /// <summary>The stored file; null until it is ready.</summary>
    public AssetResult? Result { get; init; }

    /// <summary>Why the last work on it failed for good: those who wait for it fail alike. The next claim starts anew.</summary>
    public JobError? Error { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When a job last asked for it.</summary>
    public DateTimeOffset UsedAt { get; init; }
}

/// <summary>A job's place among those who share an asset, from its resolving until it fails, is canceled or is forgotten. An asset is kept as long as there is one.</summary>
public sealed class JobAsset
{
    public Guid JobId { get; init; }

    /// <summary>Place among the job's files, from 0.</summary>
    public int Position { get; init; }

    public Guid AssetId { get; init; }

    /// <summary>The job's own name for the file; its extension follows the container.</summary>
    public required string Name { get; init; }

    /// <summary>It goes into the job's next file, and is none of its results.</summary>
    public bool IsPart { get; init; }

    /// <summary>Where this job found it.</summary>
    public JobMedia? Media { get; init; }
}

/// <summary>An object that nobody refers to any more; the row goes when the store has removed it.</summary>
public sealed class Deletion
{
    public long Id { get; init; }
    public required string ObjectKey { get; init; }

    /// <summary>The unfinished upload to that key; null when there is none.</summary>
    public string? UploadId { get; init; }

    /// <summary>Next try.</summary>
    public DateTimeOffset DueAt { get; init; }
}
