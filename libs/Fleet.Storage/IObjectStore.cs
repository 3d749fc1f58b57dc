using System.Buffers;

namespace Fleet.Storage;

/// <summary>
/// Where finished files live: an S3-compatible bucket or a directory. Both pass the same conformance suite.
/// Keys are ASCII (<see cref="ObjectKey"/>). Every call may throw <see cref="StorageException"/> and
/// <see cref="OperationCanceledException"/>, and nothing else that a caller should expect.
/// </summary>
public interface IObjectStore
{
    /// <summary>Creates the bucket or the directories when they are missing, and proves that they can be written.</summary>
    Task PrepareAsync(CancellationToken ct);

    /// <summary>Stores a small object in one request, replacing what is there. Visible at once and whole.</summary>
    /// <param name="content">At most 5 GiB; borrowed until the task ends.</param>
    Task<ObjectInfo> PutAsync(string key, string contentType, ReadOnlySequence<byte> content, CancellationToken ct);

    /// <summary>Starts a multipart upload; nothing is visible under the key until it is completed.</summary>
    /// <param name="partBytes">Size of every part but the last, which may be smaller; see <see cref="PartPolicy"/>.</param>
    Task<MultipartUpload> StartAsync(string key, string contentType, long partBytes, CancellationToken ct);

    /// <summary>
    /// Stores one part. Parts may be sent in any order, in parallel, from several processes, and again: the last
    /// write of a number counts.
    /// </summary>
    /// <param name="number">1 to 10,000; part n starts at byte (n-1) x <see cref="MultipartUpload.PartBytes"/>.</param>
    /// <param name="content">Borrowed until the task ends.</param>
    Task<UploadedPart> UploadPartAsync(
        MultipartUpload upload,
        int number,
        ReadOnlySequence<byte> content,
        CancellationToken ct
    );

    /// <summary>The parts that are safely stored, by number: what an upload can resume from.</summary>
    /// <exception cref="StorageException"><see cref="StorageError.NoSuchUpload"/>: completed, aborted or swept.</exception>
    Task<IReadOnlyList<UploadedPart>> ListPartsAsync(MultipartUpload upload, CancellationToken ct);

    /// <summary>
    /// Makes the parts visible as one object and checks its size. Safe to repeat: when the answer of an earlier
    /// try was lost, the object under the key decides.
    /// </summary>
    /// <param name="parts">Every part of the object, numbers 1 to n without a gap.</param>
    Task<ObjectInfo> CompleteAsync(
        MultipartUpload upload,
        IReadOnlyCollection<UploadedPart> parts,
        CancellationToken ct
    );

    /// <summary>Gives up an upload and frees its parts. Safe to repeat.</summary>
    Task AbortAsync(MultipartUpload upload, CancellationToken ct);

    /// <summary>Uploads begun before a moment and neither completed nor aborted; the sweeper aborts them.</summary>
    IAsyncEnumerable<UnfinishedUpload> ListUnfinishedAsync(DateTimeOffset startedBefore, CancellationToken ct);

    /// <summary>Size and age of an object; null when there is none.</summary>
    Task<ObjectInfo?> FindAsync(string key, CancellationToken ct);

    /// <summary>Opens a range of an object for reading; the caller disposes the stream.</summary>
    /// <param name="offset">First byte, 0 or more; must be inside the object.</param>
    /// <param name="length">Bytes to read, or null for the rest; cut at the end of the object.</param>
    /// <exception cref="StorageException"><see cref="StorageError.NotFound"/>, <see cref="StorageError.BadRange"/>.</exception>
    Task<Stream> OpenReadAsync(string key, long offset, long? length, CancellationToken ct);

    /// <summary>Removes an object. Safe to repeat.</summary>
    Task DeleteAsync(string key, CancellationToken ct);

    /// <summary>
    /// A link that lets anyone read the object until it expires. Does not check that the object exists. The link is
    /// a secret: never log it.
    /// </summary>
    Task<Uri> LinkAsync(string key, LinkTerms terms, CancellationToken ct);
}

/// <summary>A multipart upload that has begun. Its three facts are all that another process needs to go on with it.</summary>
/// <param name="UploadId">Opaque id given by the store.</param>
/// <param name="PartBytes">Size of every part but the last.</param>
public sealed record MultipartUpload(string Key, string UploadId, long PartBytes);

/// <summary>A stored part.</summary>
/// <param name="Number">1 to 10,000.</param>
/// <param name="ETag">Opaque mark of this very write, to be handed back on completion.</param>
public sealed record UploadedPart(int Number, long SizeBytes, string ETag);

/// <summary>A stored object.</summary>
public sealed record ObjectInfo(string Key, long SizeBytes, DateTimeOffset LastModified);

/// <summary>An upload that nobody finished.</summary>
public sealed record UnfinishedUpload(string Key, string UploadId, DateTimeOffset StartedAt);

/// <summary>What a link says to the browser that follows it.</summary>
/// <param name="DownloadName">The human name, any Unicode; made safe by <see cref="ContentDisposition"/>.</param>
/// <param name="ContentType">A media type such as video/mp4.</param>
/// <param name="Lifetime">1 second to 7 days, the limit of SigV4.</param>
/// <param name="Inline">True: play in the browser; false: save.</param>
public sealed record LinkTerms(string DownloadName, string ContentType, TimeSpan Lifetime, bool Inline);
