namespace Fleet.Tl.Generator.Schema;

/// <summary>One line of a schema, as declared: a constructor, or a method below <c>---functions---</c>.</summary>
/// <param name="Name">With its namespace, <c>upload.getFile</c>.</param>
/// <param name="Generic">True for <c>{X:Type}</c>: a call around another call.</param>
public sealed record TlDeclaration(
    string Name,
    uint Id,
    bool IsMethod,
    bool Generic,
    IReadOnlyList<TlField> Fields,
    TlType Result
)
{
    /// <summary>The line that crosses the schema, without the semicolon.</summary>
    public override string ToString() =>
        $"{Name}#{Id:x8}{(Generic ? " {X:Type}" : "")}{string.Concat(Fields.Select(f => $" {f}"))} = {Result}";
}

/// <summary>A field; present only if bit <paramref name="Bit"/> of the field named <paramref name="FlagsField"/> is set.</summary>
public sealed record TlField(string Name, TlType Type, string? FlagsField, int Bit)
{
    /// <summary>A <c>#</c> field, computed from the optional ones.</summary>
    public bool IsFlags => Type.Name == "#";

    public bool IsOptional => FlagsField is not null;

    /// <summary>The flag itself is the value; no bytes.</summary>
    public bool IsTrue => IsOptional && Type.Name == "true";

    public override string ToString() => IsOptional ? $"{Name}:{FlagsField}.{Bit}?{Type}" : $"{Name}:{Type}";
}

public enum VectorKind
{
    None,

    /// <summary><c>Vector&lt;T&gt;</c>: the vector's id, a count, the elements.</summary>
    Boxed,

    /// <summary><c>vector&lt;t&gt;</c>: a count, then elements without ids.</summary>
    Bare,
}

/// <summary>A type as it stands in a declaration.</summary>
public sealed record TlType(string Name, VectorKind Vector)
{
    public override string ToString() =>
        Vector switch
        {
            VectorKind.Boxed => $"Vector<{Name}>",
            VectorKind.Bare => $"vector<{Name}>",
            _ => Name,
        };
}

/// <summary>The schema or the allow-list is not what the generator understands; the message is one line for a person.</summary>
public sealed class SchemaException(string message) : Exception(message);
