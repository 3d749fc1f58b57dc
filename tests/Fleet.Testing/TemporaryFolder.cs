namespace Fleet.Testing;

/// <summary>A folder of the test's own, deleted with all it holds.</summary>
public sealed class TemporaryFolder : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fleet-test-");

    public string Path => _folder.FullName;

    /// <summary>The path of a file inside; the file need not exist.</summary>
    public string File(string name) => System.IO.Path.Combine(_folder.FullName, name);

    public void Dispose() => _folder.Delete(recursive: true);
}
