using System.Globalization;
using Fleet.Tl.Generator.Schema;

namespace Fleet.Tl.Generator.Emit;

/// <summary>Writes the class of one declaration.</summary>
public sealed class ClassWriter(CodeText code, Names names, IReadOnlySet<string> bare)
{
    /// <summary>The abstract base of a type with several constructors, which reads whichever of them comes.</summary>
    public void Base(IGrouping<string, TlDeclaration> type)
    {
        var name = names.Type(type.Key);
        code.Line("");
        code.Doc(type.Key);
        code.Open($"public abstract class {name} : TlObject");
        code.Open($"public static {name} Read(ref TlReader r)");
        code.Line("var id = r.Begin();");
        code.Open($"{name} value = id switch");
        foreach (var constructor in type)
        {
            var one = Names.Pascal(constructor.Name);
            code.Line($"{one}.TlId => {one}.ReadBare(ref r),");
        }
        code.Line("_ => throw r.Unknown(id),");
        code.Close("};");
        code.Line("r.End();");
        code.Line("return value;");
        code.Close();
        code.Close();
    }

    /// <param name="type">The constructor's base class; null if its type has no other constructor.</param>
    public void Constructor(TlDeclaration declaration, string? type)
    {
        var name = Open(declaration, type ?? "TlObject");
        if (type is null)
        {
            code.Open($"public static {name} Read(ref TlReader r)");
            code.Line("var id = r.Begin();");
            code.Line($"var value = id == TlId ? ReadBare(ref r) : throw r.Unknown(id);");
            code.Line("r.End();");
            code.Line("return value;");
            code.Close();
        }
        code.Close();
    }

    public void Method(TlDeclaration declaration)
    {
        if (declaration.Generic)
        {
            Open(declaration, "TlWrapper");
        }
        else
        {
            var result = FieldCode.Of(declaration.Result, names);
            Open(declaration, $"TlMethod<{result.Type}>");
            code.Line($"public override {result.Type} ReadResult(ref TlReader r) => {result.Read};");
        }
        code.Close();
    }

    string Open(TlDeclaration declaration, string parent)
    {
        var name = Names.Pascal(declaration.Name);
        var properties = Names.Properties(declaration);
        code.Line("");
        code.Doc(declaration.ToString());
        code.Open($"public sealed class {name} : {parent}");
        code.Line($"public const uint TlId = 0x{declaration.Id:x8};");
        code.Line("public override uint ConstructorId => TlId;");
        foreach (var (field, property) in properties)
        {
            var type = field.IsTrue ? "bool" : FieldCode.Of(field.Type, names).Type;
            var modifiers =
                field.Type.Name == "!X" ? "override required "
                : field.IsOptional ? ""
                : "required ";
            code.Line(
                $"public {modifiers}{type}{(field.IsOptional && !field.IsTrue ? "?" : "")} {property} {{ get; init; }}"
            );
        }
        Write(declaration, properties);
        Read(declaration, properties, name);
        return name;
    }

    void Write(TlDeclaration declaration, IReadOnlyDictionary<TlField, string> properties)
    {
        code.Open("public override void Write(TlWriter w)");
        code.Line("w.WriteUInt32(TlId);");
        if (bare.Contains(declaration.Name))
        {
            code.Line("WriteBare(w);");
            code.Close();
            code.Open("internal void WriteBare(TlWriter w)");
        }
        foreach (var field in declaration.Fields)
        {
            if (field.IsFlags)
            {
                WriteFlags(field, properties);
            }
            else if (!field.IsTrue)
            {
                WriteField(field, properties[field]);
            }
        }
        code.Close();
    }

    void WriteField(TlField field, string property)
    {
        var write = FieldCode.Of(field.Type, names).Write;
        code.Line(
            field.IsOptional
                ? $"if ({property} is {{ }} {Local(field)}) {string.Format(CultureInfo.InvariantCulture, write, Local(field))};"
                : $"{string.Format(CultureInfo.InvariantCulture, write, property)};"
        );
    }

    /// <summary>A bit is set if any of its fields is; those with a value must then all be there.</summary>
    void WriteFlags(TlField flags, IReadOnlyDictionary<TlField, string> properties)
    {
        var bits = properties
            .Where(p => p.Key.FlagsField == flags.Name)
            .GroupBy(p => p.Key.Bit)
            .OrderBy(g => g.Key)
            .Select(g => (Bit: g.Key, Values: Tests(g, isTrue: false), Trues: Tests(g, isTrue: true)))
            .ToList();
        foreach (var (bit, values, trues) in bits.Where(b => b.Values.Count > 0 && b.Values.Count + b.Trues.Count > 1))
        {
            var any = trues.Count == 0 ? values : [.. values, string.Join(" || ", [values[0], .. trues])];
            code.Line($"Together(\"{flags.Name}.{bit}\", {string.Join(", ", any)});");
        }
        var terms = bits.Select(b => $"({string.Join(" || ", [.. b.Values, .. b.Trues])} ? 1u << {b.Bit} : 0)");
        code.Line($"w.WriteUInt32({string.Join(" | ", terms.DefaultIfEmpty("0"))});");
    }

    static List<string> Tests(IEnumerable<KeyValuePair<TlField, string>> fields, bool isTrue) =>
        [.. fields.Where(p => p.Key.IsTrue == isTrue).Select(p => isTrue ? p.Value : $"{p.Value} is not null")];

    void Read(TlDeclaration declaration, IReadOnlyDictionary<TlField, string> properties, string name)
    {
        if (properties.Count == 0 && declaration.Fields.Count == 0)
        {
            code.Line($"internal static {name} ReadBare(ref TlReader r) => new();");
            return;
        }
        code.Open($"internal static {name} ReadBare(ref TlReader r)");
        var lastFlags = declaration.Fields.ToList().FindLastIndex(f => f.IsFlags);
        var early = declaration.Fields.Take(Math.Max(lastFlags, 0)).Where(f => !f.IsFlags && !f.IsTrue).ToHashSet();
        foreach (var field in declaration.Fields.Take(lastFlags + 1))
        {
            if (field.IsFlags)
            {
                code.Line($"var {field.Name} = r.ReadUInt32();");
            }
            else if (early.Contains(field))
            {
                code.Line(
                    $"{FieldCode.Of(field.Type, names).Type}{(field.IsOptional ? "?" : "")} {Local(field)} = {ReadCode(field)};"
                );
            }
        }
        code.Open("return new()");
        foreach (var (field, property) in properties)
        {
            code.Line($"{property} = {(early.Contains(field) ? Local(field) : ReadCode(field))},");
        }
        code.Close("};");
        code.Close();
    }

    string ReadCode(TlField field)
    {
        var bit = $"({field.FlagsField} & 1u << {field.Bit}) != 0";
        return field switch
        {
            { IsTrue: true } => bit,
            { IsOptional: true } => $"{bit} ? {FieldCode.Of(field.Type, names).Read} : null",
            _ => FieldCode.Of(field.Type, names).Read,
        };
    }

    static string Local(TlField field) => $"{field.Name}Value";
}
