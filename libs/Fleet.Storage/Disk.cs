using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Fleet.Storage;

/// <summary>What the directory store asks of the file system beyond System.IO: durability, and errors by meaning.</summary>
static partial class Disk
{
    const int NoSpace = 28; // ENOSPC
    const int QuotaExceeded = 122; // EDQUOT
    const int DiskFullHResult = unchecked((int)0x80070070);

    /// <summary>Waits until the data of an open file is on the disk.</summary>
    public static Task FlushAsync(SafeFileHandle file, CancellationToken ct) =>
        Task.Run(() => RandomAccess.FlushToDisk(file), ct);

    /// <summary>Waits until the names in a directory, and in those above it up to a root, are on the disk.</summary>
    public static void FlushNames(string directory, string root)
    {
        for (var at = directory; at.Length >= root.Length; at = Path.GetDirectoryName(at)!)
            FlushNames(at);
    }

    static void FlushNames(string directory)
    {
        if (!OperatingSystem.IsLinux())
            return;
        var descriptor = Open(directory, 0);
        if (descriptor < 0)
            return; // removed by a neighbour meanwhile: nothing of ours is in it
        var failed = Fsync(descriptor) != 0;
        var code = Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        if (failed)
            throw new IOException($"fsync of a directory failed with errno {code}", code);
    }

    /// <summary>The failure of a file operation as a storage error.</summary>
    public static StorageException Failure(Exception error, string key) =>
        error switch
        {
            IOException { HResult: NoSpace or QuotaExceeded or DiskFullHResult } => new(
                StorageError.Full,
                $"No space left for {key}",
                error
            ),
            UnauthorizedAccessException => new(StorageError.Refused, $"No right to write {key}", error),
            _ => new(StorageError.Unavailable, $"The file system failed on {key}: {error.GetType().Name}", error),
        };

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    internal static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    internal static partial int Close(int descriptor);
}
