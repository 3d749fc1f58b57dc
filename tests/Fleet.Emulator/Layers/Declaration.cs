using System.Globalization;

namespace Fleet.Emulator.Layers;

/// <summary>A field: always there, or only when <paramref name="Bit"/> of the flags field named <paramref name="Flags"/> is set.</summary>
/// <param name="Name">As the schema spells it.</param>
/// <param name="Type">Of the value, or of each element of a vector; <c>true</c> has no bytes, <c>#</c> holds flags.</param>
/// <param name="IsVector">True for <c>Vector&lt;Type&gt;</c>.</param>
/// <param name="Flags">Null when the field is always there.</param>
/// <param name="Bit">Its bit in <paramref name="Flags"/>.</param>
sealed record Field(string Name, string Type, bool IsVector, string? Flags, int Bit)
{
    public bool IsFlags => Type == "#";

    /// <summary>Reads <c>name:type</c> or <c>name:flags.bit?type</c>.</summary>
    public static Field Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var (name, type) = (text[..colon], text[(colon + 1)..]);
        string? flags = null;
        var bit = 0;
        if (type.IndexOf('?', StringComparison.Ordinal) is > 0 and var mark)
        {
            var dot = type.IndexOf('.', StringComparison.Ordinal);
            flags = type[..dot];
            bit = int.Parse(type.AsSpan(dot + 1, mark - dot - 1), CultureInfo.InvariantCulture);
            type = type[(mark + 1)..];
        }
        var isVector = type.StartsWith("Vector<", StringComparison.Ordinal);
        return new Field(name, isVector ? type["Vector<".Length..^1] : type, isVector, flags, bit);
    }
}

/// <summary>How the fields of one constructor or method follow its id.</summary>
sealed record Declaration(string Name, uint Id, IReadOnlyList<Field> Fields)
{
    /// <summary>Reads <c>name#id {X:Type} field:type ... = Result;</c>; null for a line that declares nothing.</summary>
    public static Declaration? ParseOrNull(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var end = Array.IndexOf(words, "=");
        if (end < 1 || words[0].StartsWith("//", StringComparison.Ordinal))
            return null;
        var hash = words[0].IndexOf('#', StringComparison.Ordinal);
        return new Declaration(
            words[0][..hash],
            uint.Parse(words[0].AsSpan(hash + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture),
            [.. words[1..end].Where(word => word[0] != '{').Select(Field.Parse)]
        );
    }
}
