using System.Text.RegularExpressions;

namespace Fleet.Jobs;

/// <summary>Names for files with places that are filled from what is known of each: "{performer} - {title}".</summary>
public static partial class FileNameTemplate
{
    /// <summary>The places there are. A place of which nothing is known is left empty.</summary>
    public static readonly IReadOnlyList<string> Places =
    [
        "name", // as the sender called the file, without its extension
        "title",
        "performer",
        "caption", // its first line
        "chat", // its public name, else its number
        "message",
        "date", // of the message, as 2026-11-27
        "document",
        "number", // among the job's files, from 1
    ];

    /// <summary>Places in braces that do not exist.</summary>
    public static IEnumerable<string> Unknown(string template) =>
        Braces().Matches(template).Select(match => match.Groups["place"].Value).Except(Places, StringComparer.Ordinal);

    /// <summary>Whether two files of one job have different names by it.</summary>
    public static bool TellsApart(string template) =>
        template.Contains("{number}", StringComparison.Ordinal)
        || template.Contains("{document}", StringComparison.Ordinal)
        || template.Contains("{message}", StringComparison.Ordinal);

    /// <summary>The name; still to be made safe.</summary>
    /// <param name="value">What is known of a place; null for nothing.</param>
    public static string Fill(string template, Func<string, string?> value) =>
        Braces().Replace(template, match => value(match.Groups["place"].Value) ?? "");

    [GeneratedRegex("""\{(?<place>[^{}]*)\}""", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Braces();
}
