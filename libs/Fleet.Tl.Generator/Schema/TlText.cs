using System.Text;

namespace Fleet.Tl.Generator.Schema;

/// <summary>Writes declarations as the schema text that <see cref="TlParser"/> reads.</summary>
public static class TlText
{
    public static string Write(
        IEnumerable<string> header,
        IReadOnlyList<TlDeclaration> declarations,
        IReadOnlyDictionary<string, string> comments
    )
    {
        var text = new StringBuilder();
        foreach (var line in header)
        {
            text.Append("// ").Append(line).Append('\n');
        }
        foreach (var methods in new[] { false, true })
        {
            text.Append(methods ? "\n---functions---\n\n" : "\n");
            foreach (var declaration in declarations.Where(d => d.IsMethod == methods))
            {
                if (comments.TryGetValue(declaration.Name, out var comment))
                {
                    text.Append("// ").Append(comment).Append('\n');
                }
                text.Append(declaration).Append(";\n");
            }
        }
        return text.ToString();
    }
}
