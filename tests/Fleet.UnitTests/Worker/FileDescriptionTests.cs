using Fleet.Jobs;
using Fleet.Media;
using Fleet.Sessions;
using Fleet.Worker;

namespace Fleet.UnitTests.Worker;

[Category("pipeline")]
public sealed class FileDescriptionTests
{
    static readonly MediaItem Item = new()
    {
        DocumentId = 77,
        SizeBytes = 1000,
        MimeType = "text/html",
        Dc = 2,
        FileName = "Фильм.mkv",
        DurationSeconds = 2.5,
        Origin = new()
        {
            PeerKind = "channel",
            PeerId = 1,
            MessageId = 2,
        },
    };

    static readonly MediaStream Video = new()
    {
        Index = 0,
        Kind = StreamKind.Video,
        Codec = "h264",
        Width = 320,
    };
    static readonly MediaStream Sound = new()
    {
        Index = 1,
        Kind = StreamKind.Audio,
        Codec = "aac",
        Language = "eng",
    };

    [TestCase(null, 3, "Фильм.mkv")]
    [TestCase("film.mp4", 0, "film.mp4")]
    [TestCase("film.mp4", 1, "film (2).mp4")]
    [TestCase("film", 9, "film (10)")]
    [TestCase("{number} {name}", 1, "2 Фильм")]
    [TestCase("{chat}-{message}-{document}", 4, "1-2-77")]
    [TestCase("{performer} - {title}", 0, "A_B - T")]
    [TestCase("{performer} - {title}", 1, "A_B - T (2)")]
    [TestCase("{date} {caption}.mkv", 1, "2026-11-27 First (2).mkv")]
    [TestCase("{title}{title}", 0, "TT")]
    public void Files_of_one_job_share_a_wanted_name_and_differ_by_number(string? wanted, int position, string name)
    {
        var song = Item with
        {
            Title = "T",
            Performer = "A/B",
            Caption = "First\nSecond",
            Date = new DateTimeOffset(2026, 11, 27, 23, 0, 0, TimeSpan.Zero),
        };

        Assert.That(FileDescription.NameOf(song, wanted, position), Is.EqualTo(name));
    }

    [Test]
    public void A_place_that_does_not_exist_is_named() =>
        Assert.That(FileNameTemplate.Unknown("{title} {Title} {} x{y"), Is.EqualTo(["Title", ""]));

    [TestCase("Фильм.mkv", null, "mp4", "Фильм.mp4")]
    [TestCase("Фильм.MP4", null, "mp4", "Фильм.MP4")]
    [TestCase("Part 2.5", null, "mp4", "Part 2.5.mp4")]
    [TestCase("no extension", null, "mp4", "no extension.mp4")]
    [TestCase(null, null, "mp4", "77.mp4")]
    [TestCase("a.mkv", "my name.mov", "mp4", "my name.mp4")]
    [TestCase("../../a.mkv", null, "mkv", "_.._a.mkv")]
    [TestCase("song.mp3", null, "mp3", "song.mp3")]
    public void The_name_is_safe_and_ends_as_its_container_does(
        string? given,
        string? wanted,
        string container,
        string name
    )
    {
        var described = FileDescription.Of(Item, Facts(container, Video));

        var safe = FileDescription.NameOf(Item with { FileName = given }, wanted, position: 0);
        Assert.That(described.NameOf(safe), Is.EqualTo(name));
    }

    [Test]
    public void What_is_no_media_keeps_its_name_and_never_becomes_a_page_of_ours()
    {
        var facts = new MediaFacts(Container: null, IndexPlace.None, Info: null, IsWhole: true);

        var page = FileDescription.Of(Item, facts);
        var picture = FileDescription.Of(Item with { MimeType = "image/png" }, facts);
        var vector = FileDescription.Of(Item with { MimeType = "image/svg+xml" }, facts);

        Assert.That(
            (page.NameOf("page.html"), page.ContentType, FileDescription.KeyName(page), (object?)page.Playable),
            Is.EqualTo(("page.html", "application/octet-stream", "file.bin", (object?)null))
        );
        Assert.That(FileDescription.KeyName(picture), Is.EqualTo("file.png"));
        Assert.That((picture.ContentType, vector.ContentType), Is.EqualTo(("image/png", "application/octet-stream")));
    }

    [Test]
    public void A_photo_has_no_name_of_its_own_and_gets_one()
    {
        var facts = new MediaFacts(Container: null, IndexPlace.None, Info: null, IsWhole: true);

        var item = Item with { FileName = null, MimeType = "image/jpeg" };
        var photo = FileDescription.Of(item, facts);

        Assert.That(
            (
                FileDescription.NameOf(item, wanted: null, position: 0),
                photo.ContentType,
                FileDescription.KeyName(photo)
            ),
            Is.EqualTo(("77.jpg", "image/jpeg", "file.jpg"))
        );
    }

    [Test]
    public void Sound_alone_is_called_so() =>
        Assert.That(FileDescription.Of(Item, Facts("mp4", Sound)).ContentType, Is.EqualTo("audio/mp4"));

    [Test]
    public void The_description_tells_streams_duration_and_playability()
    {
        var described = FileDescription.Of(Item, Facts("mp4", Video, Sound));

        Assert.That(
            described.Streams,
            Is.EqualTo([
                new StreamInfo("video", "h264") { Width = 320 },
                new StreamInfo("audio", "aac") { Language = "eng" },
            ])
        );
        Assert.That((described.DurationMs, described.Playable!.Web), Is.EqualTo((3000L, WebPlayback.Yes)));
    }

    static MediaFacts Facts(string container, params MediaStream[] streams) =>
        new(
            container,
            container is "mp4" ? IndexPlace.First : IndexPlace.None,
            new(container, TimeSpan.FromSeconds(3), streams),
            IsWhole: true
        );
}
