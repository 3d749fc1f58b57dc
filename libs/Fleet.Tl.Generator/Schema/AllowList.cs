namespace Fleet.Tl.Generator.Schema;

/// <summary>Schema/allow-list.txt: which methods are wanted, which constructors are left out or written by hand.</summary>
public sealed record AllowList(IReadOnlyList<string> Methods, IReadOnlySet<string> LeftOut, IReadOnlySet<string> ByHand)
{
    /// <exception cref="SchemaException">A line is not one of the three forms, or a name stands there twice.</exception>
    public static AllowList Parse(string text, string file)
    {
        var methods = new List<string>();
        var leftOut = new HashSet<string>(StringComparer.Ordinal);
        var byHand = new HashSet<string>(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (index, raw) in text.Split('\n').Index())
        {
            var words = raw.Split('#')[0]
                .Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            switch (words)
            {
                case []:
                    continue;
                case [var name]:
                    methods.Add(name);
                    break;
                case ["leave-out", var name]:
                    leftOut.Add(name);
                    break;
                case ["by-hand", var name]:
                    byHand.Add(name);
                    break;
                default:
                    throw new SchemaException($"{file}:{index + 1}: neither NAME, leave-out NAME nor by-hand NAME");
            }
            if (!seen.Add(words[^1]))
            {
                throw new SchemaException($"{file}:{index + 1}: {words[^1]} stands there twice");
            }
        }
        return new(methods, leftOut, byHand);
    }
}
