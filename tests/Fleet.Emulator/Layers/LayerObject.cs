using System.Runtime.InteropServices;
using Fleet.Tl;

namespace Fleet.Emulator.Layers;

/// <summary>An object of any layer: its name, and the fields that are there.</summary>
/// <param name="Name">Of its constructor.</param>
/// <param name="Fields">
/// int, long, double, bool, byte[] (strings too), <see cref="LayerObject"/>, or a list of these; without flags fields.
/// </param>
sealed record LayerObject(string Name, IReadOnlyDictionary<string, object> Fields);

/// <summary>Reads objects as <paramref name="schema"/> lays them out; bounded by the input's length and depth.</summary>
[StructLayout(LayoutKind.Auto)]
readonly struct ObjectReader(LayerSchema schema)
{
    /// <exception cref="TlException">The bytes are no object of that layer.</exception>
    public LayerObject Read(ref TlReader reader, int depth = 0)
    {
        if (depth == TlReader.MaxDepth)
            throw new TlException(TlFault.TooDeep, $"more than {depth} objects in one another");
        var declaration = schema.ById(reader.ReadUInt32());
        var flags = new Dictionary<string, uint>(StringComparer.Ordinal);
        var fields = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var field in declaration.Fields)
        {
            if (field.IsFlags)
                flags[field.Name] = reader.ReadUInt32();
            else if (field.Flags is null || (flags[field.Flags] & (1u << field.Bit)) != 0)
                fields[field.Name] = field.IsVector
                    ? ReadVector(ref reader, field.Type, depth)
                    : ReadOne(ref reader, field.Type, depth);
        }
        return new LayerObject(declaration.Name, fields);
    }

    List<object> ReadVector(ref TlReader reader, string type, int depth)
    {
        if (reader.ReadUInt32() is var id and not TlSchema.VectorId)
            throw new TlException(TlFault.UnknownConstructor, $"0x{id:x8} where a vector belongs");
        var count = reader.ReadInt32();
        if (count < 0 || count > reader.Remaining / 4)
            throw new TlException(TlFault.TooLarge, $"a vector of {count}, {reader.Remaining} bytes left");
        var items = new List<object>();
        for (var i = 0; i < count; i++)
            items.Add(ReadOne(ref reader, type, depth));
        return items;
    }

    object ReadOne(ref TlReader reader, string type, int depth) =>
        type switch
        {
            "true" => true,
            "Bool" => reader.ReadBool(),
            "int" => reader.ReadInt32(),
            "long" => reader.ReadInt64(),
            "double" => reader.ReadDouble(),
            "string" or "bytes" => reader.ReadBytes(),
            _ => Read(ref reader, depth + 1),
        };
}

/// <summary>Writes objects as <paramref name="schema"/> lays them out.</summary>
[StructLayout(LayoutKind.Auto)]
readonly struct ObjectWriter(LayerSchema schema, TlWriter writer)
{
    /// <exception cref="TlException">The layer has no such object, or demands an object in it that is not there.</exception>
    public void Write(LayerObject value)
    {
        var declaration = schema.ByName(value.Name);
        writer.WriteUInt32(declaration.Id);
        foreach (var field in declaration.Fields)
        {
            if (field.IsFlags)
                writer.WriteUInt32(FlagsOf(declaration, field.Name, value));
            else if (field.Flags is null || IsSet(declaration, field.Flags, field.Bit, value))
                Write(field, FittingOrNull(field, value) ?? Empty(declaration, field));
        }
    }

    static uint FlagsOf(Declaration declaration, string flags, LayerObject value)
    {
        var bits = declaration.Fields.Where(field => field.Flags == flags).Select(field => field.Bit).Distinct();
        return bits.Aggregate(0u, (all, bit) => IsSet(declaration, flags, bit, value) ? all | (1u << bit) : all);
    }

    /// <summary>Fields that share a flag are there together or not at all.</summary>
    static bool IsSet(Declaration declaration, string flags, int bit, LayerObject value) =>
        declaration.Fields.All(field =>
            field.Flags != flags || field.Bit != bit || FittingOrNull(field, value) is not null
        );

    /// <summary>The value for the field; one of another kind than the field's, as when a type changed between layers, is as good as none.</summary>
    static object? FittingOrNull(Field field, LayerObject value)
    {
        if (!value.Fields.TryGetValue(field.Name, out var found))
            return null;
        var fits = found is List<object> list
            ? field.IsVector && list.TrueForAll(item => Fits(field.Type, item))
            : !field.IsVector && Fits(field.Type, found);
        return fits ? found : null;
    }

    static bool Fits(string type, object value) =>
        type switch
        {
            "true" or "Bool" => value is bool,
            "int" or "long" or "double" => value is int or long or double,
            "string" or "bytes" => value is byte[],
            _ => value is LayerObject,
        };

    static object Empty(Declaration declaration, Field field) =>
        field switch
        {
            { IsVector: true } => new List<object>(),
            { Type: "Bool" } => false,
            { Type: "int" or "long" or "double" } => 0,
            { Type: "string" or "bytes" } => Array.Empty<byte>(),
            _ => throw new TlException(TlFault.Inconsistent, $"{declaration.Name} without {field.Name}"),
        };

    void Write(Field field, object value)
    {
        if (value is not List<object> items)
        {
            WriteOne(field.Type, value);
            return;
        }
        writer.BeginVector(items.Count);
        foreach (var item in items)
            WriteOne(field.Type, item);
    }

    void WriteOne(string type, object value)
    {
        switch (value)
        {
            case bool yes when type == "Bool":
                writer.WriteBool(yes);
                break;
            case byte[] bytes:
                writer.WriteBytes(bytes);
                break;
            case LayerObject inner:
                Write(inner);
                break;
            case int or long or double when type == "double":
                writer.WriteDouble(Convert.ToDouble(value, null));
                break;
            case int or long or double when type == "long":
                writer.WriteInt64(Whole(value));
                break;
            case int or long or double:
                writer.WriteInt32((int)Math.Clamp(Whole(value), int.MinValue, int.MaxValue));
                break;
        }
    }

    /// <summary>A number without its fraction: durations were whole seconds once.</summary>
    static long Whole(object number) => number is double real ? (long)real : Convert.ToInt64(number, null);
}
