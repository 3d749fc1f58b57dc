using System.Text.Json;
using System.Text.RegularExpressions;

namespace Fleet.Tl.Generator.Schema;

/// <summary>
/// Reads the JSON of npm @mtcute/tl. It renames two things that the real schema has (<c>int53</c> is a long, MTProto
/// names carry the prefix <c>mt_</c>) and adds constructors of its own below <c>mtcute.</c>, which are passed over.
/// </summary>
public static partial class NpmSchema
{
    const int LongestComment = 100;

    /// <summary>api-schema.json: the layer and its declarations.</summary>
    public static (int Layer, IReadOnlyList<TlDeclaration> Declarations) ReadApi(string json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        return (root.GetProperty("l").GetInt32(), Read(root.GetProperty("e")));
    }

    /// <summary>mtp-schema.json.</summary>
    public static IReadOnlyList<TlDeclaration> ReadMtproto(string json)
    {
        using var document = JsonDocument.Parse(json);
        return Read(document.RootElement);
    }

    /// <summary>Comments of api-schema.json as plain text by declaration name; only those of up to 100 characters.</summary>
    public static IReadOnlyDictionary<string, string> ReadShortComments(string json)
    {
        using var document = JsonDocument.Parse(json);
        var comments = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in document.RootElement.GetProperty("e").EnumerateArray())
        {
            var comment = entry.TryGetProperty("comment", out var text) ? Plain(text.GetString() ?? "") : "";
            if (comment.Length is > 0 and <= LongestComment)
            {
                comments[NameOf(entry)] = comment;
            }
        }
        return comments;
    }

    static IReadOnlyList<TlDeclaration> Read(JsonElement entries) =>
        [
            .. entries
                .EnumerateArray()
                .Select(ReadEntry)
                .Where(d => !d.Name.StartsWith("mtcute.", StringComparison.Ordinal)),
        ];

    static TlDeclaration ReadEntry(JsonElement entry) =>
        new(
            NameOf(entry),
            entry.GetProperty("id").GetUInt32(),
            entry.GetProperty("kind").GetString() == "method",
            entry.TryGetProperty("generics", out _),
            [.. entry.GetProperty("arguments").EnumerateArray().Select(ReadField)],
            ReadType(entry)
        );

    static TlField ReadField(JsonElement field)
    {
        var predicate =
            field.TryGetProperty("typeModifiers", out var modifiers) && modifiers.TryGetProperty("predicate", out var p)
                ? p.GetString()!.Split('.')
                : null;
        return new(
            field.GetProperty("name").GetString()!,
            ReadType(field),
            predicate?[0],
            predicate is null ? 0 : int.Parse(predicate[1], System.Globalization.CultureInfo.InvariantCulture)
        );
    }

    static TlType ReadType(JsonElement holder)
    {
        var name = WithoutPrefix(holder.GetProperty("type").GetString()!);
        var vector = VectorKind.None;
        if (holder.TryGetProperty("typeModifiers", out var modifiers))
        {
            vector =
                modifiers.TryGetProperty("isBareVector", out _) ? VectorKind.Bare
                : modifiers.TryGetProperty("isVector", out _) ? VectorKind.Boxed
                : VectorKind.None;
        }
        return new(name == "int53" ? "long" : name, vector);
    }

    static string NameOf(JsonElement entry) => WithoutPrefix(entry.GetProperty("name").GetString()!);

    static string WithoutPrefix(string name) => name.StartsWith("mt_", StringComparison.Ordinal) ? name[3..] : name;

    static string Plain(string html) => Blanks().Replace(Markup().Replace(html, ""), " ").Replace("&raquo;", "").Trim();

    [GeneratedRegex(@"<[^>]*>|\{@link|\}|»", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    internal static partial Regex Markup();

    [GeneratedRegex(@"\s+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    internal static partial Regex Blanks();
}
