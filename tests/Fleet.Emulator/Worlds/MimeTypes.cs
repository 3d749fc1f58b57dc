namespace Fleet.Emulator.Worlds;

/// <summary>MIME types by file name, as far as the emulated world needs them.</summary>
static class MimeTypes
{
    public static string Of(string fileName) =>
        Path.GetExtension(fileName).ToLowerInvariant() switch
        {
            ".mp4" or ".m4v" => "video/mp4",
            ".mkv" => "video/x-matroska",
            ".webm" => "video/webm",
            ".mov" => "video/quicktime",
            ".avi" => "video/x-msvideo",
            ".mp3" => "audio/mpeg",
            ".m4a" => "audio/mp4",
            ".ogg" or ".opus" => "audio/ogg",
            ".flac" => "audio/flac",
            ".pdf" => "application/pdf",
            ".zip" => "application/zip",
            ".jpg" or ".jpeg" => "image/jpeg",
            ".png" => "image/png",
            ".txt" => "text/plain",
            _ => "application/octet-stream",
        };

    public static MediaKind KindOf(string mime) =>
        mime switch
        {
            _ when mime.StartsWith("video/", StringComparison.Ordinal) => MediaKind.Video,
            _ when mime.StartsWith("audio/", StringComparison.Ordinal) => MediaKind.Audio,
            _ => MediaKind.File,
        };
}
