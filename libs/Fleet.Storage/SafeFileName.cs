using System.Buffers;
using System.Text;

namespace Fleet.Storage;

/// <summary>
/// Makes a name from anywhere safe to save under on any system: no path separators, control characters or
/// direction overrides, no leading dots, no Windows device names, at most 200 bytes of UTF-8 with the extension kept.
/// </summary>
public static class SafeFileName
{
    /// <summary>What a name becomes of which nothing is left.</summary>
    public const string Fallback = "file";

    /// <summary>Longest result, in bytes of UTF-8; common file systems allow 255.</summary>
    public const int MaxBytes = 200;

    const int MaxExtensionBytes = 16;

    static readonly SearchValues<char> Forbidden = SearchValues.Create("<>:\"/\\|?*");

    /// <summary>A safe name; never empty.</summary>
    public static string From(string? name)
    {
        var clean = new StringBuilder();
        foreach (var rune in (name ?? "").EnumerateRunes())
        {
            if (rune.IsBmp && Forbidden.Contains((char)rune.Value))
                clean.Append('_');
            else if (!IsInvisible(rune))
                clean.Append(rune.ToString());
        }
        var text = clean.ToString().TrimStart('.', ' ').TrimEnd('.', ' ');
        if (IsDeviceName(text))
            text = "_" + text;
        return text.Length == 0 ? Fallback : Shorten(text);
    }

    /// <summary>Characters that cannot be seen but change what is seen: controls, direction marks and overrides.</summary>
    static bool IsInvisible(Rune rune) =>
        Rune.IsControl(rune)
        || rune.Value
            is 0x061C
                or (>= 0x200B and <= 0x200F)
                or (>= 0x2028 and <= 0x202E)
                or (>= 0x2060 and <= 0x2069)
                or 0xFEFF
                or 0xFFFD;

    static bool IsDeviceName(string name)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        var stem = (dot < 0 ? name : name[..dot]).TrimEnd().ToUpperInvariant();
        return stem is "CON" or "PRN" or "AUX" or "NUL"
            || (stem.Length == 4 && stem[..3] is "COM" or "LPT" && stem is [_, _, _, >= '0' and <= '9']);
    }

    static string Shorten(string name)
    {
        if (Encoding.UTF8.GetByteCount(name) <= MaxBytes)
            return name;
        var extension = Path.GetExtension(name);
        var extensionBytes = Encoding.UTF8.GetByteCount(extension);
        if (extensionBytes > MaxExtensionBytes)
            (extension, extensionBytes) = ("", 0);
        var stem = new StringBuilder();
        var room = MaxBytes - extensionBytes;
        foreach (var rune in name.EnumerateRunes())
        {
            room -= rune.Utf8SequenceLength;
            if (room < 0)
                break;
            stem.Append(rune.ToString());
        }
        return stem.ToString().TrimEnd('.', ' ') + extension;
    }
}
