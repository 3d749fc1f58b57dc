using Fleet.Jobs;
using Fleet.Sessions;
using Fleet.Worker;

namespace Fleet.UnitTests.Worker;

[Category("media")]
public sealed class QualityTests
{
    static readonly MediaItem Film = new()
    {
        DocumentId = 1,
        SizeBytes = 4_000,
        MimeType = "video/mp4",
        Dc = 2,
        Width = 1920,
        Height = 1080,
        FileName = "film.mp4",
        Qualities = [Made(2, 1_000, 854, 480), Made(3, 2_000, 1280, 720), Made(4, 1_500, 1280, 720)],
        Origin = new()
        {
            PeerKind = "channel",
            PeerId = 1,
            MessageId = 2,
        },
    };

    [TestCase(null, null, 1L)]
    [TestCase(1080, null, 1L)]
    [TestCase(1079, null, 3L)]
    [TestCase(720, 1_900L, 4L)]
    [TestCase(480, null, 2L)]
    [TestCase(144, null, 2L)] // none is that small: the smallest
    [TestCase(null, 3_999L, 3L)]
    public void The_best_within_the_bounds_is_taken(int? height, long? bytes, long document)
    {
        var chosen = Quality.Of(Film, new QualityChoice { MaxHeight = height, MaxBytes = bytes });

        Assert.That((chosen.DocumentId, chosen.FileName), Is.EqualTo((document, "film.mp4")));
    }

    [Test]
    public void An_upright_video_is_measured_by_its_shorter_side()
    {
        var upright = Film with { Width = 1080, Height = 1920, Qualities = [Made(2, 1_000, 720, 1280)] };

        Assert.That(Quality.Of(upright, new() { MaxHeight = 720 }).DocumentId, Is.EqualTo(2));
    }

    [Test]
    public void What_has_no_other_quality_is_taken_as_it_is_and_so_is_what_nobody_bounds() =>
        Assert.That(
            (
                Quality.Of(Film with { Qualities = null }, new() { MaxHeight = 1 }).DocumentId,
                Quality.Of(Film, wanted: null).DocumentId
            ),
            Is.EqualTo((1, 1))
        );

    static QualityItem Made(long id, long bytes, int width, int height) =>
        new()
        {
            DocumentId = id,
            SizeBytes = bytes,
            MimeType = "video/mp4",
            Dc = 4,
            Width = width,
            Height = height,
        };
}
