using System.Security.Cryptography;
using Fleet.Tl.Api;

namespace Fleet.Telegram;

/// <summary>What the server's hashes say of some bytes.</summary>
enum HashVerdict
{
    /// <summary>Every byte lies in a window whose hash fits.</summary>
    Right,

    /// <summary>No hash contradicts, but some bytes lie in no window that is wholly here.</summary>
    Unknown,

    /// <summary>At least one hash does not fit.</summary>
    Wrong,
}

/// <summary>The hashes of one range of a file. Filled answer by answer; after that it only reads and may be shared.</summary>
/// <param name="size">Bytes of the file.</param>
/// <param name="from">First byte of the range.</param>
/// <param name="to">End of the range, exclusive; at most 1 MiB behind <paramref name="from"/>.</param>
/// <remarks>https://core.telegram.org/api/files#verifying-downloaded-chunks</remarks>
sealed class HashWindows(long size, long from, long to)
{
    /// <summary>Smaller windows are taken only at the end of the file; bounds how many there are.</summary>
    const int Smallest = 4096;

    readonly SortedList<long, FileHash> _windows = [];
    readonly long _from = from;

    /// <summary>Windows kept.</summary>
    public int Count => _windows.Count;

    /// <summary>Where to ask next: the end of the last window so far.</summary>
    public long Next { get; private set; } = from;

    /// <summary>True when there is nothing left to ask for.</summary>
    public bool IsComplete => Next >= to;

    /// <summary>Takes an answer to upload.getFileHashes; windows that begin outside the range are checked and left out.</summary>
    /// <returns>False when it leads no further: the server has no hashes for the rest.</returns>
    /// <exception cref="MediaException">protocol_violation: a window is not within the file, or contradicts another.</exception>
    public bool Add(IReadOnlyList<FileHash> answer)
    {
        var before = Next;
        foreach (var window in answer)
        {
            if (!Fits(window))
                throw Violation("A hash window does not lie within the file.");
            if (window.Offset < _from || window.Offset >= to)
                continue;
            Insert(window);
            Next = Math.Max(Next, window.Offset + window.Limit);
        }
        return Next > before;
    }

    /// <summary>Hashes the windows that lie wholly in <paramref name="bytes"/>.</summary>
    /// <param name="offset">Position of the first byte in the file.</param>
    /// <param name="bytes">A part.</param>
    public HashVerdict Check(long offset, ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        var known = 0;
        foreach (var window in _windows.Values)
        {
            var start = window.Offset - offset;
            if (start < 0 || start + window.Limit > bytes.Length)
                continue;
            SHA256.HashData(bytes.Slice((int)start, window.Limit), hash);
            if (!hash.SequenceEqual(window.Hash))
                return HashVerdict.Wrong;
            known += window.Limit; // windows do not overlap
        }
        return known == bytes.Length ? HashVerdict.Right : HashVerdict.Unknown;
    }

    bool Fits(FileHash window) =>
        window is { Offset: >= 0, Limit: > 0 and <= PartPlan.Block, Hash.Length: SHA256.HashSizeInBytes }
        && window.Offset <= size - window.Limit
        && (window.Limit >= Smallest || window.Offset + window.Limit == size);

    void Insert(FileHash window)
    {
        if (_windows.TryGetValue(window.Offset, out var same))
        {
            if (same.Limit != window.Limit || !same.Hash.AsSpan().SequenceEqual(window.Hash))
                throw Violation("A hash window has two hashes.");
            return;
        }
        _windows.Add(window.Offset, window);
        var at = _windows.IndexOfKey(window.Offset);
        if (at > 0 && EndOf(at - 1) > window.Offset)
            throw Violation("Hash windows overlap.");
        if (at + 1 < _windows.Count && EndOf(at) > _windows.GetKeyAtIndex(at + 1))
            throw Violation("Hash windows overlap.");
    }

    long EndOf(int index)
    {
        var window = _windows.GetValueAtIndex(index);
        return window.Offset + window.Limit;
    }

    static MediaException Violation(string message) => new(MediaErrors.ProtocolViolation, message, Remedy.Later);
}
