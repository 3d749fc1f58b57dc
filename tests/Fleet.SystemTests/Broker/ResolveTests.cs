using Fleet.Emulator.Worlds;
using Fleet.Sessions;

namespace Fleet.SystemTests.Broker;

[Category("broker")]
public sealed class ResolveTests
{
    BrokerSystem _system = null!;
    BrokerClient _broker = null!;
    EmulatedAccount _member = null!;
    int _channels;

    World World => _system.Telegram.World;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _system = await BrokerSystem.StartAsync();
        _member = World.AddUser();
        await _system.LoginAsync(World.AddUser());
        await _system.LoginAsync(_member);
        _broker = await _system.ServeAsync();
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _system.DisposeAsync();

    [SetUp]
    public void Calm() => _system.Telegram.Faults.Clear();

    [Test]
    public async Task A_public_link_gives_the_document_and_where_it_is()
    {
        var channel = PublicChannel();
        var message = World.Post(
            channel,
            new NewDocument(new GeneratedContent(5, 3_000_001))
            {
                FileName = "film.mkv",
                MimeType = "video/x-matroska",
                Dc = 4,
                DurationSeconds = 60,
                Width = 1280,
                Height = 720,
            },
            "a caption"
        );

        var answer = await _broker.ResolveAsync(message.Link, default);

        Assert.That(
            answer.Items.Single(),
            Is.EqualTo(
                new MediaItem
                {
                    DocumentId = message.Document!.Id,
                    SizeBytes = 3_000_001,
                    MimeType = "video/x-matroska",
                    Dc = 4,
                    FileName = "film.mkv",
                    DurationSeconds = 60,
                    Width = 1280,
                    Height = 720,
                    Caption = "a caption",
                    Date = DateTimeOffset.FromUnixTimeSeconds(message.Date.ToUnixTimeSeconds()),
                    Origin = new OriginRef
                    {
                        Username = channel.Username,
                        PeerKind = "channel",
                        PeerId = channel.Id,
                        MessageId = message.Id,
                    },
                }
            )
        );
    }

    [Test]
    public async Task A_private_link_is_resolved_by_the_account_that_is_a_member()
    {
        var message = PrivateMessage(_member);

        var answer = await _broker.ResolveAsync(message.Link, default);

        Assert.That(answer.Items.Single().DocumentId, Is.EqualTo(message.Document!.Id));
        Assert.That(answer.Items.Single().Origin.Username, Is.Null);
    }

    [Test]
    public void A_private_link_that_no_account_may_read_is_source_private() =>
        Assert.That(CodeOf(PrivateMessage(World.AddUser()).Link), Is.EqualTo(BrokerCodes.SourcePrivate));

    [Test]
    public async Task The_second_answer_costs_Telegram_nothing_whatever_the_spelling()
    {
        var message = PublicMessage();
        await _broker.ResolveAsync(message.Link, default);
        var calls = Calls();

        var again = await _broker.ResolveAsync(
            message.Link.Replace("https://t.me", "telegram.me") + "?single",
            default
        );
        var same = await _broker.ResolveAsync(message.Link, default);

        Assert.That(same.Items.Single().DocumentId, Is.EqualTo(message.Document!.Id));
        Assert.That(again.Items.Single().DocumentId, Is.EqualTo(message.Document.Id));
        Assert.That(Calls() - calls, Is.AtMost(1), "?single is another question; the plain link is not");
    }

    [Test]
    public void A_missing_message_is_remembered_for_a_while()
    {
        var link = $"https://t.me/{PublicChannel().Username}/77";

        Assert.That(CodeOf(link), Is.EqualTo(BrokerCodes.MessageNotFound));
        var calls = Calls();
        Assert.That(CodeOf(link), Is.EqualTo(BrokerCodes.MessageNotFound));
        Assert.That(Calls(), Is.EqualTo(calls));
    }

    [Test]
    public async Task Many_who_ask_at_once_cost_one_answer()
    {
        var message = PublicMessage();
        _system.Telegram.Faults.FailNext("channels.getMessages", "DELAY_300");
        var calls = _system.Telegram.Counters.CallsOf("channels.getMessages");

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _broker.ResolveAsync(message.Link, default)));

        Assert.That(_system.Telegram.Counters.CallsOf("channels.getMessages") - calls, Is.EqualTo(1));
    }

    [Test]
    public void A_text_without_media_is_no_media()
    {
        var message = World.Post(PublicChannel(), "only words");

        Assert.That(CodeOf(message.Link), Is.EqualTo(BrokerCodes.NoMedia));
    }

    [Test]
    public void A_chat_that_forbids_saving_is_content_protected()
    {
        var channel = World.AddChat(ChatKind.Channel, "guarded", "guarded1", noForwards: true);
        var message = World.Post(channel, Document());

        Assert.That(CodeOf(message.Link), Is.EqualTo(BrokerCodes.ContentProtected));
    }

    [TestCase("", BrokerCodes.LinkInvalid)]
    [TestCase("https://example.org/a/1", BrokerCodes.LinkInvalid)]
    [TestCase("not a link", BrokerCodes.LinkInvalid)]
    [TestCase("https://t.me/name", BrokerCodes.LinkUnsupported)]
    [TestCase("https://t.me/name/s/7", BrokerCodes.LinkUnsupported)]
    [TestCase("https://t.me/+abcdefghijk", BrokerCodes.LinkUnsupported)]
    [TestCase("https://t.me/name/5?comment=6", BrokerCodes.LinkUnsupported)]
    [TestCase("https://t.me/nosuchchannel/5", BrokerCodes.MessageNotFound)]
    public void Every_other_link_is_refused_by_its_code(string link, string code) =>
        Assert.That(CodeOf(link), Is.EqualTo(code));

    [Test]
    public async Task A_flooded_account_is_spared_and_another_one_answers()
    {
        var first = PublicMessage();
        var second = PublicMessage();
        _system.Telegram.Faults.FailNext("contacts.resolveUsername", "FLOOD_WAIT_60");

        await _broker.ResolveAsync(first.Link, default);
        var inWindow = _system.Telegram.Counters.CallsInFloodWindow;
        await _broker.ResolveAsync(second.Link, default);

        Assert.That(_system.Telegram.Counters.CallsInFloodWindow, Is.EqualTo(inWindow));
        Assert.That(_system.Telegram.Faults.PendingCount, Is.Zero);
    }

    [Test]
    public void A_wrong_service_token_is_unauthorized()
    {
        var stranger = _system.ClientWith("another-token-of-someone");

        var error = Assert.ThrowsAsync<BrokerException>(() => stranger.ResolveAsync("https://t.me/a/1", default));

        Assert.That(error!.Code, Is.EqualTo(BrokerCodes.Unauthorized));
    }

    string CodeOf(string link) => Assert.ThrowsAsync<BrokerException>(() => _broker.ResolveAsync(link, default))!.Code;

    long Calls() => _system.Telegram.Counters.Calls.Values.Sum();

    EmulatedChat PublicChannel() => World.AddChat(ChatKind.Channel, "news", $"channel_{++_channels}");

    EmulatedMessage PublicMessage() => World.Post(PublicChannel(), Document());

    EmulatedMessage PrivateMessage(EmulatedAccount member) =>
        World.Post(World.AddChat(ChatKind.Channel, "closed", members: member), Document());

    NewDocument Document() => new(new GeneratedContent(++_channels, 4096)) { FileName = "file.bin" };
}
