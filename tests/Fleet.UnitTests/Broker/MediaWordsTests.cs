using Fleet.Broker.Resolving;
using Fleet.Sessions;
using Fleet.Telegram;
using Fleet.UnitTests.Sessions;

namespace Fleet.UnitTests.Broker;

[Category("broker")]
public sealed class MediaWordsTests
{
    static readonly OriginRef Message = Samples.Origin;
    static readonly OriginRef Story = Message with { Kind = "story" };
    static readonly OriginRef Comment = Message with { Username = null, Post = Message };

    static IEnumerable<OriginRef> Wrong =>
        [
            Message with
            {
                PeerId = 0,
            },
            Message with
            {
                MessageId = -1,
            },
            Message with
            {
                PeerKind = "planet",
            },
            Message with
            {
                Username = "",
            },
            Message with
            {
                Kind = "reel",
            },
            Story with
            {
                Username = null,
            },
            Story with
            {
                Post = Message,
            },
            Comment with
            {
                Post = Comment,
            },
            Comment with
            {
                Post = Message with { PeerKind = "user" },
            },
            Comment with
            {
                Post = Message with { PeerId = -1 },
            },
        ];

    [Test]
    public void An_origin_is_what_it_was_written_as()
    {
        var origins = new[] { Message, Story, Comment }.Select(MediaWords.ToOrigin).ToList();

        var message = new MediaOrigin("fleetdemo", PeerKind.Channel, 1_500_000_001, 7);
        Assert.That(
            origins,
            Is.EqualTo(
                new[] { message, message with { IsStory = true }, message with { Username = null, Post = message } }
            )
        );
    }

    [TestCaseSource(nameof(Wrong))]
    public void A_wrong_origin_is_a_bad_request(OriginRef origin) =>
        Assert.That(
            () => MediaWords.ToOrigin(origin),
            Throws.TypeOf<BrokerException>().With.Property("Code").EqualTo(BrokerCodes.BadRequest)
        );
}
