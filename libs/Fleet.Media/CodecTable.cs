namespace Fleet.Media;

/// <summary>How widely browsers play something.</summary>
public enum WebSupport
{
    /// <summary>No browser.</summary>
    None,

    /// <summary>Some browsers, or only with special hardware.</summary>
    Some,

    /// <summary>Every current browser.</summary>
    All,
}

/// <summary>Which codecs go into MP4 by stream copy, and which of them browsers play there. Measured with FFmpeg 5.1.9.</summary>
static class CodecTable
{
    /// <summary>Whether the muxer takes it and players can know it. Vorbis, PCM and the old MPEG codecs mux without being playable: no.</summary>
    public static bool FitsMp4(MediaStream stream) =>
        stream.Kind switch
        {
            StreamKind.Video => stream.Codec is "h264" or "hevc" or "av1" or "vp9",
            StreamKind.Audio => stream.Codec
                is "aac"
                    or "mp3"
                    or "opus"
                    or "flac"
                    or "ac3"
                    or "eac3"
                    or "alac"
                    or "dts",
            StreamKind.Subtitle => IsTextSubtitle(stream.Codec),
            _ => false,
        };

    /// <summary>Subtitles that can become mov_text.</summary>
    public static bool IsTextSubtitle(string codec) =>
        codec is "subrip" or "ass" or "ssa" or "webvtt" or "mov_text" or "text";

    /// <summary>How widely browsers play a stream inside a container that they know.</summary>
    public static WebSupport WebSupportOf(MediaStream stream, string container) =>
        (stream.Kind, stream.Codec) switch
        {
            (StreamKind.Video, "h264") => Is8Bit420(stream) ? WebSupport.All : WebSupport.None,
            (StreamKind.Video, "vp9" or "av1") => WebSupport.All,
            (StreamKind.Video, "vp8") => container is "webm" ? WebSupport.All : WebSupport.None,
            (StreamKind.Video, "hevc") => WebSupport.Some,
            (StreamKind.Audio, "aac" or "mp3" or "opus" or "flac") => WebSupport.All,
            (StreamKind.Audio, "vorbis") => container is "webm" or "ogg" ? WebSupport.All : WebSupport.None,
            (StreamKind.Audio, "ac3" or "eac3" or "alac") => WebSupport.Some,
            (StreamKind.Audio, _) when container is "wav" => WebSupport.All,
            (StreamKind.Video or StreamKind.Audio, _) => WebSupport.None,
            _ => WebSupport.All, // what is not seen or heard hinders nothing
        };

    /// <summary>Containers that browsers open.</summary>
    public static bool IsWebContainer(string container) =>
        container is "mp4" or "webm" or "mp3" or "ogg" or "flac" or "wav" or "aac";

    static bool Is8Bit420(MediaStream stream) => stream.PixelFormat is null or "yuv420p" or "yuvj420p";
}
