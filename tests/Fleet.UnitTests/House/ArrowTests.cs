using System.Xml.Linq;
using Fleet.Testing;

namespace Fleet.UnitTests.House;

/// <summary>The project files hold to the layout: each project depends on no more than the table allows.</summary>
[Category("operations")]
public sealed class ArrowTests
{
    // What each project may name. A test project may name anything below it and is not listed.
    static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Fleet.Tl"] = [],
        ["Fleet.Tl.Generator"] = [],
        ["Fleet.MtProto"] = ["Fleet.Tl"],
        ["Fleet.Telegram"] = ["Fleet.MtProto"],
        ["Fleet.Sessions"] = ["Fleet.MtProto"],
        ["Fleet.Jobs"] = [],
        ["Fleet.Storage"] = [],
        ["Fleet.Media"] = [],
        ["Fleet.Hosting"] = [],
        ["Fleet.Intake"] = ["Fleet.Jobs", "Fleet.Storage", "Fleet.Telegram", "Fleet.Hosting"],
        ["Fleet.Broker"] = ["Fleet.Sessions", "Fleet.Telegram", "Fleet.Jobs", "Fleet.Hosting"],
        ["Fleet.Worker"] =
        [
            "Fleet.Jobs",
            "Fleet.Sessions",
            "Fleet.Telegram",
            "Fleet.Media",
            "Fleet.Storage",
            "Fleet.Hosting",
        ],
        ["Fleet.Notifier"] = ["Fleet.Jobs", "Fleet.Hosting"],
        ["Fleet.Cli"] = ["Fleet.Telegram"],
        ["Fleet.Emulator"] = ["Fleet.Tl"],
        ["Fleet.Fuzz"] = ["Fleet.MtProto", "Fleet.Telegram"],
        ["Fleet.Testing"] = [],
    };

    static IEnumerable<string> Projects =>
        new[] { "libs", "services", "tests" }.SelectMany(folder =>
            Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.csproj", SearchOption.AllDirectories)
        );

    static IEnumerable<string> Bounded =>
        Projects.Where(p =>
            Path.GetFileNameWithoutExtension(p) is not ("Fleet.UnitTests" or "Fleet.SystemTests" or "Fleet.Benchmarks")
        );

    [TestCaseSource(nameof(Bounded))]
    public void A_project_depends_only_on_what_the_layout_allows(string path)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        var references = XDocument
            .Load(path)
            .Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value));

        Assert.That(references, Is.SubsetOf(Allowed[name]));
    }

    [Test]
    public void Every_project_is_in_the_solution()
    {
        var solution = File.ReadAllText(Path.Combine(Repository.Root, "Fleet.sln"));

        Assert.That(Projects.Where(p => !solution.Contains(Path.GetFileName(p), StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public void No_package_version_is_written_outside_the_central_file()
    {
        var versioned = Projects.Where(p =>
            XDocument.Load(p).Descendants("PackageReference").Any(r => r.Attribute("Version") is not null)
        );

        Assert.That(versioned, Is.Empty);
    }
}
