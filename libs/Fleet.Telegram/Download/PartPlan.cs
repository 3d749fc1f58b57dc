using System.Runtime.InteropServices;

namespace Fleet.Telegram;

/// <summary>One upload.getFile.</summary>
/// <param name="Offset">First byte; a multiple of <see cref="Limit"/>.</param>
/// <param name="Limit">Bytes asked for; divides 1 MiB, so that no request crosses a 1 MiB boundary.</param>
/// <param name="Length">Bytes that must come: fewer than <see cref="Limit"/> only at the end of the file.</param>
[StructLayout(LayoutKind.Auto)]
readonly record struct Part(long Offset, int Limit, int Length);

/// <summary>Cuts a file of known size into aligned parts, in file order.</summary>
/// <remarks>Rules of upload.getFile without precise: https://core.telegram.org/api/files#downloading-files</remarks>
sealed class PartPlan
{
    /// <summary>The block of the file that no request may cross.</summary>
    public const int Block = 1 << 20;

    readonly long _size;
    readonly int _partBytes;
    long _next;

    /// <summary>Plans from <paramref name="start"/> to the end.</summary>
    /// <param name="size">Bytes of the file.</param>
    /// <param name="start">First byte wanted, 0 to size. The first part begins at the part boundary before it.</param>
    /// <param name="partBytes">4 KiB to 1 MiB, a power of two.</param>
    public PartPlan(long size, long start, int partBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, size);
        if (partBytes is < 4096 or > Block || Block % partBytes != 0)
            throw new ArgumentOutOfRangeException(
                nameof(partBytes),
                partBytes,
                "must be 4 KiB to 1 MiB and divide 1 MiB"
            );
        _size = size;
        _partBytes = partBytes;
        _next = start == size ? size : start - (start % partBytes);
    }

    /// <summary>First byte of the next part; the file's size at its end.</summary>
    public long Next => _next;

    /// <summary>The next part; false at the end of the file. A start at the very end gives none.</summary>
    public bool TryNext(out Part part)
    {
        part = new Part(_next, _partBytes, (int)Math.Min(_partBytes, _size - _next));
        if (part.Length <= 0)
            return false;
        _next += part.Length;
        return true;
    }
}
