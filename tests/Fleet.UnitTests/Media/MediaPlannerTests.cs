using Fleet.Media;

namespace Fleet.UnitTests.Media;

[Category("media")]
public sealed class MediaPlannerTests
{
    static readonly MediaStream H264 = new()
    {
        Index = 0,
        Kind = StreamKind.Video,
        Codec = "h264",
        PixelFormat = "yuv420p",
    };
    static readonly MediaStream Aac = new()
    {
        Index = 1,
        Kind = StreamKind.Audio,
        Codec = "aac",
        Language = "eng",
        Channels = 2,
    };
    static readonly MediaStream Russian = Aac with { Index = 2, Language = "rus", Channels = 6 };

    [TestCase("mp4", "h264", "aac", PlanAction.KeepOriginal)]
    [TestCase("mp4", "av1", "opus", PlanAction.KeepOriginal)]
    [TestCase("mp4", "hevc", "aac", PlanAction.KeepOriginal)]
    [TestCase("mp4", "h264", "dts", PlanAction.KeepOriginal)]
    [TestCase("webm", "vp9", "opus", PlanAction.KeepOriginal)]
    [TestCase("webm", "vp8", "vorbis", PlanAction.KeepOriginal)]
    [TestCase("mkv", "h264", "aac", PlanAction.Remux)]
    [TestCase("mkv", "hevc", "aac", PlanAction.Remux)]
    [TestCase("mkv", "vp9", "opus", PlanAction.Remux)]
    [TestCase("mkv", "av1", "flac", PlanAction.Remux)]
    [TestCase("mov", "h264", "aac", PlanAction.Remux)]
    [TestCase("mpegts", "h264", "aac", PlanAction.Remux)]
    [TestCase("avi", "h264", "mp3", PlanAction.Remux)]
    [TestCase("mkv", "vp8", "vorbis", PlanAction.Remux)]
    [TestCase("mkv", "mpeg4", "aac", PlanAction.KeepOriginal)]
    [TestCase("mkv", "h264", "ac3", PlanAction.Remux)]
    [TestCase("mkv", "h264", "dts", PlanAction.KeepOriginal)]
    [TestCase("mkv", "h264", "pcm_s16le", PlanAction.KeepOriginal)]
    [TestCase("avi", "mpeg4", "mp3", PlanAction.KeepOriginal)]
    public void Auto_remuxes_exactly_what_becomes_playable_by_it(
        string container,
        string video,
        string audio,
        PlanAction action
    )
    {
        var facts = Facts(container, H264 with { Codec = video }, Aac with { Codec = audio });

        Assert.That(Plan(MediaTarget.Auto, facts).Action, Is.EqualTo(action));
    }

    [TestCase("mkv", "h264", "aac", ResultFormat.Mp4)]
    [TestCase("mkv", "hevc", "eac3", ResultFormat.Mp4)]
    [TestCase("mkv", "vp9", "opus", ResultFormat.Mp4)]
    [TestCase("mkv", "vp8", "opus", ResultFormat.Webm)]
    [TestCase("mkv", "av1", "vorbis", ResultFormat.Webm)]
    public void Auto_takes_the_container_that_the_most_browsers_play(
        string container,
        string video,
        string audio,
        ResultFormat format
    )
    {
        var facts = Facts(container, H264 with { Codec = video }, Aac with { Codec = audio });

        Assert.That(Plan(MediaTarget.Auto, facts).Format, Is.EqualTo(format));
    }

    [TestCase("mkv", "h264", "ac3", PlanAction.Remux)]
    [TestCase("mkv", "h264", "dts", PlanAction.Remux)]
    [TestCase("mkv", "vp9", "opus", PlanAction.Remux)]
    [TestCase("mp4", "h264", "dts", PlanAction.KeepOriginal)]
    public void Mp4_on_request_takes_every_codec_that_fits(
        string container,
        string video,
        string audio,
        PlanAction action
    )
    {
        var facts = Facts(container, H264 with { Codec = video }, Aac with { Codec = audio });

        Assert.That(Plan(MediaTarget.Mp4, facts).Action, Is.EqualTo(action));
    }

    [TestCase("vp8", "aac")]
    [TestCase("mpeg2video", "aac")]
    [TestCase("prores", "aac")]
    [TestCase("h264", "vorbis")]
    [TestCase("h264", "pcm_s16le")]
    [TestCase("h264", "truehd")]
    public void Mp4_on_request_is_refused_for_codecs_that_do_not_fit(string video, string audio)
    {
        var facts = Facts("mkv", H264 with { Codec = video }, Aac with { Codec = audio });

        var error = Assert.Throws<MediaException>(() => Plan(MediaTarget.Mp4, facts));

        Assert.That((error.Code, error.IsTransient), Is.EqualTo((MediaErrors.Unsupported, false)));
    }

    [TestCase(MediaTarget.Webm, "webm", "vp9", "opus", PlanAction.KeepOriginal)]
    [TestCase(MediaTarget.Webm, "mp4", "av1", "opus", PlanAction.Remux)]
    [TestCase(MediaTarget.Mkv, "mkv", "h264", "dts", PlanAction.KeepOriginal)]
    [TestCase(MediaTarget.Mkv, "avi", "mpeg4", "wmav2", PlanAction.Remux)]
    [TestCase(MediaTarget.Fmp4, "mp4", "h264", "aac", PlanAction.Remux)]
    public void A_file_that_has_the_container_already_is_left_alone(
        MediaTarget target,
        string container,
        string video,
        string audio,
        PlanAction action
    )
    {
        var facts = Facts(container, H264 with { Codec = video }, Aac with { Codec = audio });

        Assert.That(Plan(target, facts).Action, Is.EqualTo(action));
    }

    [TestCase("aac", ResultFormat.Mp4)]
    [TestCase("alac", ResultFormat.Mp4)]
    [TestCase("ac3", ResultFormat.Mp4)]
    [TestCase("mp3", ResultFormat.Mp3)]
    [TestCase("opus", ResultFormat.Ogg)]
    [TestCase("vorbis", ResultFormat.Ogg)]
    [TestCase("flac", ResultFormat.Flac)]
    [TestCase("pcm_s16le", ResultFormat.Wav)]
    [TestCase("truehd", ResultFormat.Mkv)]
    public void Sound_alone_goes_into_the_container_of_its_codec(string codec, ResultFormat format)
    {
        var plan = Plan(MediaTarget.Audio, Facts("mkv", H264, Aac with { Codec = codec, IsDefault = true }, Russian));

        Assert.That(plan.Format, Is.EqualTo(format));
        Assert.That(plan.Kept.Select(s => s.Stream.Index), Is.EqualTo([1]));
    }

    [Test]
    public void Sound_alone_is_the_default_track_or_the_one_with_the_most_channels()
    {
        int[] KeptOf(params MediaStream[] streams) =>
            [.. Plan(MediaTarget.Audio, Facts("mkv", [H264, .. streams])).Kept.Select(s => s.Stream.Index)];

        Assert.That(KeptOf(Aac with { Channels = 2 }, Russian with { Channels = 6 }), Is.EqualTo([2]));
        Assert.That(KeptOf(Aac with { IsDefault = true }, Russian with { Channels = 6 }), Is.EqualTo([1]));
    }

    [Test]
    public void All_tracks_alone_need_a_container_that_holds_several()
    {
        var facts = Facts("mkv", H264, Aac with { Codec = "flac" }, Russian with { Codec = "dts" });

        var plan = MediaPlanner.Plan(MediaTarget.Audio, AudioSelection.Everything, facts);

        Assert.That((plan.Format, plan.Kept.Count()), Is.EqualTo((ResultFormat.Mkv, 2)));
    }

    [Test]
    public void A_song_is_left_alone_with_its_cover_and_a_silent_film_has_no_sound()
    {
        var cover = new MediaStream
        {
            Index = 7,
            Kind = StreamKind.Cover,
            Codec = "mjpeg",
        };

        var song = Plan(MediaTarget.Audio, Facts("mp3", Aac with { Codec = "mp3" }, cover));
        var silent = Assert.Throws<MediaException>(() => Plan(MediaTarget.Audio, Facts("mkv", H264)));

        Assert.That(song.Action, Is.EqualTo(PlanAction.KeepOriginal));
        Assert.That(silent.Code, Is.EqualTo(MediaErrors.Unsupported));
    }

    [Test]
    public void A_chosen_track_that_no_web_container_holds_is_had_in_matroska()
    {
        var facts = Facts(
            "avi",
            H264 with
            {
                Codec = "mpeg4",
            },
            Aac with
            {
                Codec = "mp3",
            },
            Russian with
            {
                Codec = "wmav2",
            }
        );

        var plan = MediaPlanner.Plan(MediaTarget.Auto, new AudioSelection(1, [], KeepAll: false), facts);

        Assert.That((plan.Action, plan.Format), Is.EqualTo((PlanAction.Remux, ResultFormat.Mkv)));
    }

    [Test]
    public void The_original_on_request_is_never_touched() =>
        Assert.That(Plan(MediaTarget.Original, Facts("mkv", H264, Aac)).Action, Is.EqualTo(PlanAction.KeepOriginal));

    [TestCase(IndexPlace.First, PlanAction.KeepOriginal)]
    [TestCase(IndexPlace.Last, PlanAction.Remux)]
    public void An_mp4_is_remuxed_only_to_bring_its_index_to_the_front(IndexPlace index, PlanAction action) =>
        Assert.That(Plan(MediaTarget.Auto, Facts("mp4", H264, Aac) with { Index = index }).Action, Is.EqualTo(action));

    [TestCase("hvc1", PlanAction.KeepOriginal)]
    [TestCase("hev1", PlanAction.Remux)]
    public void Hevc_under_the_tag_that_apple_refuses_is_remuxed(string tag, PlanAction action) =>
        Assert.That(
            Plan(MediaTarget.Auto, Facts("mp4", H264 with { Codec = "hevc", Tag = tag }, Aac)).Action,
            Is.EqualTo(action)
        );

    [Test]
    public void The_first_bytes_of_an_mp4_with_its_index_at_the_end_do_not_suffice()
    {
        var head = new MediaFacts("mp4", IndexPlace.NotSeen, Info: null, IsWhole: false);

        Assert.That(Plan(MediaTarget.Auto, head).Action, Is.EqualTo(PlanAction.NeedWhole));
        Assert.That(Plan(MediaTarget.Original, head).Action, Is.EqualTo(PlanAction.KeepOriginal));
    }

    [Test]
    public void What_is_no_media_stays_as_it_is_and_cannot_become_mp4()
    {
        var facts = new MediaFacts(Container: null, IndexPlace.None, Info: null, IsWhole: false);

        var plan = Plan(MediaTarget.Auto, facts);
        var error = Assert.Throws<MediaException>(() => Plan(MediaTarget.Mp4, facts));

        Assert.That((plan.Action, plan.Playable.Reasons[0]), Is.EqualTo((PlanAction.KeepOriginal, "not_media")));
        Assert.That(error.Code, Is.EqualTo(MediaErrors.Invalid));
    }

    [Test]
    public void Text_subtitles_are_converted_and_what_mp4_cannot_show_is_dropped_with_the_reason()
    {
        var info = FfprobeJsonTests.Parse("attachment.mkv", "mkv");
        var bitmap = new MediaStream
        {
            Index = 9,
            Kind = StreamKind.Subtitle,
            Codec = "hdmv_pgs_subtitle",
        };
        var facts = Facts("mkv", [.. info.Streams, bitmap]);

        var plan = Plan(MediaTarget.Auto, facts);

        Assert.That(
            plan.Streams.Select(s => (s.Stream.Index, s.Action, s.Reason)),
            Is.EqualTo([
                (0, StreamAction.Copy, null),
                (1, StreamAction.Copy, null),
                (2, StreamAction.Copy, null),
                (3, StreamAction.ConvertText, null),
                (9, StreamAction.Drop, "bitmap_subtitle"),
                (4, StreamAction.Drop, (string?)"no_attachments"),
            ])
        );
    }

    [TestCase(SubtitleWish.Embed, PlanAction.KeepOriginal, 0, 0)]
    [TestCase(SubtitleWish.Extract, PlanAction.Remux, 1, 0)]
    [TestCase(SubtitleWish.Drop, PlanAction.Remux, 0, 0)]
    public void Subtitles_leave_a_file_that_plays_only_when_that_is_asked_for(
        SubtitleWish wish,
        PlanAction action,
        int extracted,
        int kept
    )
    {
        var text = new MediaStream
        {
            Index = 2,
            Kind = StreamKind.Subtitle,
            Codec = "mov_text",
        };

        var plan = MediaPlanner.Plan(MediaTarget.Auto, AudioSelection.Everything, Facts("mp4", H264, Aac, text), wish);

        Assert.That(plan.Action, Is.EqualTo(action));
        Assert.That(plan.Extracted.Count(), Is.EqualTo(extracted));
        Assert.That(plan.Kept.Count(s => s.Stream.Kind == StreamKind.Subtitle), Is.EqualTo(kept));
    }

    [TestCase("ru", new[] { 2 })]
    [TestCase("rus", new[] { 2 })]
    [TestCase("fr,en-GB", new[] { 1 })]
    [TestCase("fr", new[] { 2 })] // nothing matches: the most channels
    public void A_language_chooses_one_track(string languages, int[] tracks)
    {
        var audio = new AudioSelection(null, languages.Split(','), KeepAll: false);

        Assert.That(SoundOf(audio), Is.EqualTo(tracks));
    }

    [Test]
    public void A_position_wins_over_languages_and_keeping_all_puts_it_first() =>
        Assert.That(SoundOf(new AudioSelection(1, ["en"], KeepAll: true)), Is.EqualTo([2, 1]));

    [Test]
    public void A_position_beyond_the_last_track_is_refused()
    {
        var error = Assert.Throws<MediaException>(() => SoundOf(new AudioSelection(2, [], KeepAll: false)));

        Assert.That(error.Code, Is.EqualTo(MediaErrors.Unsupported));
    }

    [Test]
    public void Choosing_a_track_remuxes_even_what_plays_already()
    {
        var facts = Facts("mp4", H264, Aac, Russian);

        var plan = MediaPlanner.Plan(MediaTarget.Auto, new AudioSelection(1, [], KeepAll: false), facts);

        Assert.That(plan.Kept.Select(s => s.Stream.Index), Is.EqualTo([0, 2]));
    }

    [Test]
    public void Playability_names_every_reason()
    {
        var deep = Facts("mkv", H264 with { PixelFormat = "yuv420p10le" }, Aac with { Codec = "dts" });
        var apple = Facts("mp4", H264 with { Codec = "hevc", Tag = "hev1" }, Aac) with { Index = IndexPlace.Last };

        Assert.That(
            (Playability.Of(deep).Web, string.Join(' ', Playability.Of(deep).Reasons)),
            Is.EqualTo((WebSupport.None, "container_mkv video_h264 audio_dts"))
        );
        Assert.That(
            (Playability.Of(apple).Web, string.Join(' ', Playability.Of(apple).Reasons)),
            Is.EqualTo((WebSupport.Some, "index_last video_hevc video_tag_hev1"))
        );
    }

    static int[] SoundOf(AudioSelection audio) =>
        [
            .. MediaPlanner
                .Plan(MediaTarget.Auto, audio, Facts("mkv", H264, Aac, Russian))
                .Kept.Where(s => s.Stream.Kind == StreamKind.Audio)
                .Select(s => s.Stream.Index),
        ];

    static MediaPlan Plan(MediaTarget target, MediaFacts facts) =>
        MediaPlanner.Plan(target, AudioSelection.Everything with { KeepAll = false }, facts);

    static MediaFacts Facts(string container, params MediaStream[] streams) =>
        new(
            container,
            container is "mp4" or "mov" ? IndexPlace.First : IndexPlace.None,
            new MediaInfo(container, TimeSpan.FromSeconds(60), streams),
            IsWhole: false
        );
}
