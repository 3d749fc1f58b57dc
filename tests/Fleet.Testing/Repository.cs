namespace Fleet.Testing;

/// <summary>Where things are in the checkout that the tests were built from.</summary>
public static class Repository
{
    /// <summary>The folder with Fleet.sln, found upward from the test binaries.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The name of the build the tests run from: <c>debug</c> or <c>release</c>.</summary>
    public static string Configuration { get; } = new DirectoryInfo(AppContext.BaseDirectory).Name;

    /// <summary>The executable of a project, built in the same configuration as the tests.</summary>
    public static string Executable(string project) =>
        Path.Combine(Root, ".artifacts", "bin", project, Configuration, project);

    static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Fleet.sln")))
                return folder.FullName;
        throw new DirectoryNotFoundException("No Fleet.sln above the test binaries.");
    }
}
