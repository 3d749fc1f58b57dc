using Fleet.Tl.Generator.Schema;

namespace Fleet.Tl.Generator.Emit;

/// <summary>Turns the checked-in schema into the files of Generated/: the same input gives the same bytes.</summary>
public sealed class CodeGenerator
{
    /// <summary>Api types by the first letter of their class; fixed, so that a new type changes one file.</summary>
    static readonly string[] ApiGroups = ["AB", "C", "DEFGHI", "JKLM", "NOPQ", "RSTUVWXYZ"];

    readonly List<TlDeclaration> _api;
    readonly List<TlDeclaration> _mtproto;
    readonly AllowList _allowed;
    readonly Names _apiNames;
    readonly Names _mtprotoNames;

    /// <exception cref="SchemaException">An id is wrong, a name stands for two things, or something is missing.</exception>
    public CodeGenerator(IReadOnlyList<TlDeclaration> api, IReadOnlyList<TlDeclaration> mtproto, AllowList allowed)
    {
        ConstructorIds.Check(api.Concat(mtproto));
        _api = [.. api];
        _mtproto = [.. mtproto];
        _allowed = allowed;
        _apiNames = new("Api", api.Where(d => !d.IsMethod));
        _mtprotoNames = new("Mtp", mtproto.Where(d => !d.IsMethod));
        CheckComplete();
        CheckClasses();
    }

    /// <summary>File name and content, by name.</summary>
    public IReadOnlyDictionary<string, string> Generate()
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["Methods.g.cs"] = Methods(),
            ["Mtp.g.cs"] = Types(_mtprotoNames, _mtprotoNames.Types),
            ["TlObjects.g.cs"] = Registry(),
        };
        foreach (var letters in ApiGroups)
        {
            var types = _apiNames.Types.Where(t =>
                letters.Contains(_apiNames.Type(t.Key)[0], StringComparison.Ordinal)
            );
            files[$"Api.{letters[0]}{(letters.Length > 1 ? $"-{letters[^1]}" : "")}.g.cs"] = Types(_apiNames, types);
        }
        return files;
    }

    void CheckComplete()
    {
        var methods = _api.Where(d => d.IsMethod).Select(d => d.Name).ToHashSet(StringComparer.Ordinal);
        if (!methods.SetEquals(_allowed.Methods))
        {
            methods.SymmetricExceptWith(_allowed.Methods);
            throw new SchemaException(
                $"allow-list and api.tl differ (run prune): {string.Join(", ", methods.Order(StringComparer.Ordinal))}"
            );
        }
        if (
            Reach.From(_api, _allowed with { LeftOut = new HashSet<string>(StringComparer.Ordinal) }).Count
            != _api.Count
        )
        {
            throw new SchemaException("api.tl holds constructors that no method reaches (run prune)");
        }
    }

    void CheckClasses()
    {
        var methods = _api.Concat(_mtproto).Where(d => d.IsMethod).Select(d => Names.Pascal(d.Name));
        var twice = _apiNames
            .Classes.Concat(_mtprotoNames.Classes)
            .Concat(methods)
            .CountBy(c => c)
            .Where(c => c.Value > 1);
        if (twice.Select(c => c.Key).FirstOrDefault() is { } name)
        {
            throw new SchemaException($"two classes would be called {name}");
        }
    }

    string Types(Names names, IEnumerable<IGrouping<string, TlDeclaration>> types)
    {
        var code = CodeText.File($"Fleet.Tl.{names.Space}");
        var bare = Bare();
        var writer = new ClassWriter(code, names, bare);
        foreach (var type in types.OrderBy(t => names.Type(t.Key), StringComparer.Ordinal))
        {
            if (type.Count() > 1)
            {
                writer.Base(type);
            }
            foreach (var constructor in type.Where(c => !_allowed.ByHand.Contains(c.Name)))
            {
                writer.Constructor(constructor, type.Count() > 1 ? names.Type(type.Key) : null);
            }
        }
        return code.ToString();
    }

    string Methods()
    {
        var code = CodeText.File("Fleet.Tl.Methods", "Fleet.Tl.Api", "Fleet.Tl.Mtp");
        foreach (var (schema, names) in new[] { (_api, _apiNames), (_mtproto, _mtprotoNames) })
        {
            var writer = new ClassWriter(code, names, Bare());
            foreach (var method in schema.Where(d => d.IsMethod))
            {
                writer.Method(method);
            }
        }
        return code.ToString();
    }

    HashSet<string> Bare() =>
        _mtproto
            .SelectMany(d => d.Fields)
            .Where(f => f.Type.Vector == VectorKind.Bare)
            .Select(f => f.Type.Name)
            .ToHashSet(StringComparer.Ordinal);

    string Registry()
    {
        var code = CodeText.File("Fleet.Tl", "Fleet.Tl.Api", "Fleet.Tl.Methods", "Fleet.Tl.Mtp");
        code.Line("");
        code.Line("/// <summary>Every constructor and method by its id.</summary>");
        code.Open("static class TlObjects");
        code.Line("/// <summary>Reads the fields behind the id.</summary>");
        code.Line("internal static TlObject Read(uint id, ref TlReader r) =>");
        code.Line("    ReadMtproto(id, ref r) ?? ReadMethod(id, ref r) ?? ReadApi(id, ref r) ?? throw r.Unknown(id);");
        Switch(code, "ReadMtproto", _mtproto.Where(d => !d.IsMethod));
        Switch(code, "ReadMethod", _api.Concat(_mtproto).Where(d => d.IsMethod));
        Switch(code, "ReadApi", _api.Where(d => !d.IsMethod));
        code.Close();
        return code.ToString();
    }

    static void Switch(CodeText code, string name, IEnumerable<TlDeclaration> declarations)
    {
        code.Line("");
        code.Open($"static TlObject? {name}(uint id, ref TlReader r) => id switch");
        foreach (var declaration in declarations.OrderBy(d => d.Id))
        {
            code.Line($"0x{declaration.Id:x8} => {Names.Pascal(declaration.Name)}.ReadBare(ref r),");
        }
        code.Line("_ => null,");
        code.Close("};");
    }
}
