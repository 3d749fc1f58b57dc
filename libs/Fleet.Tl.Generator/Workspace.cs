using Fleet.Tl.Generator.Emit;
using Fleet.Tl.Generator.Schema;

namespace Fleet.Tl.Generator;

/// <summary>The files of libs/Fleet.Tl that the generator reads and writes.</summary>
/// <param name="Root">The repository: the folder with Fleet.sln.</param>
public sealed record Workspace(string Root)
{
    public string Schema => Path.Combine(Root, "libs", "Fleet.Tl", "Schema");

    public string Generated => Path.Combine(Root, "libs", "Fleet.Tl", "Generated");

    /// <summary>The first folder from <paramref name="start"/> upward that holds Fleet.sln.</summary>
    /// <exception cref="SchemaException">None does.</exception>
    public static Workspace FindFrom(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Fleet.sln")))
            {
                return new(folder.FullName);
            }
        }
        throw new SchemaException($"no Fleet.sln in {start} or above: run this inside the repository");
    }

    public AllowList ReadAllowList() => AllowList.Parse(Read("allow-list.txt"), "allow-list.txt");

    public IReadOnlyList<TlDeclaration> ReadApi() => TlParser.Parse(Read("api.tl"), "api.tl");

    /// <summary>mtproto.tl and, kept by hand, mtproto-extra.tl.</summary>
    public IReadOnlyList<TlDeclaration> ReadMtproto() =>
        [
            .. TlParser.Parse(Read("mtproto.tl"), "mtproto.tl"),
            .. TlParser.Parse(Read("mtproto-extra.tl"), "mtproto-extra.tl"),
        ];

    /// <summary>What Generated/ should hold: content by file name.</summary>
    public IReadOnlyDictionary<string, string> Generate() =>
        new CodeGenerator(ReadApi(), ReadMtproto(), ReadAllowList()).Generate();

    /// <summary>Makes Generated/ hold exactly the generated files; the names of those that changed.</summary>
    public IReadOnlyList<string> Write()
    {
        var wanted = Generate();
        var different = Different(wanted);
        Directory.CreateDirectory(Generated);
        foreach (var name in different)
        {
            var path = Path.Combine(Generated, name);
            if (wanted.TryGetValue(name, out var content))
            {
                File.WriteAllText(path, content);
            }
            else
            {
                File.Delete(path);
            }
        }
        return different;
    }

    /// <summary>Names of files in Generated/ that differ from <paramref name="wanted"/>, are missing or do not belong there.</summary>
    public IReadOnlyList<string> Different(IReadOnlyDictionary<string, string> wanted)
    {
        var present = Directory.Exists(Generated)
            ? Directory.EnumerateFiles(Generated).Select(f => Path.GetFileName(f)!).ToHashSet(StringComparer.Ordinal)
            : [];
        return
        [
            .. present
                .Union(wanted.Keys, StringComparer.Ordinal)
                .Where(name =>
                    !present.Contains(name)
                    || !wanted.TryGetValue(name, out var content)
                    || File.ReadAllText(Path.Combine(Generated, name)) != content
                )
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>Writes api.tl and mtproto.tl from an unpacked npm package @mtcute/tl.</summary>
    public void Prune(string package)
    {
        var json = File.ReadAllText(Path.Combine(package, "api-schema.json"));
        var (layer, api) = NpmSchema.ReadApi(json);
        var pruned = Reach.From(api, ReadAllowList());
        ConstructorIds.Check(pruned);
        File.WriteAllText(
            Path.Combine(Schema, "api.tl"),
            TlText.Write(
                [
                    $"LAYER {layer}",
                    "What allow-list.txt reaches of npm @mtcute/tl (MIT; declarations by Telegram, https://core.telegram.org/schema).",
                    "Written by Fleet.Tl.Generator prune; do not edit.",
                ],
                pruned,
                NpmSchema.ReadShortComments(json)
            )
        );
        var mtproto = NpmSchema.ReadMtproto(File.ReadAllText(Path.Combine(package, "mtp-schema.json")));
        ConstructorIds.Check(mtproto);
        File.WriteAllText(
            Path.Combine(Schema, "mtproto.tl"),
            TlText.Write(
                [
                    "MTProto service schema of npm @mtcute/tl (MIT; declarations by Telegram, https://core.telegram.org/schema/mtproto).",
                    "Written by Fleet.Tl.Generator prune; do not edit.",
                ],
                mtproto,
                new Dictionary<string, string>(StringComparer.Ordinal)
            )
        );
    }

    string Read(string file) => File.ReadAllText(Path.Combine(Schema, file));
}
