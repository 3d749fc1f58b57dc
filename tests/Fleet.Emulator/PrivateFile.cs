namespace Fleet.Emulator;

/// <summary>Files that hold keys: readable by their owner only, replaced whole or not at all.</summary>
static class PrivateFile
{
    public static void Write(string path, string content)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var unfinished = path + ".new";
        using (var file = new StreamWriter(unfinished, options))
            file.Write(content);
        File.Move(unfinished, path, overwrite: true);
    }
}
