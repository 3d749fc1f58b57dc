namespace Fleet.Media;

/// <summary>Decides what becomes of a file. A pure function of what is known and what is wanted.</summary>
public static class MediaPlanner
{
    const string NotInMp4 = "codec_not_in_mp4";

    /// <summary>Makes the plan.</summary>
    /// <exception cref="MediaException"><see cref="MediaErrors.Invalid"/> and <see cref="MediaErrors.Unsupported"/>, when the target cannot be reached.</exception>
    public static MediaPlan Plan(MediaTarget target, AudioSelection audio, MediaFacts facts)
    {
        var playable = Playability.Of(facts);
        var original = new MediaPlan(PlanAction.KeepOriginal, [], playable);
        if (target == MediaTarget.Original)
            return original;
        if (facts is { Info: null, IsWhole: false, Index: not IndexPlace.None })
            return original with { Action = PlanAction.NeedWhole };
        return target == MediaTarget.Auto ? PlanAuto(audio, facts, original) : PlanMp4(audio, facts, original);
    }

    static MediaPlan PlanAuto(AudioSelection audio, MediaFacts facts, MediaPlan original)
    {
        if (
            facts.Info is not { } info
            || (original.Playable.Web == WebSupport.All && AudioPicker.KeepsAll(audio, info))
        )
            return original;
        if (!info.Streams.Any(s => s.Kind is StreamKind.Video or StreamKind.Audio))
            return original;
        var streams = PlanStreams(audio, info);
        var improves = streams.All(s => s.Action == StreamAction.Drop || PlaysInMp4(s.Stream));
        var unfit = streams.Any(s => s.Reason is NotInMp4);
        return improves && !unfit && IsBetterAsMp4(facts, streams)
            ? original with
            {
                Action = PlanAction.Remux,
                Streams = streams,
            }
            : original;
    }

    static MediaPlan PlanMp4(AudioSelection audio, MediaFacts facts, MediaPlan original)
    {
        var info =
            facts.Info ?? throw new MediaException(MediaErrors.Invalid, "This is not a media file that can be read.");
        if (!info.Streams.Any(s => s.Kind is StreamKind.Video or StreamKind.Audio))
            throw new MediaException(MediaErrors.Unsupported, "The file has neither picture nor sound.");
        var streams = PlanStreams(audio, info);
        var unfit = streams.FirstOrDefault(s =>
            s is { Action: StreamAction.Drop, Reason: NotInMp4, Stream.Kind: StreamKind.Video or StreamKind.Audio }
        );
        if (unfit is not null)
            throw new MediaException(MediaErrors.Unsupported, $"MP4 cannot hold {unfit.Stream.Codec}.");
        return IsBetterAsMp4(facts, streams)
            ? original with
            {
                Action = PlanAction.Remux,
                Streams = streams,
            }
            : original;
    }

    static List<StreamPlan> PlanStreams(AudioSelection audio, MediaInfo info)
    {
        var sound = AudioPicker.Pick(audio, info);
        var streams = new List<StreamPlan>();
        foreach (var stream in info.Streams.Where(s => s.Kind != StreamKind.Audio))
        {
            streams.Add(
                stream.Kind switch
                {
                    StreamKind.Cover or StreamKind.Other => new(stream, StreamAction.Drop, "not_playable"),
                    StreamKind.Subtitle when CodecTable.IsTextSubtitle(stream.Codec) => new(
                        stream,
                        StreamAction.ConvertToMovText
                    ),
                    StreamKind.Subtitle => new(stream, StreamAction.Drop, "bitmap_subtitle"),
                    _ => CopyOrDrop(stream),
                }
            );
        }
        // Sound after the picture and before subtitles, the chosen track first.
        var at = streams.FindLastIndex(s => s.Stream.Kind == StreamKind.Video) + 1;
        streams.InsertRange(at, sound.Select(CopyOrDrop));
        streams.AddRange(
            info.Streams.Where(s => s.Kind == StreamKind.Audio)
                .Except(sound)
                .Select(s => new StreamPlan(s, StreamAction.Drop, "not_chosen"))
        );
        return streams;
    }

    static StreamPlan CopyOrDrop(MediaStream stream) =>
        CodecTable.FitsMp4(stream) ? new(stream, StreamAction.Copy) : new(stream, StreamAction.Drop, NotInMp4);

    static bool PlaysInMp4(MediaStream stream) =>
        stream.Codec is "hevc" || CodecTable.WebSupportOf(stream, "mp4") == WebSupport.All;

    /// <summary>A file that is an MP4 with its index first already, and loses nothing, is left alone.</summary>
    static bool IsBetterAsMp4(MediaFacts facts, List<StreamPlan> streams) =>
        facts.Container is not "mp4"
        || facts.Index != IndexPlace.First
        || streams.Any(s => s.Reason is "not_chosen")
        || streams.Any(s => s.Stream is { Codec: "hevc", Tag: "hev1" });
}
