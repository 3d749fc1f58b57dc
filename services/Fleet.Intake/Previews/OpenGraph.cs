using System.Net;
using System.Text.RegularExpressions;

namespace Fleet.Intake.Previews;

/// <summary>What a page says of itself in OpenGraph tags. The page is not trusted: texts are bounded, addresses have to be https.</summary>
/// <param name="Title">At most 300 characters.</param>
/// <param name="Description">At most 2000 characters.</param>
/// <param name="ImageUrl">A picture, at another site.</param>
/// <param name="SiteName">At most 300 characters.</param>
public sealed partial record OpenGraph(string? Title, string? Description, Uri? ImageUrl, string? SiteName)
{
    const int MaxName = 300;
    const int MaxText = 2_000;
    const int MaxUrl = 2_048;

    /// <summary>Reads the tags; null when the page has no title.</summary>
    public static OpenGraph? ReadOrNull(string html)
    {
        var tags = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (Match tag in Meta().Matches(html))
        {
            var attributes = Attribute()
                .Matches(tag.Value)
                .DistinctBy(a => a.Groups["name"].Value, StringComparer.OrdinalIgnoreCase)
                .ToDictionary(
                    a => a.Groups["name"].Value,
                    a => WebUtility.HtmlDecode(a.Groups["value"].Value),
                    StringComparer.OrdinalIgnoreCase
                );
            if (attributes.TryGetValue("property", out var name) && attributes.TryGetValue("content", out var content))
                tags.TryAdd(name, content);
        }
        return TextOrNull(tags, "og:title", MaxName) is { } title
            ? new(
                title,
                TextOrNull(tags, "og:description", MaxText),
                AddressOrNull(tags.GetValueOrDefault("og:image")),
                TextOrNull(tags, "og:site_name", MaxName)
            )
            : null;
    }

    static string? TextOrNull(Dictionary<string, string> tags, string name, int longest)
    {
        if (!tags.TryGetValue(name, out var text))
            return null;
        var clean = string.Concat(text.Where(c => c is '\n' || !char.IsControl(c))).Trim();
        return clean.Length == 0 ? null
            : clean.Length <= longest ? clean
            : clean[..longest].TrimEnd();
    }

    static Uri? AddressOrNull(string? text) =>
        text is { Length: <= MaxUrl }
        && Uri.TryCreate(text, UriKind.Absolute, out var url)
        && url.Scheme == Uri.UriSchemeHttps
            ? url
            : null;

    const RegexOptions Linear = RegexOptions.IgnoreCase | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture;

    [GeneratedRegex("<meta(\\s+[a-z:-]+\\s*=\\s*(\"[^\"]*\"|'[^']*'|[^\\s\"'>]+))*\\s*/?>", Linear)]
    private static partial Regex Meta();

    [GeneratedRegex("(?<name>[a-z:-]+)\\s*=\\s*(\"(?<value>[^\"]*)\"|'(?<value>[^']*)')", Linear)]
    private static partial Regex Attribute();
}
