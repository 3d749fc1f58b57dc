namespace Fleet.Media;

/// <summary>Looks before it writes: a full disk is an error before the work, not in the middle of it.</summary>
public static class DiskSpace
{
    /// <summary>Checks that the file system of a path has room.</summary>
    /// <param name="path">A file, which need not exist, in a directory that does.</param>
    /// <exception cref="MediaException"><see cref="MediaErrors.DiskFull"/>.</exception>
    public static void Ensure(string path, long bytes)
    {
        var free = new DriveInfo(Path.GetDirectoryName(Path.GetFullPath(path))!).AvailableFreeSpace;
        if (free < bytes)
        {
            throw new MediaException(
                MediaErrors.DiskFull,
                $"{bytes >> 20} MiB are needed on the disk and {free >> 20} MiB are free."
            );
        }
    }
}
