using System.Globalization;
using Fleet.Media;

namespace Fleet.SystemTests.Media;

/// <summary>Picture and sound of two files.</summary>
[Category("media")]
public sealed class JoinTests
{
    readonly MediaProber _prober = new(new(), TimeProvider.System);
    readonly Remuxer _remuxer = new(new(), new(new(), TimeProvider.System), TimeProvider.System);
    string _folder = null!;

    [SetUp]
    public void SetUp() => _folder = Directory.CreateTempSubdirectory("fleet-media-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    [TestCase(MediaTarget.Auto, "sound.m4a", "-c:a aac", "mp4")]
    [TestCase(MediaTarget.Auto, "sound.opus", "-c:a libopus", "mp4")]
    [TestCase(MediaTarget.Auto, "sound.wav", "-c:a pcm_s16le", "mkv")]
    [TestCase(MediaTarget.Mp4, "sound.aac", "-c:a aac", "mp4")]
    [TestCase(MediaTarget.Fmp4, "sound.ts", "-c:a aac", "mp4")]
    [TestCase(MediaTarget.Mkv, "sound.flac", "-c:a flac", "mkv")]
    public async Task A_film_gets_the_sound_of_another_file_without_a_change_of_either(
        MediaTarget target,
        string name,
        string encode,
        string container
    )
    {
        var film = await Ffmpeg.FilmAsync(_folder);
        var sound = await SoundAsync(name, seconds: 3, encode);

        var (output, facts) = await JoinAsync(film, sound, target);

        Assert.That(facts.Container, Is.EqualTo(container));
        Assert.That(facts.Info!.Streams.Count(s => s.Kind == StreamKind.Audio), Is.EqualTo(1));
        Assert.That(
            await Ffmpeg.StreamHashesAsync(output, "0:v"),
            Is.EqualTo(await Ffmpeg.StreamHashesAsync(film, "0:v"))
        );
        if (name is not "sound.aac" and not "sound.ts") // the headers of their packets are moved to the front
        {
            Assert.That(
                await Ffmpeg.StreamHashesAsync(output, "0:a"),
                Is.EqualTo(await Ffmpeg.StreamHashesAsync(sound, "0:a"))
            );
        }
    }

    [Test]
    public async Task Sound_that_begins_later_still_does()
    {
        var film = await Ffmpeg.FilmAsync(_folder);
        var plain = await SoundAsync("plain.mka", seconds: 2, "-c:a aac");
        var late = Path.Combine(_folder, "late.mka");
        await Ffmpeg.RunAsync(["-itsoffset", "0.7", "-i", plain, "-c", "copy", late]);

        var (output, _) = await JoinAsync(film, late, MediaTarget.Mp4);

        var times = await Ffmpeg.ProbeAsync(output, "stream=codec_type,start_time");
        var sound = times.Split('\n').Single(line => line.StartsWith("audio", StringComparison.Ordinal)).Split(',')[1];
        Assert.That(double.Parse(sound, CultureInfo.InvariantCulture), Is.EqualTo(0.7).Within(0.05));
    }

    [Test]
    public async Task Languages_choose_among_the_tracks_of_the_other_file()
    {
        var film = await Ffmpeg.FilmAsync(_folder);
        var other = await Ffmpeg.FilmAsync(_folder, "other.mkv");

        var (_, facts) = await JoinAsync(film, other, MediaTarget.Auto, new(null, ["ru"], KeepAll: false));

        Assert.That(
            facts.Info!.Streams.Where(s => s.Kind == StreamKind.Audio).Select(s => s.Language),
            Is.EqualTo(["rus"])
        );
    }

    [TestCase("film.mkv", "sound.m4a", 6, MediaErrors.LengthsDiffer)]
    [TestCase("sound.m4a", "film.mkv", 3, MediaErrors.Unsupported)]
    public async Task What_does_not_belong_together_is_refused(string first, string second, int seconds, string code)
    {
        await Ffmpeg.FilmAsync(_folder);
        await SoundAsync("sound.m4a", seconds, "-c:a aac");

        var error = Assert.ThrowsAsync<MediaException>(() =>
            JoinAsync(Path.Combine(_folder, first), Path.Combine(_folder, second), MediaTarget.Auto)
        );

        Assert.That((error.Code, error.IsTransient), Is.EqualTo((code, false)));
    }

    async Task<(string Output, MediaFacts Facts)> JoinAsync(
        string film,
        string sound,
        MediaTarget target,
        AudioSelection? audio = null
    )
    {
        var picture = await _prober.ProbeAsync(film, isWhole: true, default);
        var other = await _prober.ProbeAsync(sound, isWhole: true, default);
        var facts = picture with
        {
            Container = MediaInfo.Separate,
            Index = IndexPlace.None,
            Info = MediaInfo.Join(picture.Info!, other.Info!),
        };
        var plan = MediaPlanner.Plan(target, audio ?? AudioSelection.Everything, facts);
        var input = MediaInput.File(film, new FileInfo(film).Length) with
        {
            Start = picture.Info!.Start,
            Sound = MediaInput.File(sound, new FileInfo(sound).Length) with { Start = other.Info!.Start },
        };
        var output = Path.Combine(_folder, "joined");
        return (output, await _remuxer.RemuxAsync(input, facts, plan, output, _ => { }, default));
    }

    async Task<string> SoundAsync(string name, int seconds, string encode)
    {
        var path = Path.Combine(_folder, name);
        await Ffmpeg.RunAsync([
            .. new[] { "-f", "lavfi", "-i", FormattableString.Invariant($"sine=frequency=880:duration={seconds}") },
            .. encode.Split(' '),
            path,
        ]);
        return path;
    }
}
