using System.Collections.Frozen;
using System.Globalization;
using Fleet.Tl;

namespace Fleet.Emulator.Layers;

/// <summary>What objects look like in one layer. Layers before the newest differ from it by what older.tl declares.</summary>
sealed class LayerSchema
{
    const string OlderHead = "---layer ";

    static readonly Lazy<LayerSchema[]> All = new(Load);

    readonly FrozenDictionary<uint, Declaration> _byId;
    readonly FrozenDictionary<string, Declaration> _byName;

    LayerSchema(int layer, IEnumerable<Declaration> declarations)
    {
        Layer = layer;
        _byName = declarations.ToFrozenDictionary(d => d.Name);
        _byId = _byName.Values.ToFrozenDictionary(d => d.Id);
    }

    public int Layer { get; }

    /// <summary>The layer of Fleet.Tl's own classes.</summary>
    public static LayerSchema Newest => All.Value[^1];

    /// <summary>The newest layer known that is not newer than <paramref name="layer"/>; null when all are newer.</summary>
    public static LayerSchema? OfOrNull(int layer) => Array.FindLast(All.Value, schema => schema.Layer <= layer);

    /// <exception cref="TlException">No declaration of this layer has that id.</exception>
    public Declaration ById(uint id) =>
        _byId.GetValueOrDefault(id) ?? throw new TlException(TlFault.UnknownConstructor, $"0x{id:x8} in layer {Layer}");

    /// <exception cref="TlException">This layer has no such declaration.</exception>
    public Declaration ByName(string name) =>
        _byName.GetValueOrDefault(name)
        ?? throw new TlException(TlFault.UnknownConstructor, $"{name} in layer {Layer}");

    /// <summary>The layers that older.tl describes, with their declarations that differ from the newest.</summary>
    public static IEnumerable<(int Layer, IReadOnlyList<string> Lines)> Older()
    {
        var sections = Text("older.tl").Split(OlderHead).Skip(1);
        foreach (var section in sections)
        {
            var lines = section.Split('\n');
            var layer = int.Parse(lines[0].AsSpan().TrimEnd('-'), CultureInfo.InvariantCulture);
            yield return (layer, [.. lines.Skip(1).Where(line => line.Length > 0)]);
        }
    }

    static LayerSchema[] Load()
    {
        var newest = Parse(Text("api.tl").Split('\n'));
        var older = Older()
            .Select(o => new LayerSchema(o.Layer, Parse(o.Lines).UnionBy(newest, d => d.Name, StringComparer.Ordinal)));
        return [.. older.OrderBy(schema => schema.Layer), new LayerSchema(TlSchema.Layer, newest)];
    }

    static List<Declaration> Parse(IEnumerable<string> lines) =>
        [.. lines.Select(Declaration.ParseOrNull).OfType<Declaration>()];

    static string Text(string resource)
    {
        using var reader = new StreamReader(typeof(LayerSchema).Assembly.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }
}
