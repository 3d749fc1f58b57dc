using System.Text;

namespace Fleet.Storage;

/// <summary>
/// The Content-Disposition header of a download: an ASCII fallback for old clients and the true name in UTF-8
/// (RFC 6266 section 4.3, RFC 8187). Everything but attr-char is escaped, which also keeps SigV4 signatures stable.
/// </summary>
public static class ContentDisposition
{
    /// <summary>The header value.</summary>
    /// <param name="name">Any Unicode; passed through <see cref="SafeFileName"/>.</param>
    /// <param name="inline">True: play in the browser; false: save.</param>
    /// <returns>For example: attachment; filename="_.mp4"; filename*=UTF-8''%D1%84.mp4.</returns>
    public static string For(string name, bool inline)
    {
        var safe = SafeFileName.From(name);
        var header = new StringBuilder(inline ? "inline" : "attachment").Append("; filename=\"");
        foreach (var rune in safe.EnumerateRunes())
            header.Append(rune is { IsAscii: true, Value: not '%' } ? (char)rune.Value : '_');
        header.Append("\"; filename*=UTF-8''");
        foreach (var b in Encoding.UTF8.GetBytes(safe))
        {
            if (char.IsAsciiLetterOrDigit((char)b) || "!#$&+-.^_`|~".Contains((char)b, StringComparison.Ordinal))
                header.Append((char)b);
            else
                header.Append('%').Append(b.ToString("X2", provider: null));
        }
        return header.ToString();
    }
}
