namespace Fleet.Media;

/// <summary>A media file could not be probed or remuxed. The message holds no path and no text of FFmpeg.</summary>
public sealed class MediaException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>An entry of <see cref="MediaErrors"/>.</summary>
    public string Code => code;

    /// <summary>True when the same work may succeed on another try or another machine.</summary>
    public bool IsTransient =>
        code is MediaErrors.RemuxFailed or MediaErrors.RemuxTimeout or MediaErrors.DiskFull or MediaErrors.ToolMissing;
}

/// <summary>Stable codes of <see cref="MediaException"/>.</summary>
public static class MediaErrors
{
    /// <summary>The file ends before its own header says.</summary>
    public const string Truncated = "media_truncated";

    /// <summary>The file cannot be put into the container that was asked for without re-encoding.</summary>
    public const string Unsupported = "media_unsupported";

    /// <summary>Picture and sound from two files do not last equally long.</summary>
    public const string LengthsDiffer = "media_lengths_differ";

    /// <summary>Encoding the picture anew would take longer than is allowed.</summary>
    public const string TooLongToEncode = "transcode_too_long";

    /// <summary>Not a media file, a forbidden format such as a playlist, or damaged.</summary>
    public const string Invalid = "media_invalid";

    /// <summary>FFmpeg made no progress for too long, or took too long in all.</summary>
    public const string RemuxTimeout = "remux_timeout";

    /// <summary>FFmpeg failed for a reason that is not known to be the file's, or its output did not pass the check.</summary>
    public const string RemuxFailed = "remux_failed";

    /// <summary>There is not enough free space for the output.</summary>
    public const string DiskFull = "disk_full";

    /// <summary>FFmpeg or ffprobe cannot be started.</summary>
    public const string ToolMissing = "media_tool_missing";
}
