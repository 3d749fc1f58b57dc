using System.Text;

namespace Fleet.Tl.Generator.Schema;

/// <summary>
/// The id of a declaration is the CRC32 of its text in the form of the first schemas: no id, no brackets, bytes called
/// string, and without the flags that carry no value (they may be added later without a new id).
/// https://core.telegram.org/mtproto/TL
/// </summary>
public static class ConstructorIds
{
    /// <summary>The id that the text of the declaration gives.</summary>
    public static uint Of(TlDeclaration declaration) => Crc32(Encoding.ASCII.GetBytes(Canonical(declaration)));

    /// <exception cref="SchemaException">An id is not the CRC32 of its declaration, or two declarations share one.</exception>
    public static void Check(IEnumerable<TlDeclaration> declarations)
    {
        var byId = new Dictionary<uint, TlDeclaration>();
        foreach (var declaration in declarations)
        {
            var computed = Of(declaration);
            if (computed != declaration.Id)
            {
                throw new SchemaException($"the CRC32 of this declaration is {computed:x8}: {declaration}");
            }
            if (!byId.TryAdd(declaration.Id, declaration))
            {
                throw new SchemaException($"two declarations with one id: {byId[declaration.Id].Name}, {declaration}");
            }
        }
    }

    static string Canonical(TlDeclaration declaration)
    {
        var text = new StringBuilder(declaration.Name);
        if (declaration.Generic)
        {
            text.Append(" X:Type");
        }
        foreach (var field in declaration.Fields.Where(f => !f.IsTrue))
        {
            text.Append(' ').Append(field.Name).Append(':');
            if (field.IsOptional)
            {
                text.Append(field.FlagsField).Append('.').Append(field.Bit).Append('?');
            }
            text.Append(field.Type is { Name: "bytes", Vector: VectorKind.None } ? "string" : Canonical(field.Type));
        }
        return text.Append(" = ").Append(Canonical(declaration.Result)).ToString();
    }

    static string Canonical(TlType type) =>
        type.Vector switch
        {
            VectorKind.Boxed => $"Vector {type.Name}",
            VectorKind.Bare => $"vector {type.Name}",
            _ => type.Name,
        };

    /// <summary>CRC-32 of ISO-HDLC (reversed polynomial edb88320).</summary>
    static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 0 ? crc >> 1 : crc >> 1 ^ 0xedb88320;
            }
        }
        return ~crc;
    }
}
