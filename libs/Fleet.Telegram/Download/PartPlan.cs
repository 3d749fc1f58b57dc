using System.Runtime.InteropServices;

namespace Fleet.Telegram;

/// <summary>One upload.getFile.</summary>
/// <param name="Offset">First byte.</param>
/// <param name="Limit">Bytes asked for; never across a 1 MiB boundary of the file.</param>
/// <param name="Length">Bytes that must come: fewer than <see cref="Limit"/> only at the end of the file.</param>
[StructLayout(LayoutKind.Auto)]
readonly record struct Part(long Offset, int Limit, int Length)
{
    const int NormalStep = 4096;

    /// <summary>Whether the server must be told that offset and limit follow the precise rule: multiples of 1 KiB. Without,
    /// the offset is a multiple of 4 KiB, and the limit one that divides 1 MiB.</summary>
    public bool Precise => Offset % NormalStep != 0 || Limit % NormalStep != 0 || PartPlan.Block % Limit != 0;
}

/// <summary>Which parts a plan may make.</summary>
enum PartShape
{
    /// <summary>As few bytes as possible: the first and the last part are cut to whole KiB.</summary>
    Tight,

    /// <summary>Whole aligned parts only, as hash windows and CDNs want them.</summary>
    Aligned,

    /// <summary>As tight, and the last part asks for more than there should be: a file longer than declared shows.</summary>
    Probing,
}

/// <summary>Cuts a file of known size into parts, in file order.</summary>
/// <remarks>Rules of upload.getFile: https://core.telegram.org/api/files#downloading-files</remarks>
sealed class PartPlan
{
    /// <summary>The block of the file that no request may cross.</summary>
    public const int Block = 1 << 20;

    const int PreciseStep = 1024;

    readonly long _size;
    readonly int _partBytes;
    readonly PartShape _shape;
    long _next;
    bool _ended;

    /// <summary>Plans from <paramref name="start"/> to the end.</summary>
    /// <param name="size">Bytes of the file.</param>
    /// <param name="start">First byte wanted, 0 to size. The first part begins at or before it.</param>
    /// <param name="partBytes">4 KiB to 1 MiB, a power of two.</param>
    /// <param name="shape">Which parts may be made.</param>
    public PartPlan(long size, long start, int partBytes, PartShape shape = PartShape.Tight)
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
        _shape = shape;
        _next = start - (start % (shape == PartShape.Aligned ? partBytes : PreciseStep));
        // A read from the very end wants nothing, unless it is to show that the end is there.
        _ended = start == size && shape != PartShape.Probing;
    }

    /// <summary>First byte of the next part.</summary>
    public long Next => _next;

    /// <summary>Whether every part was given out.</summary>
    public bool IsEnded => _ended;

    /// <summary>The next part; false at the end of the file. A start at the very end gives none, except that a probing plan
    /// looks at the end.</summary>
    public bool TryNext(out Part part)
    {
        part = default;
        if (_ended)
            return false;
        var room = _partBytes - (int)(_next % _partBytes);
        var left = _size - _next;
        var length = (int)Math.Min(room, left);
        part = new Part(_next, Limit(room, left), length);
        _next += length;
        _ended = left < room || (left == room && (_shape != PartShape.Probing || part.Limit > length));
        return true;
    }

    /// <param name="room">Bytes from the part's offset to the end of its aligned part.</param>
    /// <param name="left">Bytes from there to the end of the file.</param>
    int Limit(int room, long left)
    {
        if (_shape == PartShape.Aligned || left > room)
            return room;
        var probe = _shape == PartShape.Probing ? 1 : 0;
        var tight = (left + probe + PreciseStep - 1) / PreciseStep * PreciseStep;
        return (int)Math.Min(tight, room);
    }
}
