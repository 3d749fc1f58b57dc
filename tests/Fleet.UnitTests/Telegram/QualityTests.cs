using Fleet.Telegram;

namespace Fleet.UnitTests.Telegram;

[TestFixture]
[Category("engine")]
public sealed class QualityTests
{
    /// <summary>The original first, then as Telegram might list them.</summary>
    static readonly MediaQuality[] Film =
    [
        Quality(1, 900, 1080),
        Quality(2, 100, 480),
        Quality(3, 300, 720),
        Quality(4, 350, 720),
        Quality(5, 80, 240),
    ];

    [TestCase(null, null, 1)]
    [TestCase(1080, null, 1)]
    [TestCase(1079, null, 4)] // of two equally high ones the larger
    [TestCase(720, null, 4)]
    [TestCase(719, null, 2)]
    [TestCase(240, null, 5)]
    [TestCase(100, null, 5)] // none is so low: the smallest
    [TestCase(null, 900L, 1)]
    [TestCase(null, 899L, 4)]
    [TestCase(null, 349L, 3)]
    [TestCase(null, 80L, 5)]
    [TestCase(null, 79L, 5)] // none is so small: the smallest
    [TestCase(720, 320L, 3)]
    public void The_best_quality_within_the_bounds_is_chosen(int? height, long? bytes, long chosen)
    {
        var limit = new QualityLimit { MaxHeight = height, MaxBytes = bytes };

        Assert.That(Film[limit.Choose(Film)].DocumentId, Is.EqualTo(chosen));
    }

    [Test]
    public void Of_equal_qualities_the_first_is_chosen_which_is_the_original()
    {
        var place = QualityLimit.Best.Choose([Quality(1, 500, 720), Quality(2, 500, 720)]);

        Assert.That(place, Is.Zero);
    }

    [Test]
    public void A_quality_of_unknown_height_is_within_no_bound_on_it()
    {
        MediaQuality[] qualities = [new(1, 900, "video/mp4"), Quality(2, 1000, 1080)];

        var place = new QualityLimit { MaxHeight = 2000 }.Choose(qualities);

        Assert.That(place, Is.EqualTo(1));
    }

    [Test]
    public void A_file_without_other_qualities_is_itself()
    {
        var description = new MediaDescription
        {
            DocumentId = 1,
            Size = 5,
            MimeType = "video/mp4",
            Dc = 2,
        };
        var media = new ResolvedMedia(
            description,
            new MediaOrigin("a", PeerKind.Channel, 1, 1),
            new FileLocation(1, 2, [])
        );

        var chosen = new QualityLimit { MaxBytes = 1 }.Choose(media);

        Assert.That(chosen, Is.SameAs(media));
    }

    static MediaQuality Quality(long id, long size, int height) => new(id, size, "video/mp4") { Height = height };
}
