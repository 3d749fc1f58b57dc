using System.Globalization;
using System.Text.RegularExpressions;

namespace Fleet.Tl.Generator.Schema;

/// <summary>Reads schema text: one declaration a line, <c>//</c> comments, <c>---functions---</c> before the methods.</summary>
public static partial class TlParser
{
    /// <exception cref="SchemaException">A line cannot be read; names the file and line.</exception>
    public static IReadOnlyList<TlDeclaration> Parse(string text, string file)
    {
        var declarations = new List<TlDeclaration>();
        var isMethod = false;
        foreach (var (index, raw) in text.Split('\n').Index())
        {
            var line = raw.Trim();
            if (line is "---functions---" or "---types---")
            {
                isMethod = line is "---functions---";
            }
            else if (line.Length > 0 && !line.StartsWith("//", StringComparison.Ordinal))
            {
                declarations.Add(
                    ParseLine(line, isMethod)
                        ?? throw new SchemaException($"{file}:{index + 1}: not a declaration: {line}")
                );
            }
        }
        return declarations;
    }

    static TlDeclaration? ParseLine(string line, bool isMethod)
    {
        var match = Declaration().Match(line);
        if (!match.Success)
        {
            return null;
        }
        var fields = new List<TlField>();
        foreach (var word in match.Groups["fields"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var field = Field().Match(word);
            if (!field.Success)
            {
                return null;
            }
            var flags = field.Groups["flags"];
            fields.Add(
                new(
                    field.Groups["name"].Value,
                    ParseType(field.Groups["type"].Value),
                    flags.Success ? flags.Value : null,
                    flags.Success ? int.Parse(field.Groups["bit"].Value, CultureInfo.InvariantCulture) : 0
                )
            );
        }
        return new(
            match.Groups["name"].Value,
            uint.Parse(match.Groups["id"].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture),
            isMethod,
            match.Groups["generic"].Success,
            fields,
            ParseType(match.Groups["result"].Value)
        );
    }

    static TlType ParseType(string text)
    {
        var vector = Vector().Match(text);
        return vector.Success
            ? new(vector.Groups["of"].Value, text[0] == 'V' ? VectorKind.Boxed : VectorKind.Bare)
            : new(text, VectorKind.None);
    }

    [GeneratedRegex(
        @"^(?<name>[\w.]+)#(?<id>[0-9a-f]{1,8})(?<generic> \{X:Type\})?(?<fields>( \w+:\S+)*) = (?<result>[\w.<>]+);$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000
    )]
    internal static partial Regex Declaration();

    [GeneratedRegex(
        @"^(?<name>\w+):((?<flags>\w+)\.(?<bit>\d|[12]\d|3[01])\?)?(?<type>#|!X|[\w.]+|[Vv]ector<[\w.]+>)$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000
    )]
    internal static partial Regex Field();

    [GeneratedRegex(
        @"^[Vv]ector<(?<of>[\w.]+)>$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000
    )]
    internal static partial Regex Vector();
}
