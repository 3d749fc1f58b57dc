using System.Text.Json;
using Fleet.Tl.Generator;
using Fleet.Tl.Generator.Schema;

const string Usage = """
    Usage (anywhere in the repository):
      generate   write libs/Fleet.Tl/Generated from libs/Fleet.Tl/Schema
      check      exit 1 if generate would change a file, and name it
      prune DIR  write Schema/api.tl and mtproto.tl from DIR, the unpacked npm package @mtcute/tl
    """;
try
{
    var workspace = Workspace.FindFrom(Directory.GetCurrentDirectory());
    switch (args)
    {
        case ["generate"]:
            var written = workspace.Write();
            Console.WriteLine(
                written.Count == 0 ? "Generated/ is up to date" : $"changed: {string.Join(", ", written)}"
            );
            return 0;
        case ["check"]:
            var different = workspace.Different(workspace.Generate());
            foreach (var name in different)
            {
                Console.Error.WriteLine($"libs/Fleet.Tl/Generated/{name} differs from its schema: run ./fleet gen");
            }
            return different.Count == 0 ? 0 : 1;
        case ["prune", var package]:
            workspace.Prune(package);
            Console.WriteLine("wrote Schema/api.tl and Schema/mtproto.tl; now run generate");
            return 0;
        default:
            Console.Error.WriteLine(Usage);
            return args is ["--help" or "-h"] ? 0 : 2;
    }
}
catch (Exception e) when (e is SchemaException or JsonException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine($"Fleet.Tl.Generator: {e.Message}");
    return 1;
}
