using Fleet.Tl.Generator.Schema;

namespace Fleet.Tl.Generator.Emit;

/// <summary>The C# of one TL type: its name, how to read it from <c>r</c>, how to write it to <c>w</c>.</summary>
/// <remarks>Classes are read by their qualified name: a property may have the same name and another type.</remarks>
/// <param name="Write">With {0} for the value.</param>
public sealed record FieldCode(string Type, string Read, string Write)
{
    static readonly Dictionary<string, FieldCode> Builtin = new(StringComparer.Ordinal)
    {
        ["int"] = new("int", "r.ReadInt32()", "w.WriteInt32({0})"),
        ["long"] = new("long", "r.ReadInt64()", "w.WriteInt64({0})"),
        ["double"] = new("double", "r.ReadDouble()", "w.WriteDouble({0})"),
        ["Bool"] = new("bool", "r.ReadBool()", "w.WriteBool({0})"),
        ["string"] = new("string", "r.ReadString()", "w.WriteString({0})"),
        ["bytes"] = new("byte[]", "r.ReadBytes()", "w.WriteBytes({0})"),
        ["int128"] = new("byte[]", "r.ReadInt128()", "w.WriteInt128({0})"),
        ["int256"] = new("byte[]", "r.ReadInt256()", "w.WriteInt256({0})"),
        ["!X"] = new("TlObject", "r.ReadObject()", "{0}.Write(w)"),
    };

    static readonly Dictionary<string, FieldCode> BuiltinVectors = new(StringComparer.Ordinal)
    {
        ["int"] = new("int[]", "r.ReadInt32Vector()", "w.WriteVector({0})"),
        ["long"] = new("long[]", "r.ReadInt64Vector()", "w.WriteVector({0})"),
        ["string"] = new("string[]", "r.ReadStringVector()", "w.WriteVector({0})"),
        ["bytes"] = new("byte[][]", "r.ReadBytesVector()", "w.WriteVector({0})"),
    };

    /// <exception cref="SchemaException">The type is none that the generator knows.</exception>
    public static FieldCode Of(TlType type, Names names) =>
        type.Vector switch
        {
            VectorKind.None when Builtin.TryGetValue(type.Name, out var code) => code,
            VectorKind.None when names.Type(type.Name) is var name => new(
                name,
                $"{names.Space}.{name}.Read(ref r)",
                "{0}.Write(w)"
            ),
            VectorKind.Boxed when BuiltinVectors.TryGetValue(type.Name, out var code) => code,
            VectorKind.Boxed when !Builtin.ContainsKey(type.Name) && names.Type(type.Name) is var name => new(
                $"{name}[]",
                $"r.ReadVector({names.Space}.{name}.Read)",
                "w.WriteVector({0})"
            ),
            VectorKind.Bare when Names.Pascal(type.Name) is var name => new(
                $"{name}[]",
                $"r.ReadBareVector({names.Space}.{name}.ReadBare)",
                $"w.WriteInt32({{0}}.Length); foreach (var item in {{0}}) item.WriteBare(w)"
            ),
            _ => throw new SchemaException($"the generator has no form for {type}"),
        };
}
