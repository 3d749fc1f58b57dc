using System.Collections.Frozen;

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

/// <summary>Whether a container takes a codec by stream copy.</summary>
enum Fit
{
    /// <summary>FFmpeg refuses.</summary>
    No,

    /// <summary>FFmpeg writes it, but players do not know it there.</summary>
    Muxes,

    /// <summary>It is written and read.</summary>
    Fits,
}

/// <summary>Which codecs go into which container by stream copy, and which of them browsers play there. Measured with FFmpeg 5.1.9; a test makes every row anew.</summary>
static class CodecTable
{
    static readonly Row Everywhere = new(Fit.Fits, Fit.Fits, Fit.Fits);
    static readonly Row NotInWebm = new(Fit.Fits, Fit.Fits, Fit.No);
    static readonly Row OddInMp4 = new(Fit.Muxes, Fit.Muxes, Fit.No);
    static readonly Row OnlyMkv = new(Fit.No, Fit.No, Fit.No);

    /// <summary>Matroska takes all of them.</summary>
    static readonly FrozenDictionary<string, Row> Rows = new Dictionary<string, Row>(StringComparer.Ordinal)
    {
        ["h264"] = NotInWebm,
        ["hevc"] = NotInWebm,
        ["av1"] = Everywhere,
        ["vp9"] = Everywhere,
        ["vp8"] = new(Fit.No, Fit.No, Fit.Fits),
        ["mpeg4"] = OddInMp4,
        ["mpeg2video"] = OddInMp4,
        ["mjpeg"] = OddInMp4,
        ["prores"] = OnlyMkv,
        ["wmv2"] = OnlyMkv,
        ["aac"] = NotInWebm,
        ["mp3"] = NotInWebm,
        ["opus"] = Everywhere,
        ["vorbis"] = new(Fit.Muxes, Fit.Muxes, Fit.Fits),
        ["ac3"] = NotInWebm,
        ["eac3"] = NotInWebm,
        ["flac"] = NotInWebm,
        ["alac"] = NotInWebm,
        ["dts"] = NotInWebm,
        ["truehd"] = OddInMp4,
        ["pcm_s16le"] = OnlyMkv,
        ["wmav2"] = OnlyMkv,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The codecs that there are rows for.</summary>
    public static IEnumerable<string> Known => Rows.Keys;

    /// <summary>Whether picture or sound can go into a container as it is. What is not in the table goes into Matroska only.</summary>
    public static Fit FitOf(string codec, ResultFormat format)
    {
        var row = Rows.GetValueOrDefault(codec, OnlyMkv);
        return format switch
        {
            ResultFormat.Mp4 => row.Mp4,
            ResultFormat.Fmp4 => row.Fmp4,
            ResultFormat.Webm => row.Webm,
            ResultFormat.Mkv => Fit.Fits,
            ResultFormat.Mp3 => Only(codec is "mp3"),
            ResultFormat.Ogg => Only(codec is "opus" or "vorbis"),
            ResultFormat.Flac => Only(codec is "flac"),
            ResultFormat.Wav => Only(codec.StartsWith("pcm_", StringComparison.Ordinal)),
            _ => Fit.No,
        };

        static Fit Only(bool fits) => fits ? Fit.Fits : Fit.No;
    }

    /// <summary>What subtitles are called in a container: their own name when they are copied, another when their text is converted, null when they cannot be had there.</summary>
    public static string? SubtitleIn(string codec, ResultFormat format) =>
        (format, IsTextSubtitle(codec)) switch
        {
            (ResultFormat.Mkv, _) when codec is "mov_text" => "subrip",
            (ResultFormat.Mkv, _) => codec,
            (ResultFormat.Mp4 or ResultFormat.Fmp4, true) => "mov_text",
            (ResultFormat.Webm, true) => "webvtt",
            _ => null,
        };

    /// <summary>Subtitles that are text, not pictures of it.</summary>
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

    sealed record Row(Fit Mp4, Fit Fmp4, Fit Webm);
}
