using System.Globalization;
using Fleet.Emulator;
using Fleet.Emulator.Worlds;
using Fleet.Telegram;

namespace Fleet.UnitTests.Telegram;

/// <summary>Every form of link, from its text to the files behind it.</summary>
[Category("engine")]
public sealed class ResolveFormsTests
{
    const string Stranger = "99966200077";

    TelegramEmulator _telegram = null!;
    TelegramAccount _account = null!;
    EmulatedChat _channel = null!;
    EmulatedChat _group = null!;
    EmulatedChat _private = null!;

    World World => _telegram.World;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _telegram = await TelegramEmulator.StartAsync();
        Fill();
        _account = await TelegramAccount.LogInAsync(_telegram);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _account.DisposeAsync();
        await _telegram.DisposeAsync();
    }

    [TestCase("https://t.me/newsroom/2", "two")]
    [TestCase("t.me/s/newsroom/2", "two")]
    [TestCase("https://NewsRoom.t.me/2", "two")]
    [TestCase("telegram.me/newsroom/2?t=1m30s", "two")]
    [TestCase("tg://resolve?domain=newsroom&post=2", "two")]
    [TestCase("https://t.me/newsroom/3", "a1 a2 a3")]
    [TestCase("https://t.me/newsroom/5", "a1 a2 a3")]
    [TestCase("https://t.me/newsroom/4?single", "a2")]
    [TestCase("tg://resolve?domain=newsroom&post=4&single", "a2")]
    [TestCase("https://t.me/newsroom/2-6", "two a1 a2 a3 six")]
    [TestCase("https://t.me/newsroom/4-5", "a2 a3")]
    [TestCase("https://t.me/newsroom/5-104", "a3 six same ten1 ten2 ten3 ten4 ten5 ten6 ten7 ten8 ten9 ten10")]
    [TestCase("https://t.me/newsroom/9", "ten1 ten2 ten3 ten4 ten5 ten6 ten7 ten8 ten9 ten10")]
    [TestCase("https://t.me/newsroom/18", "ten1 ten2 ten3 ten4 ten5 ten6 ten7 ten8 ten9 ten10")]
    [TestCase("https://t.me/newsroom/2?comment={comment}", "comment")]
    [TestCase("tg://resolve?domain=newsroom&post=2&comment={comment}", "comment")]
    [TestCase("https://t.me/newsroom/2?comment={album}", "c1 c2")]
    [TestCase("https://t.me/newsroom/2?comment={album}&single", "c1")]
    [TestCase("https://t.me/forumhall/1/2", "topic")]
    [TestCase("https://t.me/forumhall/2?thread=1", "topic")]
    [TestCase("https://t.me/s/forumhall/1/4", "t1 t2")]
    [TestCase("tg://resolve?domain=forumhall&post=4&thread=1&single", "t2")]
    [TestCase("https://t.me/c/{private}/1", "private")]
    [TestCase("https://t.me/c/{private}/1/2", "reply")]
    [TestCase("https://t.me/c/{private}/2?thread=1", "reply")]
    [TestCase("https://t.me/c/{private}/1-2", "private reply")]
    [TestCase("tg://privatepost?channel={private}&post=1", "private")]
    [TestCase("https://t.me/newsroom/s/1", "story1")]
    [TestCase("tg://resolve?domain=newsroom&story=1", "story1")]
    [TestCase("https://t.me/newsroom/a/9", "story2 story3")]
    [TestCase("https://t.me/storyteller/s/1", "told")]
    public async Task Every_form_leads_to_its_files_in_order(string link, string names) =>
        Assert.That(await NamesAsync(_account, link), Is.EqualTo(names));

    [TestCase("https://t.me/newsroom/1", ResolveErrors.NoMedia)]
    [TestCase("https://t.me/newsroom/1-1", ResolveErrors.NoMedia)]
    [TestCase("https://t.me/newsroom/70-90", ResolveErrors.MessageNotFound)]
    [TestCase("https://t.me/newsroom/2?comment=999", ResolveErrors.MessageNotFound)]
    [TestCase("https://t.me/newsroom/999?comment=1", ResolveErrors.MessageNotFound)]
    [TestCase("https://t.me/fleetdemo/3?comment=4", ResolveErrors.MessageNotFound)]
    [TestCase("https://t.me/newsroom/s/777", ResolveErrors.MessageNotFound)]
    [TestCase("https://t.me/forumhall/s/1", ResolveErrors.MessageNotFound)]
    [TestCase("https://t.me/nobody_here/s/1", ResolveErrors.MessageNotFound)]
    [TestCase("https://t.me/newsroom/a/77", ResolveErrors.MessageNotFound)]
    [TestCase("https://t.me/newsroom/a/101", ResolveErrors.TooManyItems)]
    [TestCase("https://t.me/newsroom/s/live", ResolveErrors.LinkUnsupported)]
    [TestCase("https://t.me/storyteller/1", ResolveErrors.LinkUnsupported)]
    [TestCase("https://t.me/somebot?start=payload", ResolveErrors.LinkUnsupported)]
    [TestCase("https://t.me/+NoSuchInvitation", ResolveErrors.MessageNotFound)]
    [TestCase("https://t.me/joinchat/MemberInvitation", ResolveErrors.InviteNamesNoMessage)]
    [TestCase("tg://join?invite=MemberInvitation", ResolveErrors.InviteNamesNoMessage)]
    [TestCase("https://t.me/+StrangerInvitation", ResolveErrors.SourcePrivate)]
    [TestCase("https://t.me/+AskFirst", ResolveErrors.SourcePrivate)]
    public async Task Every_form_that_leads_nowhere_has_a_stable_code(string link, string code) =>
        Assert.That(await NamesAsync(_account, link), Is.EqualTo(code));

    [Test]
    public async Task An_album_costs_one_call_and_every_item_says_its_own_message()
    {
        var calls = _telegram.Counters.CallsOf("channels.getMessages");

        var items = await ResolveAsync(_account, "https://t.me/newsroom/4");

        Assert.That(
            items.Select(i => (i.Origin.MessageId, i.Description.Caption)),
            Is.EqualTo(new (int, string?)[] { (3, "the caption"), (4, null), (5, null) })
        );
        Assert.That(_telegram.Counters.CallsOf("channels.getMessages") - calls, Is.EqualTo(1));
    }

    [Test]
    public async Task A_story_is_read_again_by_its_own_origin_when_its_reference_expires()
    {
        var file = World.AddDocument(Document("renewed"));
        var story = World.PostStory("storyteller", file, "a caption", noForwards: true);
        var media = (await ResolveAsync(_account, story.Link))[0];

        file.ExpireReferences();
        using var reader = await _account.Client().OpenAsync(media, CancellationToken.None);
        var read = 0L;
        await foreach (var block in reader.ReadAsync(0, CancellationToken.None))
        {
            using (block)
                read += block.Memory.Length;
        }

        Assert.That(
            (read, media.Description.Caption, media.Description.Protected, media.Origin.IsStory),
            Is.EqualTo((file.Size, "a caption", true, true))
        );
    }

    [Test]
    public async Task A_stranger_to_the_discussion_group_finds_a_comment_by_the_post_above_it()
    {
        var found = (await ResolveAsync(_account, Filled("https://t.me/newsroom/2?comment={comment}")))[0];
        World.AddUser(phone: Stranger);
        await using var stranger = await TelegramAccount.LogInAsync(_telegram, Stranger);

        var again = await stranger.Session.LocateAsync(found.Origin, found.Description.Key, CancellationToken.None);

        Assert.That(found.Origin.Post, Is.EqualTo(new MediaOrigin("newsroom", PeerKind.Channel, _channel.Id, 2)));
        Assert.That(
            (again.Description.DocumentId, again.Origin.PeerId, again.Origin.MessageId),
            Is.EqualTo((found.Description.DocumentId, _group.Id, found.Origin.MessageId))
        );
    }

    [Test]
    public async Task An_invitation_joins_only_when_told_to()
    {
        var closed = World.AddChat(ChatKind.Channel, "closed");
        closed.Invite = new EmulatedInvite("JoinMe");
        var message = World.Post(closed, Document("inside"));
        var before = await NamesAsync(_account, closed.Invite.Link);

        await _account.Session.JoinAsync(new InviteLink("JoinMe"), CancellationToken.None);
        await _account.Session.JoinAsync(new InviteLink("JoinMe"), CancellationToken.None);

        Assert.That(
            (before, await NamesAsync(_account, closed.Invite.Link), await NamesAsync(_account, message.Link)),
            Is.EqualTo((ResolveErrors.SourcePrivate, ResolveErrors.InviteNamesNoMessage, "inside"))
        );
    }

    [Test]
    public void An_invitation_that_somebody_must_grant_is_source_private() =>
        Assert.That(
            () => _account.Session.JoinAsync(new InviteLink("AskFirst"), CancellationToken.None),
            Throws.TypeOf<ResolveException>().With.Property("Code").EqualTo(ResolveErrors.SourcePrivate)
        );

    [Test]
    public async Task What_may_be_peeked_at_is_told_with_its_end_and_can_be_read()
    {
        var peeked = World.AddChat(ChatKind.Channel, "peeked");
        peeked.Invite = new EmulatedInvite("PeekMe") { Peek = TimeSpan.FromMinutes(5) };
        var message = World.Post(peeked, Document("glimpse"));

        var told = Assert.ThrowsAsync<ResolveException>(() => ResolveAsync(_account, peeked.Invite.Link))!;

        Assert.That(told.Code, Is.EqualTo(ResolveErrors.InviteNamesNoMessage));
        Assert.That(told.Message, Does.Contain("until").And.Contain($"https://t.me/c/{peeked.Id}/"));
        Assert.That(await NamesAsync(_account, message.Link), Is.EqualTo("glimpse"));
    }

    [Test]
    public async Task A_name_over_the_budget_is_refused_with_a_time_before_it_is_asked_for()
    {
        var budget = new ResolveBudget(
            new CallBudget(TimeSpan.FromHours(1), burst: 1),
            new CallBudget(TimeSpan.FromMilliseconds(1), burst: 10)
        );
        await using var account = await TelegramAccount.LogInAsync(
            _telegram,
            TelegramAccount.Premium,
            change: options => options with { ResolveBudget = budget }
        );
        var calls = _telegram.Counters.CallsOf("contacts.resolveUsername");

        await ResolveAsync(account, "https://t.me/newsroom/2");
        await ResolveAsync(account, "https://t.me/newsroom/6");
        var refused = Assert.ThrowsAsync<BudgetException>(() => ResolveAsync(account, "https://t.me/forumhall/2"))!;

        Assert.That(refused.RetryAfter, Is.InRange(TimeSpan.FromMinutes(50), TimeSpan.FromHours(1)));
        Assert.That(_telegram.Counters.CallsOf("contacts.resolveUsername") - calls, Is.EqualTo(1));
    }

    void Fill()
    {
        _channel = World.AddChat(ChatKind.Channel, "News", "newsroom");
        _group = World.AddChat(ChatKind.Supergroup, "News talk");
        World.LinkChats(_channel, _group);
        World.Post(_channel, "words");
        var two = World.Post(_channel, Document("two"));
        World.PostAlbum(_channel, Files("a1", "a2", "a3"), "the caption");
        var six = World.Post(_channel, Document("six"));
        World.Post(_channel, World.AddPhoto(Photo()));
        World.Post(_channel, six.Document!);
        World.PostAlbum(_channel, Files([.. Enumerable.Range(1, 10).Select(n => $"ten{n}")]));
        World.Comment(two, World.AddDocument(Document("comment")));
        World.PostAlbum(_group, Files("c1", "c2"), threadId: World.DiscussionOf(two)!.Id);

        var forum = World.AddChat(ChatKind.Supergroup, "Forum", "forumhall", isForum: true);
        var topic = World.AddTopic(forum, "A topic");
        World.PostInThread(forum, topic.Id, World.AddDocument(Document("topic")));
        World.PostAlbum(forum, Files("t1", "t2"), threadId: topic.Id);

        var ada = World.AccountByPhoneOrNull(TelegramAccount.Plain)!;
        _private = World.AddChat(ChatKind.Supergroup, "Private", members: ada);
        _private.Invite = new EmulatedInvite("MemberInvitation");
        World.Post(_private, Document("private"));
        World.PostInThread(_private, 1, World.AddDocument(Document("reply")));
        World.AddChat(ChatKind.Channel, "Strange").Invite = new EmulatedInvite("StrangerInvitation");
        World.AddChat(ChatKind.Channel, "Guarded").Invite = new EmulatedInvite("AskFirst") { RequestNeeded = true };

        World.AddUser(username: "storyteller");
        World.PostStory("newsroom", World.AddDocument(Document("story1")));
        World.PostStory("newsroom", World.AddDocument(Document("story2")), albumId: 9);
        World.PostStory("newsroom", World.AddDocument(Document("story3")), albumId: 9);
        World.PostStory("storyteller", World.AddDocument(Document("told")));
        for (var n = 0; n < 101; n++)
            World.PostStory("newsroom", two.Document!, albumId: 101);
    }

    /// <summary>The names of the files behind a link, a photo's being "same"; or the code of the refusal.</summary>
    async Task<string> NamesAsync(TelegramAccount account, string link)
    {
        try
        {
            var items = await ResolveAsync(account, Filled(link));
            return string.Join(' ', items.Select(i => i.Description.FileName ?? "same"));
        }
        catch (ResolveException e)
        {
            return e.Code;
        }
    }

    string Filled(string link) =>
        link.Replace("{private}", Number(_private.Id), StringComparison.Ordinal)
            .Replace("{comment}", Number(IdOf("comment")), StringComparison.Ordinal)
            .Replace("{album}", Number(IdOf("c1")), StringComparison.Ordinal);

    long IdOf(string file) => _group.Messages.First(m => m.Document?.FileName == file).Id;

    static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    static Task<IReadOnlyList<ResolvedMedia>> ResolveAsync(TelegramAccount account, string link) =>
        account.Session.ResolveAsync(LinkParser.Parse(link), CancellationToken.None);

    EmulatedFile[] Files(params string[] names) => [.. names.Select(name => World.AddDocument(Document(name)))];

    static NewDocument Document(string name) => new(new GeneratedContent(name.Length, 4096)) { FileName = name };

    static NewPhoto Photo() => NewPhoto.Of(new GeneratedContent(7, 5000), 1280, 720);
}
