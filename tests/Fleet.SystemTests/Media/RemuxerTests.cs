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

        Assert.That(
            async () => await _remuxer.RemuxAsync(film, facts, plan, output, _ => { }, cancel.Token),
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
        return (output, await remuxer.RemuxAsync(input, facts, plan, output, progress ?? (_ => { }), default));
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
