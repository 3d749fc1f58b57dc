using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Fleet.Storage;

/// <summary>
/// One unfinished upload of the directory store: uploads/{id}/ with
/// <list type="bullet">
/// <item>data: the object itself; part n is written in place at (n-1) x part size, so completing is a rename</item>
/// <item>upload: one line with the key, for the sweeper</item>
/// <item>{n}: size and mark of part n, written (by rename) only after the part's bytes are on the disk</item>
/// </list>
/// </summary>
sealed class UploadDirectory(string path, string key)
{
    const string Gone = ".gone";

    public string DataFile => Path.Combine(path, "data");

    string HeaderFile => Path.Combine(path, "upload");

    /// <summary>True for ids that this store gives out; anything else must never become a path.</summary>
    public static bool IsId(string id) =>
        Guid.TryParseExact(id.EndsWith(Gone, StringComparison.Ordinal) ? id[..^Gone.Length] : id, "N", out _);

    /// <summary>Whole or not at all, but for a power cut: once begun it is not cancelled.</summary>
    public async Task CreateAsync(CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        Directory.CreateDirectory(path);
        await File.WriteAllTextAsync(HeaderFile, key, CancellationToken.None);
        await using var data = new FileStream(DataFile, FileMode.CreateNew);
    }

    public static string ReadKey(string path)
    {
        var header = Path.Combine(path, "upload");
        return File.Exists(header) ? File.ReadAllText(header) : ""; // killed before it was written
    }

    public async Task WriteAsync(long offset, ReadOnlySequence<byte> content, CancellationToken ct)
    {
        using var file = OpenData();
        foreach (var segment in content)
        {
            await RandomAccess.WriteAsync(file, segment, offset, ct);
            offset += segment.Length;
        }
        await Disk.FlushAsync(file, ct);
    }

    public SafeFileHandle OpenData() =>
        File.OpenHandle(DataFile, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

    public async Task<UploadedPart> MarkAsync(int number, long size, CancellationToken ct)
    {
        var part = new UploadedPart(number, size, RandomNumberGenerator.GetHexString(16, lowercase: true));
        var marker = Path.Combine(path, number.ToString(CultureInfo.InvariantCulture));
        var temporary = $"{marker}.{part.ETag}";
        await File.WriteAllTextAsync(
            temporary,
            string.Create(CultureInfo.InvariantCulture, $"{part.SizeBytes} {part.ETag}\n"),
            ct
        );
        File.Move(temporary, marker, overwrite: true);
        return part;
    }

    public IReadOnlyList<UploadedPart> ReadMarks()
    {
        var parts = new List<UploadedPart>();
        foreach (var marker in Directory.EnumerateFiles(path))
        {
            if (
                int.TryParse(Path.GetFileName(marker), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && ReadMarkOrNull(marker, number) is { } part
            )
            {
                parts.Add(part);
            }
        }
        parts.Sort((a, b) => a.Number.CompareTo(b.Number));
        return parts;
    }

    static UploadedPart? ReadMarkOrNull(string marker, int number)
    {
        // Renamed into place whole, but a power cut may still have emptied it: then the part counts as never sent.
        var words = File.ReadAllText(marker).Split(' ', StringSplitOptions.TrimEntries);
        return
            words.Length == 2 && long.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            ? new(number, size, words[1])
            : null;
    }

    /// <summary>Removes the upload. The rename first: parts still being written then find no place to leave a mark.</summary>
    public void Delete()
    {
        var gone = path.EndsWith(Gone, StringComparison.Ordinal) ? path : path + Gone;
        if (!ReferenceEquals(gone, path) && Directory.Exists(path))
            Directory.Move(path, gone);
        if (Directory.Exists(gone))
            Directory.Delete(gone, recursive: true);
    }
}
