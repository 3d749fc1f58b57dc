namespace Fleet.Storage;

/// <summary>
/// How large the parts of an upload are: size / 9000 rounded up to a MiB, between 8 and 512 MiB. That stays below
/// the 10,000 parts of S3 and keeps all parts but the last equal, as R2 demands.
/// </summary>
public static class PartPolicy
{
    const long Mebibyte = 1 << 20;

    public const long MinBytes = 8 * Mebibyte;
    public const long MaxBytes = 512 * Mebibyte;

    /// <summary>The most parts one upload may have.</summary>
    public const int MaxParts = 10_000;

    /// <summary>Bytes per part of an object of this size, which is 0 or more.</summary>
    public static long PartBytes(long sizeBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeBytes);
        var wanted = (sizeBytes + 8_999) / 9_000;
        return Math.Clamp((wanted + Mebibyte - 1) / Mebibyte * Mebibyte, MinBytes, MaxBytes);
    }

    /// <summary>Number of parts of an object; an empty object has one empty part.</summary>
    public static int PartCount(long sizeBytes, long partBytes) =>
        (int)Math.Max(1, (sizeBytes + partBytes - 1) / partBytes);
}
