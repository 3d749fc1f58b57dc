using Microsoft.Extensions.Options;

namespace Fleet.Worker.Transfer;

/// <summary>
/// Directories for local files, one per transfer, removed with it. Each process has its own below the configured one and
/// holds a lock in it; what a killed process left is removed by the next one that starts.
/// </summary>
sealed class WorkSpace : IDisposable
{
    const string LockFile = "lock";

    readonly string _own;
    readonly FileStream _lock;

    public WorkSpace(IOptions<WorkerOptions> options)
    {
        var root = options.Value.WorkDirectory;
        Directory.CreateDirectory(root);
        foreach (var old in Directory.EnumerateDirectories(root))
            RemoveIfAbandoned(old);
        _own = Path.Combine(root, $"{Environment.ProcessId}-{Guid.NewGuid():n}");
        Directory.CreateDirectory(_own);
        _lock = new FileStream(Path.Combine(_own, LockFile), FileMode.CreateNew, FileAccess.Write, FileShare.None);
    }

    /// <summary>A fresh empty directory.</summary>
    public WorkFolder Create() => new(Directory.CreateDirectory(Path.Combine(_own, $"{Guid.NewGuid():n}")).FullName);

    public void Dispose()
    {
        _lock.Dispose();
        if (Directory.Exists(_own))
            Directory.Delete(_own, recursive: true);
    }

    static void RemoveIfAbandoned(string directory)
    {
        var lockFile = Path.Combine(directory, LockFile);
        try
        {
            // A living owner has it locked. A directory without one is being made at this moment, or is not ours.
            if (!File.Exists(lockFile))
                return;
            using (new FileStream(lockFile, FileMode.Open, FileAccess.Write, FileShare.None))
                Directory.Delete(directory, recursive: true);
        }
        catch (IOException)
        {
            // in use
        }
    }
}

/// <summary>A directory that goes with its transfer.</summary>
sealed class WorkFolder(string path) : IDisposable
{
    public string Path => path;

    public string File(string name) => System.IO.Path.Combine(path, name);

    public void Dispose() => Directory.Delete(path, recursive: true);
}
