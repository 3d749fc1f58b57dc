using System.ComponentModel.DataAnnotations;
using Fleet.Telegram;

namespace Fleet.Worker;

/// <summary>How much a worker does at once, and with what. Section <c>Worker</c>.</summary>
public sealed record WorkerOptions : IValidatableObject
{
    /// <summary>Bytes that one slot may hold before any of them can be given back: the part being collected.</summary>
    const long SlotBytes = 16L << 20;

    /// <summary>Jobs of the interactive queue at once. Default 4.</summary>
    [Range(1, 64)]
    public int Slots { get; init; } = 4;

    /// <summary>Jobs of the bulk queue at once. Default 2.</summary>
    [Range(1, 64)]
    public int BulkSlots { get; init; } = 2;

    /// <summary>Bytes of files in memory, over all jobs; at least 16 MiB per slot. A slow store then slows the download. Default 256 MiB.</summary>
    [Range(1L << 24, 1L << 40)]
    public long MemoryBytes { get; init; } = 256L << 20;

    /// <summary>Parts of one file that are uploaded at once. Default 4.</summary>
    [Range(1, 16)]
    public int UploadParts { get; init; } = 4;

    /// <summary>Directory for files that FFmpeg needs whole: twice the size of such a file per slot. Workers may share it. Default fleet-worker under the system's temporary directory.</summary>
    [Required]
    public string WorkDirectory { get; init; } = Path.Combine(Path.GetTempPath(), "fleet-worker");

    /// <summary>How often progress is written and the job's lease renewed; at most a quarter of the lease is used. Default 0.5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>How long one delivery of a message is held; then the job is given back and goes on where it was. Below RabbitMQ's 30 minutes. Default 15 min.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "00:25:00")]
    public TimeSpan Slice { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long running jobs may go on after SIGTERM before they are given back. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:30:00")]
    public TimeSpan DrainGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest wait for an account that a slot is kept for; longer ones give the job back. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Accounts that one file is read through at once, while they are free; 1: never more than one. Default 4.</summary>
    [Range(1, 16)]
    public int AccountsPerFile { get; init; } = 4;

    /// <summary>Bytes that must be left of a file for every account beyond the first. Default 128 MiB.</summary>
    [Range(1L << 20, 1L << 40)]
    public long BytesPerExtraAccount { get; init; } = 128L << 20;

    /// <summary>Address at which Intake reaches this worker, its own alone, at most 128 characters. Default: the first address it
    /// listens on, with the machine's name in place of a wildcard.</summary>
    public Uri? Address { get; init; }

    /// <summary>Live streams at once; each may hold 4 MiB beyond <see cref="MemoryBytes"/>. Default 8.</summary>
    [Range(1, 1000)]
    public int Streams { get; init; } = 8;

    /// <summary>Uploads that nobody finished are removed at this age. Default 2 days.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "30.00:00:00")]
    public TimeSpan OrphanAge { get; init; } = TimeSpan.FromDays(2);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (MemoryBytes < (Slots + BulkSlots) * SlotBytes)
            yield return new("Worker:MemoryBytes must be at least 16 MiB per slot", [nameof(MemoryBytes)]);
        if (!Path.IsPathFullyQualified(WorkDirectory))
            yield return new("Worker:WorkDirectory must be an absolute path", [nameof(WorkDirectory)]);
    }

    /// <summary>Accounts that a file may be read through with so many bytes to go.</summary>
    internal int AccountsFor(long bytes) => (int)Math.Min(AccountsPerFile, 1 + (bytes / BytesPerExtraAccount));

    /// <summary>The part of the budget for blocks that come from Telegram; the rest is for uploads of local files.</summary>
    internal MemoryBudget DownloadMemory() => new(MemoryBytes / 4 * 3);

    internal int UploadBufferCount => (int)Math.Max(1, MemoryBytes / 4 / FilePartBuffers.BufferBytes);
}
