namespace Fleet.Media;

/// <summary>What FFmpeg's words mean to us. Only the code leaves this class: the words hold paths and file content.</summary>
static class FfmpegErrors
{
    // First match wins: a cut file also makes FFmpeg complain about its data.
    static readonly (string Words, string Code, string Message)[] Known =
    [
        ("No space left on device", MediaErrors.DiskFull, "There is no space left for the output."),
        ("Format not on whitelist", MediaErrors.Invalid, "The file is of a forbidden format, such as a playlist."),
        ("not on whitelist", MediaErrors.Invalid, "The file refers to other files or addresses."),
        ("File ended prematurely", MediaErrors.Truncated, "The file is cut off."),
        ("moov atom not found", MediaErrors.Truncated, "The file has no index; it is cut off."),
        ("partial file", MediaErrors.Truncated, "The file is cut off."),
        ("corrupt input packet", MediaErrors.Truncated, "The file is cut off or damaged."),
        ("not currently supported in container", MediaErrors.Unsupported, "The container cannot hold a stream."),
        ("Could not find tag for codec", MediaErrors.Unsupported, "The container cannot hold a stream."),
        ("Invalid data found", MediaErrors.Invalid, "The file is damaged."),
    ];

    /// <summary>The failure that a run's last words name; null when they name none.</summary>
    public static MediaException? FindOrNull(string words)
    {
        var known = Array.Find(Known, k => words.Contains(k.Words, StringComparison.OrdinalIgnoreCase));
        return known.Code is null ? null : new MediaException(known.Code, known.Message);
    }

    /// <summary>The failure of a run that did not end well.</summary>
    public static MediaException Of(int exitCode, string words) =>
        Sandbox.IsMissing(exitCode)
            ? new MediaException(MediaErrors.ToolMissing, "FFmpeg cannot be started.")
            : FindOrNull(words)
                ?? new MediaException(MediaErrors.RemuxFailed, $"FFmpeg ended with exit code {exitCode}.");

    /// <summary>A file that is cut off may be copied to its end and still count as success to FFmpeg.</summary>
    public static bool IsCutOff(string words) => FindOrNull(words) is { Code: MediaErrors.Truncated };

    /// <summary>The room that was left at the front of an MP4 does not hold its index.</summary>
    public static bool IsIndexTooLarge(string words) =>
        words.Contains("reserved_moov_size is too small", StringComparison.Ordinal);
}
