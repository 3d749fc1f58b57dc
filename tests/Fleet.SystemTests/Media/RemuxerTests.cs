using Fleet.Media;

namespace Fleet.SystemTests.Media;

[Category("media")]
public sealed class RemuxerTests
{
    readonly MediaProber _prober = new(new(), TimeProvider.System);
    readonly Remuxer _remuxer = new(new(), new(new(), TimeProvider.System), TimeProvider.System);
    string _folder = null!;

    [SetUp]
    public void SetUp() => _folder = Directory.CreateTempSubdirectory("fleet-media-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task A_matroska_film_becomes_an_mp4_with_the_same_streams_and_its_index_first()
    {
        var film = await Ffmpeg.FilmAsync(_folder);
        var progress = new List<RemuxProgress>();

        var (output, facts) = await RemuxAsync(film, MediaTarget.Auto, AudioSelection.Everything, progress.Add);

        Assert.That(facts.Index, Is.EqualTo(IndexPlace.First));
        Assert.That(
            facts.Info!.Streams.Select(s => (s.Codec, s.Language)),
            Is.EqualTo([("h264", null), ("aac", "eng"), ("aac", "rus"), ("mov_text", (string?)null)])
        );
        Assert.That(
            await Ffmpeg.StreamHashesAsync(output, "0:v"),
            Is.EqualTo(await Ffmpeg.StreamHashesAsync(film, "0:v"))
        );
        Assert.That(
            await Ffmpeg.StreamHashesAsync(output, "0:a"),
            Is.EqualTo(await Ffmpeg.StreamHashesAsync(film, "0:a"))
        );
        Assert.That(progress[^1].Fraction, Is.EqualTo(1));
        Assert.That(Playability.Of(facts).Web, Is.EqualTo(WebSupport.All));
    }

    [Test]
    public async Task The_first_megabyte_of_a_film_is_enough_to_plan()
    {
        var film = await Ffmpeg.FilmAsync(_folder);
        var head = await CutAsync(film, 100_000);

        var facts = await _prober.ProbeAsync(head, isWhole: false, default);

        Assert.That(
            MediaPlanner.Plan(MediaTarget.Auto, AudioSelection.Everything, facts).Action,
            Is.EqualTo(PlanAction.Remux)
        );
    }

    [Test]
    public async Task An_mp4_with_its_index_at_the_end_is_only_reordered()
    {
        var clip = await Ffmpeg.ClipAsync(
            _folder,
            "clip.mp4",
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-pix_fmt",
            "yuv420p"
        );
        var head = await _prober.ProbeAsync(await CutAsync(clip, 50_000), isWhole: false, default);

        var (output, facts) = await RemuxAsync(clip, MediaTarget.Auto, AudioSelection.Everything);

        Assert.That(
            MediaPlanner.Plan(MediaTarget.Auto, AudioSelection.Everything, head).Action,
            Is.EqualTo(PlanAction.NeedWhole)
        );
        Assert.That(facts.Index, Is.EqualTo(IndexPlace.First));
        Assert.That(await Ffmpeg.StreamHashesAsync(output, "0"), Is.EqualTo(await Ffmpeg.StreamHashesAsync(clip, "0")));
    }

    [Test]
    public async Task Hevc_gets_the_tag_that_apple_plays()
    {
        var clip = await Ffmpeg.ClipAsync(
            _folder,
            "clip.mkv",
            "-c:v",
            "libx265",
            "-preset",
            "ultrafast",
            "-x265-params",
            "log-level=error",
            "-c:a",
            "aac"
        );

        var (_, facts) = await RemuxAsync(clip, MediaTarget.Auto, AudioSelection.Everything);

        Assert.That(facts.Info!.Streams[0].Tag, Is.EqualTo("hvc1"));
    }

    [Test]
    public async Task A_transport_stream_becomes_an_mp4()
    {
        var clip = await Ffmpeg.ClipAsync(
            _folder,
            "clip.ts",
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-pix_fmt",
            "yuv420p",
            "-c:a",
            "aac"
        );

        var (_, facts) = await RemuxAsync(clip, MediaTarget.Auto, AudioSelection.Everything);

        Assert.That(facts.Info!.Streams.Select(s => s.Codec), Is.EqualTo(["h264", "aac"]));
    }

    [Test]
    public async Task Flac_goes_into_mp4()
    {
        var clip = await Ffmpeg.ClipAsync(
            _folder,
            "clip.mkv",
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-pix_fmt",
            "yuv420p",
            "-c:a",
            "flac"
        );

        var (_, facts) = await RemuxAsync(clip, MediaTarget.Auto, AudioSelection.Everything);

        Assert.That(facts.Info!.Streams.Select(s => s.Codec), Is.EqualTo(["h264", "flac"]));
    }

    [Test]
    public async Task The_track_that_was_asked_for_is_the_only_one()
    {
        var film = await Ffmpeg.FilmAsync(_folder);

        var (_, facts) = await RemuxAsync(film, MediaTarget.Mp4, new(null, ["ru"], KeepAll: false));

        Assert.That(
            facts.Info!.Streams.Where(s => s.Kind == StreamKind.Audio).Select(s => s.Language),
            Is.EqualTo(["rus"])
        );
    }

    [TestCase(MediaTarget.Mp4, "mp4", "mov_text", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac -c:s srt")]
    [TestCase(MediaTarget.Fmp4, "mp4", "mov_text", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a ac3 -c:s srt")]
    [TestCase(MediaTarget.Webm, "webm", "webvtt", "-c:v libvpx -deadline realtime -c:a libvorbis -c:s ass")]
    public async Task Every_target_keeps_each_packet_of_picture_and_sound(
        MediaTarget target,
        string container,
        string subtitles,
        string encode
    )
    {
        var film = await Ffmpeg.FilmAsync(_folder, "film.mkv", encode.Split(' '));

        var (output, facts) = await RemuxAsync(film, target, AudioSelection.Everything);

        Assert.That((facts.Container, facts.Info!.Streams[^1].Codec), Is.EqualTo((container, subtitles)));
        foreach (var map in new[] { "0:v", "0:a" })
        {
            Assert.That(
                await Ffmpeg.StreamHashesAsync(output, map),
                Is.EqualTo(await Ffmpeg.StreamHashesAsync(film, map))
            );
        }
    }

    [Test]
    public async Task Subtitles_become_files_of_their_own()
    {
        var film = await Ffmpeg.FilmAsync(_folder);
        var facts = await _prober.ProbeAsync(film, isWhole: true, default);
        var plan = MediaPlanner.Plan(MediaTarget.Auto, AudioSelection.Everything, facts, SubtitleWish.Extract);
        var output = Path.Combine(_folder, "out.mp4");
        var source = MediaInput.File(film, new FileInfo(film).Length);

        var result = await _remuxer.RemuxAsync(source, facts, plan, output, _ => { }, default);

        Assert.That(result.Info!.Streams.Select(s => s.Codec), Is.EqualTo(["h264", "aac", "aac"]));
        Assert.That(
            await File.ReadAllTextAsync(Remuxer.SideFiles(plan, output).Single()),
            Does.StartWith("WEBVTT").And.Contain("Hello").And.Contain("World")
        );
    }

    [Test]
    public async Task Matroska_takes_everything_out_of_an_mp4()
    {
        var clip = await Ffmpeg.FilmAsync(_folder, "film.mp4", "-c:v mpeg4 -c:a ac3 -c:s mov_text".Split(' '));

        var (output, facts) = await RemuxAsync(clip, MediaTarget.Mkv, new(1, [], KeepAll: true));

        Assert.That(
            facts.Info!.Streams.Select(s => (s.Codec, s.Language)),
            Is.EqualTo([("mpeg4", null), ("ac3", "rus"), ("ac3", "eng"), ("subrip", (string?)null)])
        );
        Assert.That(
            await Ffmpeg.StreamHashesAsync(output, "0:v"),
            Is.EqualTo(await Ffmpeg.StreamHashesAsync(clip, "0:v"))
        );
    }

    [Test]
    public async Task Fonts_stay_in_matroska_with_their_names()
    {
        var font = Path.Combine(_folder, "type.ttf");
        await File.WriteAllBytesAsync(font, new byte[4_000]);
        var film = await Ffmpeg.FilmAsync(
            _folder,
            "film.mkv",
            [
                .. "-c:v libx264 -preset ultrafast -c:a aac -c:s ass -attach".Split(' '),
                font,
                .. "-metadata:s:t mimetype=application/x-truetype-font".Split(' '),
            ]
        );

        var (_, facts) = await RemuxAsync(film, MediaTarget.Mkv, new(0, [], KeepAll: false));

        var attachment = facts.Info!.Streams[^1];
        Assert.That(
            (attachment.Kind, attachment.FileName, attachment.MimeType),
            Is.EqualTo((StreamKind.Attachment, "type.ttf", "application/x-truetype-font"))
        );
    }

    [Test]
    public async Task An_mp4_keeps_its_cover()
    {
        var film = await Ffmpeg.FilmAsync(_folder);
        var cover = Path.Combine(_folder, "cover.png");
        await Ffmpeg.RunAsync(["-i", film, "-frames:v", "1", cover]);
        var covered = Path.Combine(_folder, "covered.mp4");
        await Ffmpeg.RunAsync([
            .. $"-i {film} -i {cover} -map 0:v -map 0:a -map 1 -c copy -disposition:v:1 attached_pic {covered}".Split(
                ' '
            ),
        ]);

        var (_, facts) = await RemuxAsync(covered, MediaTarget.Mp4, new(1, [], KeepAll: false));

        Assert.That(
            facts.Info!.Streams.Select(s => (s.Kind, s.Codec)),
            Is.EqualTo([(StreamKind.Video, "h264"), (StreamKind.Audio, "aac"), (StreamKind.Cover, "png")])
        );
    }

    [TestCase("aac", "mp4", "-c:a aac")]
    [TestCase("mp3", "mp3", "-c:a libmp3lame")]
    [TestCase("opus", "ogg", "-c:a libopus")]
    [TestCase("flac", "flac", "-c:a flac")]
    [TestCase("pcm_s16le", "wav", "-c:a pcm_s16le")]
    [TestCase("dts", "mp4", "-c:a dca -strict -2 -ar 48000 -ac 2")]
    public async Task Sound_alone_is_the_chosen_track_in_its_own_container(
        string codec,
        string container,
        string encode
    )
    {
        var film = await Ffmpeg.FilmAsync(
            _folder,
            "film.mkv",
            $"-c:v libx264 -preset ultrafast {encode} -c:s srt".Split(' ')
        );

        var (output, facts) = await RemuxAsync(film, MediaTarget.Audio, new(null, ["ru"], KeepAll: false));

        Assert.That(facts.Info!.Streams.Select(s => (s.Kind, s.Codec)), Is.EqualTo([(StreamKind.Audio, codec)]));
        Assert.That(facts.Container ?? facts.Info.Container, Is.EqualTo(container));
        Assert.That(
            await Ffmpeg.StreamHashesAsync(output, "0:a"),
            Is.EqualTo(await Ffmpeg.StreamHashesAsync(film, "0:a:1"))
        );
    }

    [TestCase(0.3)]
    [TestCase(0.6)]
    [TestCase(0.9)]
    public async Task A_film_that_is_cut_off_is_refused_and_leaves_nothing_behind(double share)
    {
        var film = await Ffmpeg.FilmAsync(_folder);
        var cut = await CutAsync(film, (int)(new FileInfo(film).Length * share));

        var error = Assert.ThrowsAsync<MediaException>(() =>
            RemuxAsync(cut, MediaTarget.Auto, AudioSelection.Everything)
        );

        Assert.That((error.Code, error.IsTransient), Is.EqualTo((MediaErrors.Truncated, false)));
        Assert.That(File.Exists(Path.Combine(_folder, "out.mp4")), Is.False);
    }

    [TestCase("#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n")]
    [TestCase("ffconcat version 1.0\nfile /etc/passwd\n")]
    [TestCase("")]
    [TestCase("just some text that is no media at all")]
    public async Task A_playlist_or_a_text_that_poses_as_mp4_is_refused(string content)
    {
        var path = Path.Combine(_folder, "video.mp4");
        await File.WriteAllTextAsync(path, content);

        var facts = await _prober.ProbeAsync(path, isWhole: true, default);
        var error = Assert.Throws<MediaException>(() =>
            MediaPlanner.Plan(MediaTarget.Mp4, AudioSelection.Everything, facts)
        );

        Assert.That((facts.Info, facts.Container), Is.EqualTo(((MediaInfo?)null, (string?)null)));
        Assert.That(error.Code, Is.EqualTo(MediaErrors.Invalid));
    }

    [Test]
    public async Task A_cancelled_remux_ends_and_leaves_nothing_behind()
    {
        var film = await Ffmpeg.FilmAsync(_folder);
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();
        var facts = await _prober.ProbeAsync(film, isWhole: true, default);
        var plan = MediaPlanner.Plan(MediaTarget.Auto, AudioSelection.Everything, facts);
        var output = Path.Combine(_folder, "out.mp4");
        var source = MediaInput.File(film, new FileInfo(film).Length);

        Assert.That(
            async () => await _remuxer.RemuxAsync(source, facts, plan, output, _ => { }, cancel.Token),
            Throws.InstanceOf<OperationCanceledException>()
        );
        Assert.That(File.Exists(output), Is.False);
    }

    [Test]
    public async Task A_program_that_stops_moving_is_ended()
    {
        var film = await Ffmpeg.FilmAsync(_folder);
        var stuck = await ScriptAsync("sleep 600");
        var options = new MediaOptions { Ffmpeg = stuck, Stall = TimeSpan.FromSeconds(1) };

        var error = Assert.ThrowsAsync<MediaException>(() =>
            RemuxAsync(film, MediaTarget.Auto, AudioSelection.Everything, options: options)
        );

        Assert.That((error.Code, error.IsTransient), Is.EqualTo((MediaErrors.RemuxTimeout, true)));
    }

    [Test]
    public async Task A_program_that_ends_without_saying_so_is_not_believed()
    {
        var film = await Ffmpeg.FilmAsync(_folder);
        var options = new MediaOptions { Ffmpeg = await ScriptAsync("exit 0") };

        var error = Assert.ThrowsAsync<MediaException>(() =>
            RemuxAsync(film, MediaTarget.Auto, AudioSelection.Everything, options: options)
        );

        Assert.That(error.Code, Is.EqualTo(MediaErrors.RemuxFailed));
    }

    [Test]
    public async Task A_missing_program_is_named()
    {
        var film = await Ffmpeg.FilmAsync(_folder);
        var options = new MediaOptions { Ffmpeg = "no-such-program" };

        var error = Assert.ThrowsAsync<MediaException>(() =>
            RemuxAsync(film, MediaTarget.Auto, AudioSelection.Everything, options: options)
        );

        Assert.That(error.Code, Is.EqualTo(MediaErrors.ToolMissing));
    }

    async Task<(string Output, MediaFacts Facts)> RemuxAsync(
        string input,
        MediaTarget target,
        AudioSelection audio,
        Action<RemuxProgress>? progress = null,
        MediaOptions? options = null
    )
    {
        var facts = await _prober.ProbeAsync(input, isWhole: true, default);
        var plan = MediaPlanner.Plan(target, audio, facts);
        Assert.That(plan.Action, Is.EqualTo(PlanAction.Remux));
        var output = Path.Combine(_folder, "out.mp4");
        var remuxer = options is null ? _remuxer : new Remuxer(options, _prober, TimeProvider.System);
        var source = MediaInput.File(input, new FileInfo(input).Length);
        return (output, await remuxer.RemuxAsync(source, facts, plan, output, progress ?? (_ => { }), default));
    }

    async Task<string> CutAsync(string path, int bytes)
    {
        var cut = Path.Combine(_folder, "cut" + Path.GetExtension(path));
        var whole = await File.ReadAllBytesAsync(path);
        await File.WriteAllBytesAsync(cut, whole[..Math.Min(bytes, whole.Length)]);
        return cut;
    }

    async Task<string> ScriptAsync(string body)
    {
        var path = Path.Combine(_folder, "fake-ffmpeg");
        await File.WriteAllTextAsync(path, $"#!/bin/sh\n{body}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return path;
    }
}
