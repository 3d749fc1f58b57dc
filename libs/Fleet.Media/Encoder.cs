namespace Fleet.Media;

/// <summary>When picture or sound is encoded anew.</summary>
enum EncodeWish
{
    /// <summary>Never.</summary>
    Never,

    /// <summary>What the container cannot hold.</summary>
    Unfit,

    /// <summary>What the container cannot hold, and what not every browser plays in it.</summary>
    Unplayed,
}

/// <summary>Into what picture and sound are encoded, with which options, and within which bounds.</summary>
static class Encoder
{
    const long SlackBytes = 64L << 20;
    const long MaxEncodedBytesPerSecond = 4_000_000;
    const double UsualFrameRate = 30;
    const int BitsPerChannel = 96_000;
    const int MaxChannels = 6;

    /// <summary>FFmpeg's name of the codec that a format gets.</summary>
    public static string CodecFor(StreamKind kind, ResultFormat format) =>
        (kind, format) switch
        {
            (StreamKind.Video, ResultFormat.Webm) => "vp9",
            (StreamKind.Video, _) => "h264",
            (_, ResultFormat.Webm) => "opus",
            _ => "aac",
        };

    /// <summary>Options of one stream of the output; its number is in each. H.264 and VP9 with 8 bits and 4:2:0, which every browser decodes.</summary>
    public static IEnumerable<string> Options(StreamPlan stream, string number) =>
        stream.Codec switch
        {
            "h264" =>
            [
                $"-c:{number}",
                "libx264",
                $"-preset:{number}",
                "veryfast",
                $"-crf:{number}",
                "21",
                $"-profile:{number}",
                "high",
                $"-pix_fmt:{number}",
                "yuv420p",
                $"-filter:{number}",
                "scale=trunc(iw/2)*2:trunc(ih/2)*2",
            ],
            "vp9" =>
            [
                $"-c:{number}",
                "libvpx-vp9",
                $"-deadline:{number}",
                "realtime",
                $"-cpu-used:{number}",
                "7",
                $"-row-mt:{number}",
                "1",
                $"-crf:{number}",
                "34",
                $"-b:{number}",
                "0",
                $"-pix_fmt:{number}",
                "yuv420p",
            ],
            "opus" =>
            [
                $"-c:{number}",
                "libopus",
                $"-b:{number}",
                BitRate(stream),
                $"-filter:{number}",
                "aformat=channel_layouts=5.1|stereo|mono",
            ],
            _ => [$"-c:{number}", "aac", $"-b:{number}", BitRate(stream)],
        };

    /// <summary>Encoding a long film does not fit into a job's slice.</summary>
    /// <exception cref="MediaException"><see cref="MediaErrors.TooLongToEncode"/>.</exception>
    public static void Check(MediaPlan plan, MediaInfo info, MediaOptions options)
    {
        foreach (var stream in plan.Streams.Where(s => s.Action == StreamAction.Encode).Select(s => s.Stream))
        {
            if (stream.Kind == StreamKind.Video && !(PixelsOf(stream, info) <= options.MaxEncodedPixels))
                throw new MediaException(
                    MediaErrors.TooLongToEncode,
                    "The picture is too long, or too large, to be encoded anew."
                );
        }
    }

    /// <summary>Most that an output may be.</summary>
    public static long MaxBytes(MediaPlan plan, MediaInfo info, long inputBytes) =>
        inputBytes
        + (inputBytes / 10)
        + SlackBytes
        + (plan.Encodes ? (long)(info.Duration ?? TimeSpan.Zero).TotalSeconds * MaxEncodedBytesPerSecond : 0);

    static double? PixelsOf(MediaStream stream, MediaInfo info) =>
        (double?)stream.Width * stream.Height * (stream.FrameRate ?? UsualFrameRate) * info.Duration?.TotalSeconds;

    static string BitRate(StreamPlan stream) =>
        (BitsPerChannel * Math.Clamp(stream.Stream.Channels ?? 2, 1, MaxChannels)).ToString(
            System.Globalization.CultureInfo.InvariantCulture
        );
}
