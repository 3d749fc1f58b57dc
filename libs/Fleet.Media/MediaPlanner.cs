namespace Fleet.Media;

/// <summary>Decides what becomes of a file. A pure function of what is known and what is wanted.</summary>
public static class MediaPlanner
{
    /// <summary>Makes the plan.</summary>
    /// <exception cref="MediaException"><see cref="MediaErrors.Invalid"/> and <see cref="MediaErrors.Unsupported"/>, when the target cannot be reached.</exception>
    public static MediaPlan Plan(
        MediaTarget target,
        AudioSelection audio,
        MediaFacts facts,
        SubtitleWish subtitles = SubtitleWish.Embed,
        bool mayEncode = false
    )
    {
        var wish = new Wish(audio, subtitles, mayEncode);
        var original = new MediaPlan(PlanAction.KeepOriginal, [], Playability.Of(facts));
        if (target == MediaTarget.Original)
            return original;
        if (facts is { Info: null, IsWhole: false, Index: not IndexPlace.None })
            return original with { Action = PlanAction.NeedWhole };
        return target switch
        {
            MediaTarget.Auto => PlanAuto(wish, facts, original),
            MediaTarget.Mp4 => PlanFor(ResultFormat.Mp4, wish, facts, original),
            MediaTarget.Fmp4 => PlanFor(ResultFormat.Fmp4, wish, facts, original),
            MediaTarget.Mkv => PlanFor(ResultFormat.Mkv, wish, facts, original),
            MediaTarget.Webm => PlanFor(ResultFormat.Webm, wish, facts, original),
            MediaTarget.Audio => PlanSound(audio, facts, original),
            _ => throw new ArgumentOutOfRangeException(nameof(target), target, "No such target."),
        };
    }

    /// <summary>The container in which the most browsers play the chosen streams; the original when none is better.</summary>
    static MediaPlan PlanAuto(Wish wish, MediaFacts facts, MediaPlan original)
    {
        if (facts.Info is not { } info || !info.Streams.Any(s => s.Kind is StreamKind.Video or StreamKind.Audio))
            return original;
        var keepsAll =
            info.Container != MediaInfo.Separate
            && AudioPicker.KeepsAll(wish.Audio, info)
            && (wish.Subtitles == SubtitleWish.Embed || !info.Streams.Any(s => s.Kind == StreamKind.Subtitle));
        if (keepsAll && original.Playable.Web == WebSupport.All)
            return original;
        ResultFormat[] candidates = keepsAll
            ? [ResultFormat.Mp4, ResultFormat.Webm]
            : [ResultFormat.Mp4, ResultFormat.Webm, ResultFormat.Mkv]; // which takes anything
        var best = candidates
            .Select(format => (Format: format, Streams: wish.Plan(format, info, EncodeWish.Never)))
            .Where(plan => StreamPlanner.UnfitOrNull(plan.Streams) is null)
            .Select(plan => (plan.Format, plan.Streams, Web: SupportOf(plan.Format, plan.Streams)))
            .OrderByDescending(plan => plan.Web)
            .FirstOrDefault();
        if (wish.MayEncode && best.Web != WebSupport.All)
            return Remux(original, ResultFormat.Mp4, wish.Plan(ResultFormat.Mp4, info, EncodeWish.Unplayed));
        return
            best.Streams is { } streams && (!keepsAll || best.Web > original.Playable.Web || HasAppleTagWrong(streams))
            ? Remux(original, best.Format, streams)
            : original;
    }

    static MediaPlan PlanFor(ResultFormat format, Wish wish, MediaFacts facts, MediaPlan original)
    {
        var info = InfoOf(facts);
        if (!info.Streams.Any(s => s.Kind is StreamKind.Video or StreamKind.Audio))
            throw new MediaException(MediaErrors.Unsupported, "The file has neither picture nor sound.");
        var streams = wish.Plan(format, info, wish.MayEncode ? EncodeWish.Unfit : EncodeWish.Never);
        if (StreamPlanner.UnfitOrNull(streams) is { } unfit)
            throw new MediaException(MediaErrors.Unsupported, $"{Title(format)} cannot hold {unfit.Codec}.");
        return IsAlready(format, facts, streams) ? original : Remux(original, format, streams);
    }

    /// <summary>One track unless all are asked for; Matroska takes what has no container of its own, or not that many tracks.</summary>
    static MediaPlan PlanSound(AudioSelection audio, MediaFacts facts, MediaPlan original)
    {
        var info = InfoOf(facts);
        var one = audio is { Index: null, Languages.Count: 0, KeepAll: false };
        var sound = AudioPicker.Pick(one ? audio with { Index = AudioPicker.Preferred(info) } : audio, info);
        if (sound.Count == 0)
            throw new MediaException(MediaErrors.Unsupported, "The file has no sound.");
        var only = info with { Streams = [.. sound, .. info.Streams.Where(s => s.Kind == StreamKind.Cover)] };
        var format =
            sound.TrueForAll(s =>
                CodecTable.FitOf(s.Codec, ResultFormat.Mp4) == Fit.Fits
                && s.Codec is not "mp3" and not "opus" and not "flac"
            )
                ? ResultFormat.Mp4
            : sound.Count > 1 ? ResultFormat.Mkv
            : new[] { ResultFormat.Mp3, ResultFormat.Ogg, ResultFormat.Flac, ResultFormat.Wav, ResultFormat.Mkv }.First(
                f => CodecTable.FitOf(sound[0].Codec, f) == Fit.Fits
            );
        var streams = StreamPlanner.Plan(format, AudioSelection.Everything, SubtitleWish.Drop, only);
        IReadOnlyList<StreamPlan> all =
        [
            .. streams,
            .. info
                .Streams.Where(s => streams.All(plan => plan.Stream != s))
                .Select(s => new StreamPlan(s, StreamAction.Drop, StreamPlanner.NotChosen)),
        ];
        return IsAlready(format, facts, all) ? original : Remux(original, format, all);
    }

    static MediaInfo InfoOf(MediaFacts facts) =>
        facts.Info ?? throw new MediaException(MediaErrors.Invalid, "This is not a media file that can be read.");

    static MediaPlan Remux(MediaPlan original, ResultFormat format, IReadOnlyList<StreamPlan> streams) =>
        original with
        {
            Action = PlanAction.Remux,
            Format = format,
            Streams = streams,
        };

    static WebSupport SupportOf(ResultFormat format, IEnumerable<StreamPlan> streams)
    {
        var container = StreamPlanner.NameOf(format);
        return CodecTable.IsWebContainer(container)
            ? streams
                .Where(s => s.Action is StreamAction.Copy or StreamAction.ConvertText)
                .Min(s => CodecTable.WebSupportOf(s.Stream, container))
            : WebSupport.None;
    }

    /// <summary>A file that has the container already, in order, and loses nothing that was not chosen, is left alone.</summary>
    static bool IsAlready(ResultFormat format, MediaFacts facts, IReadOnlyList<StreamPlan> streams) =>
        format != ResultFormat.Fmp4
        && facts.Container == StreamPlanner.NameOf(format)
        && facts.Index is IndexPlace.None or IndexPlace.First
        && !streams.Any(s => s.Action == StreamAction.Extract || s.Reason is StreamPlanner.NotChosen)
        && !HasAppleTagWrong(streams)
        && IsInOrder(streams);

    /// <summary>The chosen track comes first.</summary>
    static bool IsInOrder(IReadOnlyList<StreamPlan> streams)
    {
        var sound = streams.Where(s => s.Stream.Kind == StreamKind.Audio).Select(s => s.Stream.Index).ToList();
        return sound.SequenceEqual(sound.Order());
    }

    /// <summary>Apple's players take HEVC only under the tag hvc1.</summary>
    static bool HasAppleTagWrong(IEnumerable<StreamPlan> streams) =>
        streams.Any(s => s.Stream is { Codec: "hevc", Tag: "hev1" });

    static string Title(ResultFormat format) =>
        format switch
        {
            ResultFormat.Webm => "WebM",
            ResultFormat.Mkv => "Matroska",
            _ => "MP4",
        };

    /// <summary>What is asked for besides the container.</summary>
    sealed record Wish(AudioSelection Audio, SubtitleWish Subtitles, bool MayEncode)
    {
        public IReadOnlyList<StreamPlan> Plan(ResultFormat format, MediaInfo info, EncodeWish encode) =>
            StreamPlanner.Plan(format, Audio, Subtitles, info, encode);
    }
}
