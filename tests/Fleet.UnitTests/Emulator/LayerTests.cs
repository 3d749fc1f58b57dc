using Fleet.Emulator;
using Fleet.Emulator.Layers;
using Fleet.Tl;
using Fleet.Tl.Api;
using Fleet.Tl.Generator.Schema;
using Fleet.Tl.Methods;

namespace Fleet.UnitTests.Emulator;

/// <summary>Clients of older layers are answered in theirs, and understood.</summary>
[Category("engine")]
sealed class LayerTests
{
    static IEnumerable<TlDeclaration> OlderDeclarations =>
        LayerSchema.Older().SelectMany(older => TlParser.Parse(string.Join('\n', older.Lines), $"layer {older.Layer}"));

    static IEnumerable<int> OlderLayers => LayerSchema.Older().Select(older => older.Layer);

    [TestCaseSource(nameof(OlderDeclarations))]
    public void An_older_declaration_has_the_id_that_its_text_gives_and_differs_from_the_newest(TlDeclaration older)
    {
        Assert.That(older.Id, Is.EqualTo(ConstructorIds.Of(older)));
        Assert.That(older.Id, Is.Not.EqualTo(LayerSchema.Newest.ByName(older.Name).Id));
    }

    [TestCase(1, null)]
    [TestCase(143, null)]
    [TestCase(144, 144)]
    [TestCase(197, 144)]
    [TestCase(198, 198)]
    [TestCase(222, 198)]
    [TestCase(223, 223)]
    [TestCase(9999, 223)]
    public void An_unknown_layer_is_served_as_the_newest_known_before_it(int asked, int? served) =>
        Assert.That(LayerSchema.OfOrNull(asked)?.Layer, Is.EqualTo(served));

    [Test]
    public void A_layer_older_than_all_known_is_refused()
    {
        var call = new InvokeWithLayer { Layer = 100, Query = new HelpGetConfig() };

        var error = Assert.Throws<RpcException>(() => LayerMapping.ReadCall(Bytes(call), layer: 0));

        Assert.That(error!.Error.Message, Is.EqualTo("CONNECTION_LAYER_INVALID"));
    }

    [Test]
    public void A_message_comes_back_whole_from_every_older_layer([ValueSource(nameof(OlderLayers))] int layer)
    {
        var message = MessageWithVideo(videoFlag: false);

        var mapped = Bytes(message, layer);

        Assert.That(mapped, Is.Not.EqualTo(Bytes(message)));
        Assert.That(Bytes(LayerMapping.ReadCall(mapped, layer)), Is.EqualTo(Bytes(message)));
    }

    [Test]
    public void What_an_older_layer_lacks_is_dropped_and_its_flags_with_it()
    {
        var mapped = Bytes(MessageWithVideo(videoFlag: true), layer: 144);

        Assert.That(
            Bytes(LayerMapping.ReadCall(mapped, layer: 144)),
            Is.EqualTo(Bytes(MessageWithVideo(videoFlag: false)))
        );
    }

    [Test]
    public void A_duration_is_whole_seconds_in_the_layers_that_had_no_fractions()
    {
        var video = new DocumentAttributeVideo
        {
            Duration = 12.75,
            W = 640,
            H = 360,
        };

        var mapped = (DocumentAttributeVideo)LayerMapping.ReadCall(Bytes(video, layer: 144), layer: 144);

        Assert.That((mapped.Duration, mapped.W, mapped.H), Is.EqualTo((12.0, 640, 360)));
    }

    [Test]
    public void A_call_is_read_in_the_layer_that_it_announces_itself()
    {
        var announced = new InvokeWithoutUpdates
        {
            Query = new InvokeWithLayer { Layer = 144, Query = new HelpGetConfig() },
        };
        using var older = new TlWriter();
        older.WriteUInt32(0xbcd51581);
        older.WriteString("99966200001");
        older.WriteString("hash");
        older.WriteString("12345");
        byte[] call = [.. Bytes(announced)[..^4], .. older.WrittenSpan];

        var read = (InvokeWithLayer)((InvokeWithoutUpdates)LayerMapping.ReadCall(call, layer: 0)).Query;

        var signIn = (AuthSignIn)read.Query;
        Assert.That((read.Layer, signIn.PhoneNumber, signIn.PhoneCode), Is.EqualTo((144, "99966200001", "12345")));
        Assert.That(signIn.EmailVerification, Is.Null);
    }

    [Test]
    public void An_older_call_cut_off_anywhere_is_refused_as_no_call()
    {
        var call = Bytes(MessageWithVideo(videoFlag: false), layer: 144);

        for (var length = 0; length < call.Length; length += 4)
        {
            var cut = call[..length];
            Assert.Throws<TlException>(() => LayerMapping.ReadCall(cut, layer: 144), $"{length} bytes");
        }
    }

    static Message MessageWithVideo(bool videoFlag) =>
        new()
        {
            Id = 7,
            Post = true,
            PeerId = new PeerChannel { ChannelId = 1_000_000_007 },
            Date = 1_704_067_200,
            MessageValue = "тест",
            Views = 3,
            Forwards = 1,
            Media = new MessageMediaDocument
            {
                Video = videoFlag,
                Document = new Document
                {
                    Id = 5,
                    AccessHash = -6,
                    FileReference = [1, 2, 3],
                    Date = 1_704_067_200,
                    MimeType = "video/mp4",
                    Size = 5L << 30,
                    DcId = 4,
                    Attributes =
                    [
                        new DocumentAttributeVideo
                        {
                            Duration = 60,
                            W = 640,
                            H = 360,
                            SupportsStreaming = true,
                        },
                    ],
                },
            },
        };

    static byte[] Bytes(TlObject value, int layer = TlSchema.Layer)
    {
        using var writer = new TlWriter();
        LayerMapping.Write(writer, value, layer);
        return writer.WrittenSpan.ToArray();
    }
}
