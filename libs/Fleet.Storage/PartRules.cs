namespace Fleet.Storage;

/// <summary>The rules that both stores check before they do anything.</summary>
static class PartRules
{
    static readonly TimeSpan MaxLifetime = TimeSpan.FromDays(7);

    public static void CheckPart(MultipartUpload upload, int number, long length)
    {
        ObjectKey.Checked(upload.Key);
        ArgumentOutOfRangeException.ThrowIfLessThan(number, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, PartPolicy.MaxParts);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, upload.PartBytes);
    }

    /// <summary>Size of the object that the parts make.</summary>
    /// <exception cref="StorageException"><see cref="StorageError.PartMismatch"/>: a gap, or a short part before the last.</exception>
    public static long CheckComplete(MultipartUpload upload, IReadOnlyCollection<UploadedPart> parts)
    {
        ObjectKey.Checked(upload.Key);
        var size = 0L;
        var number = 0;
        foreach (var part in parts.OrderBy(p => p.Number))
        {
            number++;
            var full =
                part.SizeBytes == upload.PartBytes || (number == parts.Count && part.SizeBytes < upload.PartBytes);
            if (part.Number != number || !full)
                throw new StorageException(
                    StorageError.PartMismatch,
                    $"Part {number} of {upload.Key} is missing or short"
                );
            size += part.SizeBytes;
        }
        return number > 0
            ? size
            : throw new StorageException(StorageError.PartMismatch, $"No parts of {upload.Key} were given");
    }

    public static StorageException NotTheStored(UploadedPart part, MultipartUpload upload) =>
        new(StorageError.PartMismatch, $"Part {part.Number} of {upload.Key} is not the stored one");

    public static void CheckTerms(LinkTerms terms)
    {
        if (terms.Lifetime < TimeSpan.FromSeconds(1) || terms.Lifetime > MaxLifetime)
            throw new ArgumentOutOfRangeException(nameof(terms), terms.Lifetime, "1 second to 7 days");
    }
}
