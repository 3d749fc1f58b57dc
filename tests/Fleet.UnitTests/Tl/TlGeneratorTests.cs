using Fleet.Tl;
using Fleet.Tl.Generator;
using Fleet.Tl.Generator.Emit;
using Fleet.Tl.Generator.Schema;

namespace Fleet.UnitTests.Tl;

[Category("engine")]
public sealed class TlGeneratorTests
{
    static readonly Workspace Repository = Workspace.FindFrom(TestContext.CurrentContext.TestDirectory);

    [Test]
    public void The_checked_in_code_is_what_the_checked_in_schema_gives()
    {
        Assert.That(Repository.Different(Repository.Generate()), Is.Empty);
    }

    [Test]
    public void Every_id_is_the_CRC32_of_its_declaration()
    {
        var declarations = Repository.ReadApi().Concat(Repository.ReadMtproto()).ToList();

        Assert.That(declarations.Where(d => ConstructorIds.Of(d) != d.Id), Is.Empty);
        Assert.That(declarations, Has.Count.GreaterThan(900));
    }

    [Test]
    public void The_layer_is_the_one_of_the_schema()
    {
        var firstLine = File.ReadLines(Path.Combine(Repository.Schema, "api.tl")).First();

        Assert.That(firstLine, Is.EqualTo($"// LAYER {TlSchema.Layer}"));
    }

    [Test]
    public void A_changed_declaration_stops_the_generator()
    {
        var wrong = Parse("userEmpty#d3bc4b7a id:int = User;");

        Assert.That(
            () => ConstructorIds.Check(wrong),
            Throws.InstanceOf<SchemaException>().With.Message.Contains("userEmpty#d3bc4b7a id:int = User")
        );
    }

    [TestCase("userEmpty#d3bc4b7a id:long = User;")]
    [TestCase("invokeWithLayer#da9b0d0d {X:Type} layer:int query:!X = X;")]
    [TestCase("webPageUrlPending#41df43fc flags:# prefer_large_media:flags.0?true url:flags.31?Vector<bytes> = V;")]
    [TestCase("future_salts#ae500895 req_msg_id:long now:int salts:vector<future_salt> = FutureSalts;")]
    public void A_declaration_is_written_as_it_was_read(string line)
    {
        Assert.That($"{Parse(line).Single()};", Is.EqualTo(line));
    }

    [TestCase("userEmpty id:long = User;")]
    [TestCase("userEmpty#d3bc4b7a id:long = User")]
    [TestCase("userEmpty#d3bc4b7a id = User;")]
    [TestCase("userEmpty#d3bc4b7a id:flags.32?int = User;")]
    [TestCase("userEmpty#d3bc4b7a ids:Vector<Vector<int>> = User;")]
    public void A_line_that_is_no_declaration_is_named(string line)
    {
        Assert.That(
            () => Parse($"// a comment\n{line}"),
            Throws.InstanceOf<SchemaException>().With.Message.EqualTo($"x.tl:2: not a declaration: {line}")
        );
    }

    [TestCase("help.getConfig\nhelp.getConfig", "x:2: help.getConfig stands there twice")]
    [TestCase("take help.getConfig", "x:1: neither NAME, leave-out NAME nor by-hand NAME")]
    public void A_bad_allow_list_is_refused_with_its_line(string text, string message)
    {
        Assert.That(
            () => AllowList.Parse(text, "x"),
            Throws.InstanceOf<SchemaException>().With.Message.EqualTo(message)
        );
    }

    [Test]
    public void A_method_that_the_schema_does_not_have_is_named()
    {
        var allowed = AllowList.Parse("no.such", "x");

        Assert.That(
            () => Reach.From(Repository.ReadApi(), allowed),
            Throws.InstanceOf<SchemaException>().With.Message.EqualTo("allow-list: no.such is not in the schema")
        );
    }

    [Test]
    public void A_method_reaches_all_constructors_of_its_types_and_nothing_else()
    {
        var allowed = AllowList.Parse("upload.getCdnFile", "x");

        var reached = Reach.From(Repository.ReadApi(), allowed).Select(d => d.Name);

        Assert.That(
            reached,
            Is.EqualTo(new[] { "upload.cdnFileReuploadNeeded", "upload.cdnFile", "upload.getCdnFile" })
        );
    }

    [Test]
    public void The_allow_list_and_the_schema_must_agree()
    {
        var allowed = Repository.ReadAllowList();
        var shorter = allowed with { Methods = [.. allowed.Methods.Where(m => m != "upload.getFile")] };

        Assert.That(
            () => new CodeGenerator(Repository.ReadApi(), Repository.ReadMtproto(), shorter),
            Throws.InstanceOf<SchemaException>().With.Message.Contains("upload.getFile")
        );
    }

    /// <summary>The renamings and additions of the package are undone; comments lose their markup.</summary>
    [Test]
    public void The_npm_package_is_read_as_the_schema_it_came_from()
    {
        const string Json = """
            {"l": 223, "e": [{"kind": "class", "name": "mt_userEmpty", "type": "User", "id": 3552332666,
              "comment": "Empty <b>user</b>, see {@link RawUser} \u00bb",
              "arguments": [{"name": "id", "type": "int53"},
                {"name": "x", "type": "string", "typeModifiers": {"predicate": "flags2.3", "isVector": true}}]},
              {"kind": "class", "name": "mtcute.own", "type": "User", "id": 1, "arguments": []}]}
            """;

        var (layer, declarations) = NpmSchema.ReadApi(Json);

        Assert.That(layer, Is.EqualTo(223));
        Assert.That(
            TlText.Write(["head"], declarations, NpmSchema.ReadShortComments(Json)),
            Is.EqualTo(
                """
                // head

                // Empty user, see RawUser
                userEmpty#d3bc4b7a id:long x:flags2.3?Vector<string> = User;

                ---functions---


                """
            )
        );
    }

    [Test]
    public void Generate_writes_what_differs_and_removes_what_does_not_belong()
    {
        var root = Directory.CreateTempSubdirectory("fleet-tl-").FullName;
        try
        {
            var copy = new Workspace(root);
            Directory.CreateDirectory(copy.Schema);
            foreach (var file in Directory.EnumerateFiles(Repository.Schema))
            {
                File.Copy(file, Path.Combine(copy.Schema, Path.GetFileName(file)));
            }
            copy.Write();
            File.WriteAllText(Path.Combine(copy.Generated, "Old.g.cs"), "");
            File.AppendAllText(Path.Combine(copy.Generated, "Mtp.g.cs"), "// by hand\n");

            Assert.That(copy.Write(), Is.EqualTo(new[] { "Mtp.g.cs", "Old.g.cs" }));
            Assert.That(copy.Write(), Is.Empty);
            Assert.That(
                File.ReadAllBytes(Path.Combine(copy.Generated, "Mtp.g.cs")),
                Is.EqualTo(File.ReadAllBytes(Path.Combine(Repository.Generated, "Mtp.g.cs")))
            );
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    static IReadOnlyList<TlDeclaration> Parse(string text) => TlParser.Parse(text, "x.tl");
}
