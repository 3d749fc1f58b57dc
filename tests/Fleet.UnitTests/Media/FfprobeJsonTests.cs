using System.Text;
using Fleet.Media;
using Fleet.Testing;

namespace Fleet.UnitTests.Media;

/// <summary>The samples are what ffprobe 5.1 really printed.</summary>
[Category("media")]
public sealed class FfprobeJsonTests
{
    [Test]
    public void A_matroska_film_has_its_streams_in_order_with_languages()
    {
        var info = Parse("film.mkv", sniffed: "mkv");

        Assert.That((info.Container, info.Duration, info.Title), Is.EqualTo(("mkv", TimeSpan.FromSeconds(3.023), "T")));
        Assert.That(
            info.Streams.Select(s => (s.Index, s.Kind, s.Codec, s.Language)),
            Is.EqualTo([
                (0, StreamKind.Video, "h264", null),
                (1, StreamKind.Audio, "aac", "eng"),
                (2, StreamKind.Audio, "aac", "rus"),
                (3, StreamKind.Subtitle, "subrip", (string?)null),
            ])
        );
        Assert.That(
            (info.Streams[0].Width, info.Streams[0].Height, info.Streams[1].Channels),
            Is.EqualTo((320, 180, 1))
        );
    }

    [Test]
    public void An_mp4_knows_tags_and_packets()
    {
        var video = Parse("film.mp4", sniffed: null).Streams[0];

        Assert.That((video.Tag, video.Packets, video.PixelFormat), Is.EqualTo(("avc1", 75L, "yuv420p")));
    }

    [Test]
    public void The_tag_of_hevc_is_kept_apart() =>
        Assert.That(
            Parse("hev1.mp4", "mp4").Streams[0],
            Has.Property("Codec").EqualTo("hevc").And.Property("Tag").EqualTo("hev1")
        );

    [Test]
    public void An_attachment_is_neither_picture_nor_sound_and_und_is_no_language()
    {
        var info = Parse("attachment.mkv", "mkv");

        Assert.That(info.Streams[^1].Kind, Is.EqualTo(StreamKind.Attachment));
        Assert.That(info.Streams[2].Language, Is.Null);
    }

    [Test]
    public void Cover_art_is_not_video()
    {
        var info = Parse("cover.mp3", sniffed: null);

        Assert.That(info.Streams.Select(s => s.Kind), Is.EqualTo([StreamKind.Audio, StreamKind.Cover]));
        Assert.That((info.Container, info.Title), Is.EqualTo(("mp3", "Song")));
    }

    [TestCase("film.ts", null, "mpegts")]
    [TestCase("vp9.webm", "webm", "webm")]
    [TestCase("vp9.webm", null, "mkv")]
    public void The_first_bytes_tell_the_container_where_ffmpeg_names_a_family(
        string sample,
        string? sniffed,
        string name
    ) => Assert.That(Parse(sample, sniffed).Container, Is.EqualTo(name));

    [TestCase("")]
    [TestCase("{}")]
    [TestCase("[]")]
    [TestCase("{\"streams\":[],\"format\":{\"format_name\":\"mp3\"}}")]
    [TestCase("{\"streams\":[{\"index\":0}]}")]
    [TestCase("{\"streams\":[{\"index\":0,\"codec_na")]
    public void What_is_not_the_description_of_a_file_is_nothing(string json) =>
        Assert.That(FfprobeJson.ParseOrNull(Encoding.UTF8.GetBytes(json), null), Is.Null);

    [TestCase("-3")]
    [TestCase("1e300")]
    [TestCase("N/A")]
    [TestCase("NaN")]
    public void An_absurd_duration_is_unknown(string duration)
    {
        var json =
            $$$"""{"streams":[{"codec_type":"audio"}],"format":{"format_name":"mp3","duration":"{{{duration}}}"}}""";

        Assert.That(FfprobeJson.ParseOrNull(Encoding.UTF8.GetBytes(json), null)!.Duration, Is.Null);
    }

    internal static MediaInfo Parse(string sample, string? sniffed)
    {
        var path = Path.Combine(Repository.Root, "tests/Fleet.UnitTests/Media/Samples", sample + ".json");
        return FfprobeJson.ParseOrNull(File.ReadAllBytes(path), sniffed)!;
    }
}
