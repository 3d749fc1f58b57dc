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
                    SupportsStreaming = true,
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
    [TestCase("https://t.me/name/s/live", BrokerCodes.LinkUnsupported)]
    [TestCase("https://t.me/some_bot?start=payload", BrokerCodes.LinkUnsupported)]
    [TestCase("https://t.me/name/1-101", BrokerCodes.TooManyItems)]
    [TestCase("https://t.me/nosuchchannel/s/7", BrokerCodes.MessageNotFound)]
    [TestCase("https://t.me/nosuchchannel/a/7", BrokerCodes.MessageNotFound)]
    [TestCase("https://t.me/nosuchchannel/5?comment=6", BrokerCodes.MessageNotFound)]
    [TestCase("https://t.me/nosuchchannel/5-7", BrokerCodes.MessageNotFound)]
    [TestCase("https://t.me/+abcdefghijk", BrokerCodes.MessageNotFound)]
    [TestCase("https://t.me/nosuchchannel/5", BrokerCodes.MessageNotFound)]
    public void Every_other_link_is_refused_by_its_code(string link, string code) =>
        Assert.That(CodeOf(link), Is.EqualTo(code));

    [Test]
    public async Task An_album_is_all_its_items_and_a_single_one_is_one_also_from_the_cache()
    {
        var album = World.PostAlbum(PublicChannel(), [File(), File(), File()]);
        var single = album[2].Link + "?single";

        var all = await _broker.ResolveAsync(album[1].Link, default);
        var one = await _broker.ResolveAsync(single, default);
        var calls = Calls();
        var again = await _broker.ResolveAsync(album[1].Link, default);

        Assert.That(Ids(all), Is.EqualTo(album.Select(m => m.Document!.Id)));
        Assert.That(all.Items.Select(i => i.Origin.MessageId), Is.EqualTo(album.Select(m => m.Id)));
        Assert.That(Ids(one), Is.EqualTo(new[] { album[2].Document!.Id }));
        Assert.That((Ids(again).SequenceEqual(Ids(all)), Calls()), Is.EqualTo((true, calls)));
    }

    [Test]
    public async Task A_range_is_the_files_of_its_messages()
    {
        var channel = PublicChannel();
        var first = World.Post(channel, Document());
        World.Post(channel, "words");
        var last = World.Post(channel, Document());

        var answer = await _broker.ResolveAsync($"https://t.me/{channel.Username}/{first.Id}-{last.Id + 9}", default);

        Assert.That(Ids(answer), Is.EqualTo(new[] { first.Document!.Id, last.Document!.Id }));
    }

    [Test]
    public async Task A_comment_in_a_hidden_group_is_leased_to_an_account_that_is_not_in_it()
    {
        var channel = PublicChannel();
        World.LinkChats(channel, World.AddChat(ChatKind.Supergroup, "talk"));
        var comment = World.Comment(World.Post(channel, "a post"), File());
        var item = (
            await _broker.ResolveAsync($"https://t.me/{channel.Username}/1?comment={comment.Id}", default)
        ).Items.Single();
        var first = await LeaseAsync(item);

        var second = await LeaseAsync(item, exclude: first.Account);

        Assert.That(item.Origin.Post, Is.Not.Null);
        Assert.That(second.Account, Is.Not.EqualTo(first.Account));
        Assert.That(second.Location.DocumentId, Is.EqualTo(comment.Document!.Id));
    }

    [Test]
    public async Task A_story_is_leased_and_its_reference_renewed_by_its_own_origin()
    {
        var channel = PublicChannel();
        var story = World.PostStory(channel.Username!, File(), "a story");
        var item = (await _broker.ResolveAsync(story.Link, default)).Items.Single();
        var grant = await LeaseAsync(item);
        story.File.ExpireReferences();

        var fresh = await _broker.RefreshLocationAsync(
            grant.LeaseId,
            new LocationRequest
            {
                Fence = grant.Fence,
                DocumentId = item.DocumentId,
                Origin = item.Origin,
            },
            default
        );

        Assert.That((item.Origin.Kind, item.Origin.MessageId, item.Caption), Is.EqualTo(("story", 1, "a story")));
        Assert.That(fresh.Location.FileReference, Is.Not.EqualTo(grant.Location.FileReference));
    }

    [Test]
    public async Task The_answer_carries_pictures_and_qualities()
    {
        var document = Document() with
        {
            FileName = "film.mp4",
            Codec = "h265",
            Thumbs =
            [
                new EmulatedPicture("i", 0, 0, new GeneratedContent(1, 120)) { Form = PictureForm.Stripped },
                new EmulatedPicture("m", 320, 180, new GeneratedContent(2, 9000)),
            ],
            Alternatives = [Document() with { FileName = "small.mp4", Height = 360, Codec = "h264" }],
        };
        var message = World.Post(PublicChannel(), document);

        var item = (await _broker.ResolveAsync(message.Link, default)).Items.Single();

        Assert.That(
            item.Thumbs!.Select(t => (t.SizeType, t.SizeBytes, t.Bytes?.Length, t.Stripped)),
            Is.EqualTo(new (string, long, int?, bool?)[] { ("i", 120, 120, true), ("m", 9000, null, null) })
        );
        Assert.That(
            item.Qualities!.Select(q => (q.DocumentId, q.Height, q.Codec)),
            Is.EqualTo(new (long, int?, string?)[] { (message.Document!.Alternatives[0].Id, 360, "h264") })
        );
        Assert.That(item.Codec, Is.EqualTo("h265"));
    }

    [Test]
    public async Task An_invitation_is_told_apart_by_whether_the_chat_can_be_read_and_kept_secret()
    {
        var hash = $"Invitation{++_channels}";
        var closed = World.AddChat(ChatKind.Channel, "closed");
        closed.Invite = new EmulatedInvite(hash);
        var open = World.AddChat(ChatKind.Channel, "open", members: _member);
        open.Invite = new EmulatedInvite(hash + "b");

        var strange = ErrorOf(closed.Invite.Link);
        var known = ErrorOf(open.Invite.Link);
        var cached = ErrorOf(open.Invite.Link);

        Assert.That(
            (strange.Code, known.Code),
            Is.EqualTo((BrokerCodes.SourcePrivate, BrokerCodes.InviteNamesNoMessage))
        );
        Assert.That(known.Message, Does.Contain($"https://t.me/c/{open.Id}/"));
        Assert.That(cached.Message, Is.EqualTo(known.Message));
        Assert.That(await _system.Redis.KeysAsync(), Has.None.Contains(hash));
        Assert.That(_system.Telegram.Counters.CallsOf("messages.importChatInvite"), Is.Zero);
    }

    [Test]
    public async Task Settings_let_protected_chats_be_read_and_invitations_be_joined()
    {
        var lenient = await _system.ServeAsync(("Resolve:AllowProtected", "true"), ("Resolve:JoinInvites", "true"));
        var guarded = World.AddChat(ChatKind.Channel, "guarded", "guarded2", noForwards: true);
        var closed = World.AddChat(ChatKind.Channel, "closed");
        closed.Invite = new EmulatedInvite($"Join{++_channels}");
        var inside = World.Post(closed, Document());

        var item = (await lenient.ResolveAsync(World.Post(guarded, Document()).Link, default)).Items.Single();
        var told = Assert.ThrowsAsync<BrokerException>(() => lenient.ResolveAsync(closed.Invite.Link, default))!;

        Assert.That((item.Protected, told.Code), Is.EqualTo((true, BrokerCodes.InviteNamesNoMessage)));
        Assert.That(Ids(await lenient.ResolveAsync(inside.Link, default)), Is.EqualTo(new[] { inside.Document!.Id }));
        Assert.That(_system.Telegram.Counters.CallsOf("messages.importChatInvite"), Is.EqualTo(1));
        _system.Telegram.Counters.Reset();
    }

    [Test]
    public void A_wrong_service_token_is_unauthorized()
    {
        var stranger = _system.ClientWith("another-token-of-someone");

        var error = Assert.ThrowsAsync<BrokerException>(() => stranger.ResolveAsync("https://t.me/a/1", default));

        Assert.That(error!.Code, Is.EqualTo(BrokerCodes.Unauthorized));
    }

    string CodeOf(string link) => ErrorOf(link).Code;

    BrokerException ErrorOf(string link) =>
        Assert.ThrowsAsync<BrokerException>(() => _broker.ResolveAsync(link, default))!;

    Task<LeaseGrant> LeaseAsync(MediaItem item, params string[] exclude) =>
        _broker.LeaseAsync(
            new LeaseRequest
            {
                DocumentId = item.DocumentId,
                Origin = item.Origin,
                Dc = item.Dc,
                Bytes = 1000,
                ExcludeAccounts = exclude,
            },
            default
        );

    static IEnumerable<long> Ids(ResolveResponse answer) => answer.Items.Select(i => i.DocumentId);

    EmulatedFile File() => World.AddDocument(Document());

    long Calls() => _system.Telegram.Counters.Calls.Values.Sum();

    EmulatedChat PublicChannel() => World.AddChat(ChatKind.Channel, "news", $"channel_{++_channels}");

    EmulatedMessage PublicMessage() => World.Post(PublicChannel(), Document());

    EmulatedMessage PrivateMessage(EmulatedAccount member) =>
        World.Post(World.AddChat(ChatKind.Channel, "closed", members: member), Document());

    NewDocument Document() => new(new GeneratedContent(++_channels, 4096)) { FileName = "file.bin" };
}
