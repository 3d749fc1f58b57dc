namespace Fleet.Media;

/// <summary>Decides for each stream of a file what becomes of it in a container.</summary>
static class StreamPlanner
{
    public const string NotChosen = "not_chosen";

    /// <summary>Picture, chosen sound, subtitles, cover, attachments, and then what is dropped.</summary>
    /// <exception cref="MediaException"><see cref="MediaErrors.Unsupported"/>: there is no track at the position asked for.</exception>
    public static IReadOnlyList<StreamPlan> Plan(
        ResultFormat format,
        AudioSelection audio,
        SubtitleWish subtitles,
        MediaInfo info,
        EncodeWish encode = EncodeWish.Never
    )
    {
        var sound = AudioPicker.Pick(audio, info);
        IEnumerable<StreamPlan> streams =
        [
            .. Of(StreamKind.Video).Select(s => PlanMedia(s, format, encode)),
            .. sound.Select(s => PlanMedia(s, format, encode)),
            .. Of(StreamKind.Subtitle).Select(s => PlanSubtitle(s, format, subtitles)),
            .. Of(StreamKind.Cover).Select(s => PlanCover(s, format)),
            .. Of(StreamKind.Attachment).Select(s => PlanAttachment(s, format)),
            .. Of(StreamKind.Audio).Except(sound).Select(s => Drop(s, NotChosen)),
            .. Of(StreamKind.Other).Select(s => Drop(s, "not_playable")),
        ];
        return [.. streams.OrderBy(s => s.Action == StreamAction.Drop)];

        IEnumerable<MediaStream> Of(StreamKind kind) => info.Streams.Where(s => s.Kind == kind);
    }

    /// <summary>The first picture or sound that the container cannot hold, of those that were to be kept.</summary>
    public static MediaStream? UnfitOrNull(IEnumerable<StreamPlan> streams) =>
        streams
            .FirstOrDefault(s =>
                s is { Action: StreamAction.Drop, Stream.Kind: StreamKind.Video or StreamKind.Audio }
                && s.Reason is not NotChosen
            )
            ?.Stream;

    static StreamPlan PlanMedia(MediaStream stream, ResultFormat format, EncodeWish encode)
    {
        if (IsSoundOnly(format) && stream.Kind == StreamKind.Video)
            return Drop(stream, NotChosen);
        var reason =
            CodecTable.FitOf(stream.Codec, format) != Fit.Fits ? $"codec_not_in_{NameOf(format)}"
            : encode == EncodeWish.Unplayed && CodecTable.WebSupportOf(stream, NameOf(format)) != WebSupport.All
                ? "not_in_every_browser"
            : null;
        if (reason is null)
            return new(stream, StreamAction.Copy);
        return encode == EncodeWish.Never
            ? Drop(stream, reason)
            : new(stream, StreamAction.Encode, reason) { Codec = Encoder.CodecFor(stream.Kind, format) };
    }

    static StreamPlan PlanSubtitle(MediaStream stream, ResultFormat format, SubtitleWish wish) =>
        CodecTable.SubtitleIn(stream.Codec, format) switch
        {
            _ when wish == SubtitleWish.Drop => Drop(stream, NotChosen),
            _ when wish == SubtitleWish.Extract && CodecTable.IsTextSubtitle(stream.Codec) => new(
                stream,
                StreamAction.Extract
            ),
            null => Drop(stream, CodecTable.IsTextSubtitle(stream.Codec) ? "no_subtitles" : "bitmap_subtitle"),
            var name when name == stream.Codec => new(stream, StreamAction.Copy),
            var name => new(stream, StreamAction.ConvertText) { Codec = name },
        };

    /// <summary>Matroska would make a picture track of it, and FFmpeg's other containers have no place for one.</summary>
    static StreamPlan PlanCover(MediaStream stream, ResultFormat format) =>
        format is ResultFormat.Mp4 or ResultFormat.Mp3 or ResultFormat.Flac && stream.Codec is "mjpeg" or "png"
            ? new(stream, StreamAction.Copy)
            : Drop(stream, "no_cover");

    static StreamPlan PlanAttachment(MediaStream stream, ResultFormat format) =>
        format == ResultFormat.Mkv && stream is { FileName: not null, MimeType: not null }
            ? new(stream, StreamAction.Copy)
            : Drop(stream, "no_attachments");

    static StreamPlan Drop(MediaStream stream, string reason) => new(stream, StreamAction.Drop, reason);

    /// <summary>What a file of this format is called in <see cref="MediaInfo.Container"/>.</summary>
    public static string NameOf(ResultFormat format) =>
        format switch
        {
            ResultFormat.Fmp4 => "mp4",
            _ => format.ToString().ToLowerInvariant(),
        };

    static bool IsSoundOnly(ResultFormat format) =>
        format is ResultFormat.Mp3 or ResultFormat.Ogg or ResultFormat.Flac or ResultFormat.Wav;
}
