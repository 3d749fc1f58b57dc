using Fleet.Media;

namespace Fleet.UnitTests.Media;

[Category("media")]
public sealed class FfmpegTests
{
    [Test]
    public void Progress_is_read_block_by_block_and_never_goes_back()
    {
        var parser = new ProgressParser(TimeSpan.FromSeconds(10));
        string[] lines =
        [
            "frame=1",
            "out_time_us=2500000",
            "out_time_ms=9999999",
            "total_size=1000",
            "progress=continue",
            "out_time_us=1000000",
            "total_size=N/A",
            "garbage",
            "out_time_us=-5",
            "progress=continue",
            "out_time_us=99000000",
            "total_size=5000",
            "progress=end",
        ];

        var seen = lines.Select(parser.Feed).Where(p => p is not null);

        Assert.That(
            seen,
            Is.EqualTo([new RemuxProgress(0.25, 1000), new RemuxProgress(0.25, 1000), new RemuxProgress(1, 5000)])
        );
        Assert.That(parser.Ended, Is.True);
    }

    [Test]
    public void Without_a_duration_only_bytes_move_until_the_end()
    {
        var parser = new ProgressParser(duration: null);
        parser.Feed("out_time_us=2500000");

        Assert.That(parser.Feed("progress=continue")!.Fraction, Is.Zero);
        Assert.That(parser.Feed("progress=end")!.Fraction, Is.EqualTo(1));
    }

    [Test]
    public void The_command_maps_the_kept_streams_and_takes_every_name_as_a_value()
    {
        var info = FfprobeJsonTests.Parse("attachment.mkv", "mkv") with { Title = "-i\n/etc/passwd" };
        var plan = MediaPlanner.Plan(
            MediaTarget.Auto,
            AudioSelection.Everything,
            new("mkv", IndexPlace.None, info, IsWhole: true)
        );

        var input = MediaInput.File("/spool/-in", sizeBytes: 1);
        var line = string.Join(' ', FfmpegArguments.Remux(input, info, plan, indexBytes: null, "/spool/out"));

        Assert.That(line, Does.Contain("-i file:/spool/-in -map 0:0 -map 0:1 -map 0:2 -map 0:3 -c copy -c:3 mov_text"));
        Assert.That(line, Does.Contain("-metadata title=-i/etc/passwd -metadata:s:1 language=eng"));
        Assert.That(line, Does.Contain("-format_whitelist mov,matroska").And.Contain("-protocol_whitelist file,pipe"));
        Assert.That(line, Does.EndWith("-movflags +faststart -max_muxing_queue_size 4096 -n -f mp4 file:/spool/out"));
    }

    [Test]
    public void What_this_process_serves_is_read_by_one_format_only_and_by_nothing_that_opens_other_files()
    {
        var info = FfprobeJsonTests.Parse("film.mkv", "mkv");
        var plan = MediaPlanner.Plan(
            MediaTarget.Mp4,
            AudioSelection.Everything,
            new("mkv", IndexPlace.None, info, IsWhole: true)
        );
        var address = new Uri("http://127.0.0.1:1/source");

        var input = MediaInput.ServedOrNull(address, sizeBytes: 1, "mkv", () => false)!;

        Assert.That(
            string.Join(' ', FfmpegArguments.Remux(input, info, plan, 7, "/out")),
            Does.Contain("-protocol_whitelist http,tcp -format_whitelist matroska -f matroska")
                .And.Contain("-i http://127.0.0.1:1/source")
        );
        Assert.That(MediaInput.ServedOrNull(address, 1, "hls", () => false), Is.Null);
    }

    [TestCase("hev1.mp4", "-tag:0 hvc1")]
    [TestCase("film.ts", "-bsf:a:0 aac_adtstoasc")]
    public void Codecs_with_habits_get_their_options(string sample, string options)
    {
        var info = FfprobeJsonTests.Parse(sample, sniffed: null);
        var facts = new MediaFacts(info.Container, IndexPlace.Last, info, IsWhole: true);
        var plan = new MediaPlan(
            PlanAction.Remux,
            [.. info.Streams.Select(s => new StreamPlan(s, StreamAction.Copy))],
            Playability.Of(facts)
        );

        var line = string.Join(' ', FfmpegArguments.Remux(MediaInput.File("/in", 1), info, plan, 7, "/out"));

        Assert.That(line, Does.Contain(options));
    }

    [TestCase(1, "moov atom not found\nfile:x: Invalid data found when processing input", MediaErrors.Truncated)]
    [TestCase(1, "file:x.mp4: corrupt input packet in stream 0", MediaErrors.Truncated)]
    [TestCase(1, "[hls @ 0x1] Format not on whitelist 'mov'", MediaErrors.Invalid)]
    [TestCase(1, "Invalid data found when processing input", MediaErrors.Invalid)]
    [TestCase(1, "av_interleaved_write_frame(): No space left on device", MediaErrors.DiskFull)]
    [TestCase(1, "Could not find tag for codec vp8 in stream #0", MediaErrors.Unsupported)]
    [TestCase(153, "", MediaErrors.RemuxFailed)]
    [TestCase(127, "nice: 'ffmpeg': No such file or directory", MediaErrors.ToolMissing)]
    public void The_end_of_a_run_becomes_a_stable_code(int exitCode, string words, string code)
    {
        var error = FfmpegErrors.Of(exitCode, words);

        Assert.That(error.Code, Is.EqualTo(code));
        Assert.That(error.Message, Does.Not.Contain("file:x"));
    }

    [TestCase("ftypisom", "moov", "mdat", IndexPlace.First)]
    [TestCase("ftypisom", "mdat", "moov", IndexPlace.Last)]
    [TestCase("ftypisom", "free", "mdat", IndexPlace.NotSeen)]
    public async Task The_boxes_tell_where_the_index_is(string first, string second, string third, IndexPlace place)
    {
        using var file = new MemoryStream();
        foreach (var box in new[] { first, second, third })
            file.Write([0, 0, 0, 16, .. System.Text.Encoding.ASCII.GetBytes(box.PadRight(12, '\0'))]);

        Assert.That(await Mp4Layout.ReadAsync(file, default), Is.EqualTo(place));
    }

    [Test]
    public async Task Large_sizes_are_followed_and_absurd_ones_end_the_walk()
    {
        byte[] large = [0, 0, 0, 1, .. "mdat"u8, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 8, .. "moov"u8];
        byte[] endless = [0, 0, 0, 0, .. "mdat"u8, 0, 0, 0, 8, .. "moov"u8];
        byte[] tiny = [0, 0, 0, 3, .. "free"u8, 0, 0, 0, 8, .. "moov"u8];
        byte[] negative = [0, 0, 0, 1, .. "mdat"u8, 255, 255, 255, 255, 255, 255, 255, 255];

        var places = new List<IndexPlace>();
        foreach (var file in new[] { large, endless, tiny, negative })
            places.Add(await Mp4Layout.ReadAsync(new MemoryStream(file), default));

        Assert.That(places, Is.EqualTo([IndexPlace.Last, IndexPlace.NotSeen, IndexPlace.NotSeen, IndexPlace.NotSeen]));
    }
}
