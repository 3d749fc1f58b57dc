using Fleet.Tl.Generator.Schema;

namespace Fleet.Tl.Generator.Emit;

/// <summary>
/// C# names. <c>upload.file</c> becomes UploadFile; a type with several constructors becomes an abstract
/// <c>TypeBase</c>, a type with one is that constructor's class. A property called like its class or like a member of
/// every generated class gets the suffix <c>Value</c>.
/// </summary>
public sealed class Names
{
    static readonly string[] Taken = ["ConstructorId", "TlId", "Write", "WriteBare", "Read", "ReadBare", "ReadResult"];

    readonly Dictionary<string, string> _types;

    /// <param name="space">The namespace below Fleet.Tl.</param>
    /// <param name="constructors">All constructors of one schema.</param>
    public Names(string space, IEnumerable<TlDeclaration> constructors)
    {
        Space = space;
        Types = [.. constructors.GroupBy(d => d.Result.Name, StringComparer.Ordinal)];
        _types = Types.ToDictionary(
            t => t.Key,
            t => t.Count() == 1 ? Pascal(t.First().Name) : Pascal(t.Key) + "Base",
            StringComparer.Ordinal
        );
    }

    /// <summary>The namespace below Fleet.Tl.</summary>
    public string Space { get; }

    /// <summary>Constructors by the type that they make.</summary>
    public IReadOnlyList<IGrouping<string, TlDeclaration>> Types { get; }

    /// <summary>Every class of the schema's constructors and types.</summary>
    public IEnumerable<string> Classes =>
        Types.SelectMany(t => t.Select(d => Pascal(d.Name)).Append(_types[t.Key])).Distinct(StringComparer.Ordinal);

    /// <exception cref="SchemaException">No constructor makes the type.</exception>
    public string Type(string name) =>
        _types.TryGetValue(name, out var type)
            ? type
            : throw new SchemaException($"no constructor makes the type {name}");

    public static string Pascal(string name) =>
        string.Concat(name.Split('.', '_').Where(w => w.Length > 0).Select(w => char.ToUpperInvariant(w[0]) + w[1..]));

    /// <exception cref="SchemaException">Two fields get one name.</exception>
    public static IReadOnlyDictionary<TlField, string> Properties(TlDeclaration declaration)
    {
        var owner = Pascal(declaration.Name);
        var properties = declaration
            .Fields.Where(f => !f.IsFlags)
            .ToDictionary(
                f => f,
                f =>
                    Pascal(f.Name) is var name && (name == owner || Taken.Contains(name))
                        ? name + "Value"
                        : Pascal(f.Name)
            );
        return properties.Values.Distinct(StringComparer.Ordinal).Count() == properties.Count
            ? properties
            : throw new SchemaException($"two properties of one name: {declaration}");
    }
}
