using Fleet.Media;

namespace Fleet.SystemTests.Media;

/// <summary>Films that are encoded anew, where that is allowed.</summary>
[Category("media")]
public sealed class EncodeTests
{
    readonly MediaProber _prober = new(new(), TimeProvider.System);
    string _folder = null!;

    [SetUp]
    public void SetUp() => _folder = Directory.CreateTempSubdirectory("fleet-media-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    [TestCase(MediaTarget.Auto, "-c:v mpeg4 -c:a ac3 -ac 6 -c:s srt", "mp4", "h264 aac aac mov_text")]
    [TestCase(MediaTarget.Auto, "-c:v libx264 -pix_fmt yuv420p10le -c:a aac -c:s srt", "mp4", "h264 aac aac mov_text")]
    [TestCase(
        MediaTarget.Webm,
        "-c:v libx264 -pix_fmt yuv420p -c:a ac3 -ac 6 -c:s srt",
        "webm",
        "vp9 opus opus webvtt"
    )]
    [TestCase(MediaTarget.Mp4, "-c:v wmv2 -c:a wmav2 -c:s srt", "mp4", "h264 aac aac mov_text")]
    public async Task What_not_every_browser_plays_is_encoded_when_that_is_allowed(
        MediaTarget target,
        string encode,
        string container,
        string codecs
    )
    {
        var film = await Ffmpeg.FilmAsync(_folder, "film.mkv", encode.Split(' '));

        var (_, facts) = await EncodeAsync(film, target, new());

        Assert.That(facts.Container, Is.EqualTo(container));
        Assert.That(string.Join(' ', facts.Info!.Streams.Select(s => s.Codec)), Is.EqualTo(codecs));
        Assert.That(Playability.Of(facts).Reasons, Is.Empty);
    }

    [Test]
    public async Task A_picture_that_browsers_play_is_copied_beside_sound_that_they_do_not()
    {
        var film = await Ffmpeg.FilmAsync(
            _folder,
            "film.mkv",
            "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a dca -strict -2 -ar 48000 -ac 2 -c:s srt".Split(' ')
        );

        var (output, facts) = await EncodeAsync(film, MediaTarget.Auto, new());

        Assert.That(facts.Info!.Streams[1].Codec, Is.EqualTo("aac"));
        Assert.That(
            await Ffmpeg.StreamHashesAsync(output, "0:v"),
            Is.EqualTo(await Ffmpeg.StreamHashesAsync(film, "0:v"))
        );
    }

    [Test]
    public void A_film_that_is_too_long_to_be_encoded_is_refused_before_any_work()
    {
        var options = new MediaOptions { MaxEncodedPixels = 320 * 180 * 25 };

        var error = Assert.ThrowsAsync<MediaException>(async () =>
            await EncodeAsync(
                await Ffmpeg.FilmAsync(_folder, "film.mkv", "-c:v mpeg4 -c:a aac -c:s srt".Split(' ')),
                MediaTarget.Auto,
                options
            )
        );

        Assert.That((error.Code, error.IsTransient), Is.EqualTo((MediaErrors.TooLongToEncode, false)));
    }

    async Task<(string Output, MediaFacts Facts)> EncodeAsync(string film, MediaTarget target, MediaOptions options)
    {
        var facts = await _prober.ProbeAsync(film, isWhole: true, default);
        var plan = MediaPlanner.Plan(target, AudioSelection.Everything, facts, mayEncode: true);
        var remuxer = new Remuxer(options, _prober, TimeProvider.System);
        var output = Path.Combine(_folder, "encoded");
        var input = MediaInput.File(film, new FileInfo(film).Length);
        return (output, await remuxer.RemuxAsync(input, facts, plan, output, _ => { }, default));
    }
}
