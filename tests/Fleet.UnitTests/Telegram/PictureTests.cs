using Fleet.Emulator;
using Fleet.Emulator.Worlds;
using Fleet.Telegram;

namespace Fleet.UnitTests.Telegram;

/// <summary>Photos, pictures of documents, and other qualities of videos: found, read, and found again.</summary>
[TestFixture]
[Category("engine")]
public sealed class PictureTests
{
    const int MiB = 1 << 20;

    TelegramEmulator _telegram = null!;
    TelegramAccount _account = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _telegram = await TelegramEmulator.StartAsync();
        _account = await TelegramAccount.LogInAsync(_telegram);
    }

    [TearDown]
    public async Task StopAsync()
    {
        var leaked = _account.Memory.Rented;
        await _account.DisposeAsync();
        await _telegram.DisposeAsync();
        Assert.That(leaked, Is.Zero, "blocks not given back");
    }

    [Test]
    public async Task A_photo_resolves_to_its_largest_size_and_keeps_the_others()
    {
        var message = Post(NewPhoto.Of(new GeneratedContent(5, 123_456), 1280, 720));

        var media = await _account.ResolveAsync(message.Link);

        var about = media.Description;
        Assert.That(
            (about.Kind, about.DocumentId, about.SizeType, about.Size, about.MimeType, about.Width, about.Date),
            Is.EqualTo(
                (
                    FileKind.Photo,
                    message.Photo!.Id,
                    "y",
                    123_456L,
                    "image/jpeg",
                    1280,
                    DateTimeOffset.FromUnixTimeSeconds(message.Date.ToUnixTimeSeconds())
                )
            )
        );
        Assert.That(
            about.Thumbs.Select(t => (t.Type, t.Form, t.Bytes)).OrderBy(t => t.Type, StringComparer.Ordinal),
            Is.EqualTo([
                ("i", ThumbForm.Stripped, 120L),
                ("m", ThumbForm.Remote, 20_001L),
                ("s", ThumbForm.Cached, 900L),
            ])
        );
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(1024)]
    [TestCase(123_456)]
    [TestCase(MiB)]
    [TestCase(MiB + 1)]
    [TestCase(2 * MiB)]
    public async Task A_photo_of_any_size_comes_whole(int size)
    {
        var content = new GeneratedContent(5, size);
        var message = Post(NewPhoto.Of(content, 1280, 720) with { Dc = 4 });

        Assert.That(await _account.HashAsync(message.Link), Is.EqualTo(await content.Sha256HexAsync()));
    }

    [Test]
    public async Task Inline_pictures_are_there_without_a_call()
    {
        var message = Post(NewPhoto.Of(new GeneratedContent(5, 1000), 1280, 720));

        var media = await _account.ResolveAsync(message.Link);

        var cached = media.Description.Thumbs.Single(t => t.Form == ThumbForm.Cached);
        Assert.That(cached.Inline.ToArray(), Is.EqualTo(message.Photo!.Sizes[1].ReadAll()));
        Assert.That(() => media.Picture(cached), Throws.ArgumentException);
        Assert.That(_telegram.Counters.CallsOf("upload.getFile"), Is.Zero);
    }

    [TestCase(MiB, MiB - 1)]
    [TestCase(MiB, MiB + 1)]
    [TestCase(MiB, 0)]
    [TestCase(2 * MiB, MiB)] // it ends where a part ends: only a look behind shows it
    [TestCase(5000, 4096)]
    [TestCase(4096, 5000)]
    [TestCase(3 * MiB, (2 * MiB) - 1)]
    public void A_photo_of_another_size_than_declared_is_an_error_and_never_a_part_of_it(int size, int declared)
    {
        var photo = new NewPhoto([new("y", 1280, 720, new GeneratedContent(5, size)) { DeclaredBytes = declared }]);
        var message = Post(photo);

        Assert.That(
            () => _account.HashAsync(message.Link),
            Throws.TypeOf<MediaException>().With.Property("Code").EqualTo(MediaErrors.PartLength)
        );
    }

    [Test]
    public void A_photo_that_cannot_be_downloaded_in_any_size_is_no_media()
    {
        var message = Post(
            new NewPhoto([new("s", 90, 90, new GeneratedContent(1, 100)) { Form = PictureForm.Cached }])
        );

        Assert.That(
            () => _account.ResolveAsync(message.Link),
            Throws.TypeOf<ResolveException>().With.Property("Code").EqualTo(ResolveErrors.NoMedia)
        );
    }

    [Test]
    public async Task A_video_tells_what_its_attributes_and_pictures_are()
    {
        var message = Post(Film());

        var about = (await _account.ResolveAsync(message.Link)).Description;

        Assert.That(
            (about.Duration, about.Width, about.Height, about.Codec, about.SupportsStreaming),
            Is.EqualTo((TimeSpan.FromSeconds(60), 1920, 1080, "h264", true))
        );
        Assert.That(about.Thumbs.Select(t => t.Type), Is.EqualTo(["m", "x"]));
    }

    [Test]
    public async Task A_song_tells_its_title_and_performer()
    {
        var song = new NewDocument(new GeneratedContent(5, 1000))
        {
            FileName = "a.mp3",
            DurationSeconds = 200,
            Title = "Air",
            Performer = "Bach",
        };
        var message = Post(song);

        var about = (await _account.ResolveAsync(message.Link)).Description;

        Assert.That(
            (about.Title, about.Performer, about.Duration, about.Codec),
            Is.EqualTo(("Air", "Bach", TimeSpan.FromSeconds(200), (string?)null))
        );
    }

    [Test]
    public async Task The_poster_of_a_video_is_a_file_of_its_own()
    {
        var message = Post(Film());
        var media = await _account.ResolveAsync(message.Link);

        var poster = media.Picture(media.PosterOrNull()!);

        Assert.That(await ReadAsync(poster), Is.EqualTo(message.Document!.Thumbs[1].ReadAll()));
        Assert.That(_telegram.Counters.BytesServed, Is.EqualTo(30_000)); // not one byte of the film
    }

    [Test]
    public async Task The_qualities_of_a_video_are_listed_and_each_can_be_read()
    {
        var message = Post(Film());
        var media = await _account.ResolveAsync(message.Link);

        var chosen = new QualityLimit { MaxHeight = 480 }.Choose(media);

        Assert.That(
            media.Description.Qualities.Select(q => (q.Height, q.Size, q.Codec)),
            Is.EqualTo([(720, 300_000L, "h264"), (480, 200_000L, "av01")]) // neither the playlist nor the storyboard
        );
        Assert.That(
            (
                chosen.Origin,
                Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(await ReadAsync(chosen)))
            ),
            Is.EqualTo((media.Origin, await message.Document!.Alternatives[1].Content.Sha256HexAsync()))
        );
    }

    [TestCase(true, 0)]
    [TestCase(false, 2)]
    public async Task Telegram_may_tell_clients_to_leave_the_qualities_alone(bool ignore, int qualities)
    {
        _telegram.World.IgnoreAltDocuments = ignore;
        var message = Post(Film());

        var first = await _account.ResolveAsync(message.Link);
        var second = await _account.ResolveAsync(message.Link);

        Assert.That(
            (
                first.Alternatives.Count,
                second.Description.Qualities.Count,
                _telegram.Counters.CallsOf("help.getAppConfig")
            ),
            Is.EqualTo((qualities, qualities, 1))
        );
    }

    [Test]
    public async Task An_expired_reference_is_renewed_for_the_same_photo()
    {
        var message = Post(NewPhoto.Of(new GeneratedContent(5, 3 * MiB), 1280, 720));
        var media = await _account.ResolveAsync(message.Link);
        message.Photo!.ExpireReferences();

        var bytes = await ReadAsync(media);

        Assert.That(
            (bytes.SequenceEqual(message.Photo.Largest.ReadAll()), _telegram.Counters.CallsOf("channels.getMessages")),
            Is.EqualTo((true, 2))
        );
    }

    [Test]
    public async Task An_expired_reference_is_renewed_for_the_same_picture_and_for_the_same_quality()
    {
        var message = Post(Film());
        var media = await _account.ResolveAsync(message.Link);
        message.Document!.ExpireReferences();
        message.Document.Alternatives[1].ExpireReferences();

        var poster = await ReadAsync(media.Picture(media.PosterOrNull()!));
        var quality = await ReadAsync(media.Alternatives[1]);

        Assert.That(
            (poster.SequenceEqual(message.Document.Thumbs[1].ReadAll()), quality.Length),
            Is.EqualTo((true, 200_000))
        );
    }

    [Test]
    public async Task A_quality_is_found_again_also_when_qualities_are_to_be_left_alone_now()
    {
        var message = Post(Film());
        var media = await _account.ResolveAsync(message.Link);
        _telegram.World.IgnoreAltDocuments = true;

        var found = await LocateAsync(media.Origin, media.Alternatives[0].Description.Key);

        Assert.That(found.Description.DocumentId, Is.EqualTo(media.Alternatives[0].Description.DocumentId));
    }

    [TestCase(FileKind.Photo, 0, "y")]
    [TestCase(FileKind.Document, 0, "z")]
    [TestCase(FileKind.Document, 0, "m")] // it is inline
    [TestCase(FileKind.Document, 1, "")]
    public async Task What_the_message_does_not_hold_is_not_found_in_it(FileKind kind, long more, string size)
    {
        var message = Post(Film());
        var media = await _account.ResolveAsync(message.Link);

        var key = new MediaKey(kind, media.Description.DocumentId + more, size);

        Assert.That(
            () => LocateAsync(media.Origin, key),
            Throws.TypeOf<ResolveException>().With.Property("Code").EqualTo(ResolveErrors.MessageNotFound)
        );
    }

    [Test]
    public async Task A_file_of_a_basic_group_is_found_by_its_message()
    {
        var group = _telegram.World.Chats.Single(c => c.Kind == ChatKind.Group);
        var message = group.Messages[0];

        var media = await LocateAsync(
            new MediaOrigin(null, PeerKind.Chat, group.Id, message.Id),
            new MediaKey(FileKind.Document, message.Document!.Id, "")
        );
        message.Document.ExpireReferences();

        Assert.That((await ReadAsync(media)).Length, Is.EqualTo(message.Document.Size));
    }

    [Test]
    public async Task A_photo_of_a_private_chat_is_found_by_its_message()
    {
        var (ada, edsger) = (User(TelegramAccount.Plain), User(TelegramAccount.Premium));
        var chat = _telegram.World.AddChat(ChatKind.Private, "Ada and Edsger", members: [ada, edsger]);
        var message = _telegram.World.Post(chat, NewPhoto.Of(new GeneratedContent(5, 5000), 1280, 720));

        var media = await LocateAsync(
            new MediaOrigin(null, PeerKind.User, edsger.UserId, message.Id),
            new MediaKey(FileKind.Photo, message.Photo!.Id, "y")
        );
        message.Photo.ExpireReferences();

        Assert.That(await ReadAsync(media), Is.EqualTo(message.Photo.Largest.ReadAll()));
    }

    [Test]
    public void A_message_of_another_chat_with_the_same_number_is_not_the_one()
    {
        var group = _telegram.World.Chats.Single(c => c.Kind == ChatKind.Group);
        var message = group.Messages[0];

        Assert.That(
            () =>
                LocateAsync(
                    new MediaOrigin(null, PeerKind.Chat, group.Id + 1, message.Id),
                    new MediaKey(FileKind.Document, message.Document!.Id, "")
                ),
            Throws.TypeOf<ResolveException>().With.Property("Code").EqualTo(ResolveErrors.MessageNotFound)
        );
    }

    /// <summary>A video with two pictures and two qualities, a playlist and a storyboard among them.</summary>
    static NewDocument Film()
    {
        var video = new NewDocument(new GeneratedContent(5, 900_000))
        {
            FileName = "film.mp4",
            DurationSeconds = 60,
            Width = 1920,
            Height = 1080,
            Codec = "h264",
            Dc = 4,
        };
        return video with
        {
            Thumbs =
            [
                new("m", 320, 180, new GeneratedContent(1, 100)) { Form = PictureForm.Cached },
                new("x", 800, 450, new GeneratedContent(7, 30_000)),
            ],
            Alternatives =
            [
                video with
                {
                    Content = new GeneratedContent(6, 300_000),
                    Width = 1280,
                    Height = 720,
                },
                video with
                {
                    Content = new GeneratedContent(7, 200_000),
                    Width = 854,
                    Height = 480,
                    Codec = "av01",
                },
                new(new GeneratedContent(8, 500)) { FileName = "mtproto1", MimeType = "application/x-mpegurl" },
                new(new GeneratedContent(9, 500)) { FileName = "board", MimeType = "application/x-tgstoryboard" },
            ],
        };
    }

    EmulatedMessage Post(NewPhoto photo) => _telegram.World.Post(_telegram.World.Chat("fleetdemo"), photo);

    EmulatedMessage Post(NewDocument document) => _telegram.World.Post(_telegram.World.Chat("fleetdemo"), document);

    EmulatedAccount User(string phone) => _telegram.World.AccountByPhoneOrNull(phone)!;

    Task<ResolvedMedia> LocateAsync(MediaOrigin origin, MediaKey key) =>
        _account.Session.LocateAsync(origin, key, CancellationToken.None);

    async Task<byte[]> ReadAsync(ResolvedMedia media)
    {
        using var reader = await _account.Client().OpenAsync(media, CancellationToken.None);
        using var bytes = new MemoryStream();
        await foreach (var block in reader.ReadAsync(0, CancellationToken.None))
        {
            using (block)
                bytes.Write(block.Memory.Span);
        }
        return bytes.ToArray();
    }
}
