using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Fleet.Testing;

namespace Fleet.SystemTests.WholeWay;

/// <summary>A link goes in over HTTP and a file comes out, through every service, on real servers.</summary>
[Category("system")]
public sealed class WholeWayTests
{
    const long Large = 256L << 20;
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(4);

    FleetSystem _fleet = null!;
    WebhookReceiver _webhooks = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _webhooks = await WebhookReceiver.StartAsync();
        _fleet = await FleetSystem.StartAsync(
            new FleetSystemOptions
            {
                // A dead worker's lease runs out soon, so that the tests need not wait a minute for it.
                Settings = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["FLEET_Jobs__Lease"] = "00:00:06",
                    ["FLEET_Resolve__AllowProtected"] = "true",
                },
            }
        );
        using var answer = await _fleet.Client.Http.PostAsJsonAsync(
            "/v1/webhook-endpoints",
            new { url = _webhooks.Url }
        );
        var endpoint = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        _webhooks.Secret = (string)endpoint["secret"]!;
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _fleet.DisposeAsync();
        await _webhooks.DisposeAsync();
    }

    [Test]
    public async Task A_large_file_comes_out_byte_for_byte_and_its_webhook_verifies()
    {
        var posted = await PostAsync(seed: 1, Large);

        var job = await RunAsync(posted.Link);
        var webhook = await _webhooks.ReceiveAsync(
            w => w.Body.Contains((string)job["id"]!, StringComparison.Ordinal),
            Deadline
        );

        var downloaded = await Sha256OfAsync(job);
        Assert.Multiple(() =>
        {
            Assert.That(downloaded, Is.EqualTo(posted.Sha256));
            Assert.That((string)job["files"]![0]!["sha256"]!, Is.EqualTo(posted.Sha256));
            Assert.That(webhook.Verified);
            Assert.That((string)JsonNode.Parse(webhook.Body)!["type"]!, Is.EqualTo("job.succeeded"));
        });
    }

    [Test]
    public async Task A_matroska_file_comes_out_as_an_MP4_with_the_same_streams()
    {
        using var folder = new TemporaryFolder();
        var mkv = folder.File("sample.mkv");
        await MediaTool.MakeMatroskaAsync(mkv, seconds: 60);
        var posted = await _fleet.Telegram.PostAsync(
            new
            {
                file = mkv,
                name = "sample.mkv",
                mime = "video/x-matroska",
                dc = 4,
            }
        );

        var job = await RunAsync(posted.Link);
        var mp4 = folder.File("result.mp4");
        await using (var output = File.Create(mp4))
            await _fleet.Client.DownloadAsync((string)job["id"]!, FileId(job), output);

        var packets = await MediaTool.PacketHashesAsync(mp4);
        var expected = await MediaTool.PacketHashesAsync(mkv);
        var format = await MediaTool.FormatAsync(mp4);
        Assert.Multiple(() =>
        {
            Assert.That(format, Does.Contain("mp4"));
            Assert.That(packets, Is.EqualTo(expected));
        });
    }

    [Test]
    public async Task Subtitles_and_a_picture_come_out_as_files_beside_the_film()
    {
        using var folder = new TemporaryFolder();
        var mkv = folder.File("film.mkv");
        await MediaTool.MakeSubtitledAsync(mkv);
        var thumb = folder.File("thumb.jpg");
        await MediaTool.MakePictureAsync(thumb);
        var posted = await _fleet.Telegram.PostAsync(
            new
            {
                file = mkv,
                name = "Фильм.mkv",
                mime = "video/x-matroska",
                thumbs = new[]
                {
                    new
                    {
                        type = "m",
                        width = 320,
                        height = 180,
                        file = thumb,
                    },
                },
            }
        );

        var submitted = await _fleet.Client.SubmitAsync(
            new { source = new { link = posted.Link }, options = new { subtitles = "sidecar", poster = true } }
        );
        var job = await _fleet.Client.EndedAsync((string)submitted["id"]!, Deadline);

        using var picture = new MemoryStream();
        await _fleet.Client.DownloadAsync((string)job["id"]!, "media-poster", picture);
        using var small = new MemoryStream();
        await _fleet.Client.DownloadAsync((string)job["id"]!, "media-thumbnail", small);
        using var text = new MemoryStream();
        await _fleet.Client.DownloadAsync((string)job["id"]!, "media-subtitles-1", text);
        Assert.Multiple(() =>
        {
            Assert.That(
                job["files"]!.AsArray().Select(file => (string)file!["name"]!),
                Is.EqualTo(["Фильм.mp4", "Фильм.jpg", "Фильм.rus.vtt", "Фильм.thumbnail.jpg"])
            );
            Assert.That(picture.ToArray()[..3], Is.EqualTo(new byte[] { 0xFF, 0xD8, 0xFF }));
            Assert.That(small.ToArray(), Is.EqualTo(File.ReadAllBytes(thumb))); // Telegram's own
            Assert.That(Encoding.UTF8.GetString(text.ToArray()), Does.StartWith("WEBVTT").And.Contain("Hello"));
        });
    }

    [Test]
    public async Task A_film_gets_the_sound_of_another_message_and_says_where_both_came_from()
    {
        using var folder = new TemporaryFolder();
        var film = folder.File("picture.mkv");
        await MediaTool.MakeMatroskaAsync(film, seconds: 4);
        var sound = folder.File("sound.opus");
        await MediaTool.MakeSoundAsync(sound, seconds: 4);
        var picture = await _fleet.Telegram.PostAsync(
            new
            {
                file = film,
                name = "film.mkv",
                caption = "Part one",
            }
        );
        var other = await _fleet.Telegram.PostAsync(
            new
            {
                file = sound,
                name = "sound.opus",
                dc = 4,
            }
        );

        var submitted = await _fleet.Client.SubmitAsync(
            new
            {
                source = new { link = picture.Link, audio_link = other.Link },
                options = new { metadata_file = true },
            }
        );
        var job = await _fleet.Client.EndedAsync((string)submitted["id"]!, Deadline);

        var result = folder.File("joined.mp4");
        await using (var file = File.Create(result))
            await _fleet.Client.DownloadAsync((string)job["id"]!, "media", file);
        using var written = new MemoryStream();
        await _fleet.Client.DownloadAsync((string)job["id"]!, "media-metadata", written);
        var metadata = JsonNode.Parse(written.ToArray())!;
        var tracks = await MediaTool.PacketHashesAsync(result);
        Assert.Multiple(() =>
        {
            Assert.That((string)job["source"]!["audio_link"]!, Is.EqualTo(other.Link));
            Assert.That(
                job["files"]!.AsArray().Select(file => (string)file!["name"]!),
                Is.EqualTo(["film.mp4", "film.json"])
            );
            Assert.That(tracks, Has.Count.EqualTo(2)); // the film's own two tracks are gone
            Assert.That((string)metadata["link"]!, Is.EqualTo(picture.Link));
            Assert.That((string)metadata["media"]!["caption"]!, Is.EqualTo("Part one"));
            Assert.That((string)metadata["file"]!["sha256"]!, Is.EqualTo((string)job["files"]![0]!["sha256"]!));
        });
        Assert.That(HashesOf(tracks), Does.Contain(HashesOf(await MediaTool.SoundHashesAsync(sound))[0]));
    }

    [Test]
    public async Task Sound_that_is_not_one_file_is_refused_with_a_code_of_its_own()
    {
        var film = await _fleet.Telegram.PostAsync(new { seed = 71, size = 100_000 });
        var album = await _fleet.Telegram.PostAlbumAsync([
            new { seed = 72, size = 1_000 },
            new { seed = 73, size = 1_000 },
        ]);

        var submitted = await _fleet.Client.SubmitAsync(
            new { source = new { link = film.Link, audio_link = album[0].Link } }
        );
        var job = await _fleet.Client.EndedAsync((string)submitted["id"]!, Deadline);

        Assert.That((string)job["error"]!["code"]!, Is.EqualTo("not_one_file"));
    }

    [Test]
    public async Task A_photo_comes_out_as_the_picture_it_is()
    {
        var posted = await _fleet.Telegram.PostAsync(
            new
            {
                photo = true,
                seed = 3,
                size = 345_678,
                width = 1280,
                height = 720,
                dc = 4,
            }
        );
        await _fleet.Telegram.FailAsync("upload.getFile", "FILE_REFERENCE_EXPIRED");

        var job = await RunAsync(posted.Link);

        var downloaded = await Sha256OfAsync(job);
        var file = job["files"]![0]!;
        Assert.Multiple(() =>
        {
            Assert.That(downloaded, Is.EqualTo(posted.Sha256));
            Assert.That((string)file["name"]!, Does.EndWith(".jpg"));
            Assert.That((string)file["content_type"]!, Is.EqualTo("image/jpeg"));
        });
    }

    [Test]
    public async Task A_quality_that_was_asked_for_is_fetched_instead()
    {
        var posted = await _fleet.Telegram.PostAsync(
            new
            {
                seed = 41,
                size = 9_000_000,
                name = "film.mp4",
                mime = "video/mp4",
                width = 1920,
                height = 1080,
                alternatives = new[]
                {
                    new
                    {
                        seed = 42,
                        size = 3_000_000,
                        mime = "video/mp4",
                        width = 854,
                        height = 480,
                        dc = 4,
                    },
                },
            }
        );

        var submitted = await _fleet.Client.SubmitAsync(
            new { source = new { link = posted.Link }, options = new { quality = new { max_height = 480 } } }
        );
        var job = await _fleet.Client.EndedAsync((string)submitted["id"]!, Deadline);

        Assert.That((long)job["files"]![0]!["size_bytes"]!, Is.EqualTo(3_000_000), job.ToJsonString());
        Assert.That((string)job["files"]![0]!["name"]!, Is.EqualTo("film.mp4"));
    }

    [Test]
    public async Task A_worker_killed_in_the_middle_costs_time_and_nothing_else()
    {
        var posted = await PostAsync(seed: 2, Large);
        var id = await SubmitAsync(posted.Link);
        await _fleet.Client.UntilAsync(id, job => Progress(job) > 0, Deadline);

        await _fleet.Service("Fleet.Worker").KillAsync();
        await _fleet.RestartAsync("Fleet.Worker");
        var job = await SucceededAsync(id);

        Assert.That(await Sha256OfAsync(job), Is.EqualTo(posted.Sha256));
    }

    [Test]
    public async Task An_album_comes_out_whole_and_in_order_also_when_a_worker_dies_in_the_middle()
    {
        var posted = await _fleet.Telegram.PostAlbumAsync([
            .. Enumerable.Range(31, 3).Select(seed => (object)Body(seed, 64L << 20)),
        ]);
        var id = await SubmitAsync(posted[1].Link);
        await _fleet.Client.UntilAsync(id, job => Progress(job) > 80L << 20, Deadline);

        await _fleet.Service("Fleet.Worker").KillAsync();
        await _fleet.RestartAsync("Fleet.Worker");
        var files = (await SucceededAsync(id))["files"]!.AsArray();

        var hashes = new List<string>();
        foreach (var file in files)
            hashes.Add((await _fleet.Client.DownloadAsync(id, (string)file!["id"]!)).Sha256);
        Assert.Multiple(() =>
        {
            Assert.That(hashes, Is.EqualTo(posted.Select(p => p.Sha256)));
            Assert.That(
                files.Select(f => (string)f!["name"]!),
                Is.EqualTo(new[] { "file-31.bin", "file-32.bin", "file-33.bin" })
            );
        });
    }

    [Test]
    public async Task A_chat_that_forbids_saving_is_served_where_the_operator_allows_it()
    {
        var posted = await _fleet.Telegram.PostAsync(Body(seed: 41, size: 1 << 20), "fleetprotected");

        var job = await RunAsync(posted.Link);

        Assert.That(await Sha256OfAsync(job), Is.EqualTo(posted.Sha256));
    }

    [Test]
    public async Task RabbitMQ_killed_and_Redis_flushed_during_a_run_lose_nothing()
    {
        var posted = new List<PostedFile>();
        var ids = new List<string>();
        for (var seed = 10; seed < 18; seed++)
        {
            posted.Add(await PostAsync(seed, size: 24L << 20));
            ids.Add(await SubmitAsync(posted[^1].Link));
        }

        await _fleet.RabbitMq.KillAsync();
        await _fleet.Redis.FlushAsync();
        await _fleet.RabbitMq.RestartAsync();

        foreach (var (id, file) in ids.Zip(posted))
            Assert.That(await Sha256OfAsync(await SucceededAsync(id)), Is.EqualTo(file.Sha256));
    }

    [Test]
    public async Task A_file_on_the_CDN_is_read_there()
    {
        var posted = await _fleet.Telegram.PostAsync(
            new
            {
                seed = 203,
                size = 24L << 20,
                name = "on-cdn.bin",
                dc = 4,
                cdn = true,
            }
        );

        var job = await RunAsync(posted.Link);

        var downloaded = await Sha256OfAsync(job);
        var stats = await _fleet.Telegram.StatsAsync();
        var parts = stats["calls"]!.AsArray().Where(c => (string)c!["method"]! == "upload.getCdnFile");
        Assert.Multiple(() =>
        {
            Assert.That(downloaded, Is.EqualTo(posted.Sha256));
            Assert.That(parts.Sum(c => (int)c!["count"]!), Is.GreaterThanOrEqualTo(24));
        });
    }

    [TestCase("FLOOD_WAIT_5")]
    [TestCase("FILE_REFERENCE_EXPIRED")]
    [TestCase("FILE_MIGRATE_3")]
    [TestCase("SHORT_PART")]
    [TestCase("GARBAGE")]
    [TestCase("DROP")]
    public async Task A_fault_of_Telegram_in_the_middle_is_overcome(string fault)
    {
        var posted = await PostAsync(seed: 100 + fault.Length, size: 48L << 20);
        await _fleet.Telegram.FailAsync("upload.getFile", fault, after: 20);

        var job = await RunAsync(posted.Link);

        var downloaded = await Sha256OfAsync(job);
        var stats = await _fleet.Telegram.StatsAsync();
        Assert.Multiple(() =>
        {
            Assert.That(downloaded, Is.EqualTo(posted.Sha256));
            Assert.That((int)stats["pending_faults"]!, Is.Zero, "the error was met");
            Assert.That((int)stats["duplicate_keys"]!, Is.Zero, "logins ended by a second main session");
        });
    }

    Task<PostedFile> PostAsync(int seed, long size) => _fleet.Telegram.PostAsync(Body(seed, size));

    static object Body(int seed, long size) =>
        new
        {
            seed,
            size,
            name = $"file-{seed}.bin",
            mime = "application/octet-stream",
            dc = 4,
        };

    async Task<string> SubmitAsync(string link)
    {
        var job = await _fleet.Client.SubmitAsync(new { source = new { link } });
        return (string)job["id"]!;
    }

    async Task<JsonObject> RunAsync(string link) => await SucceededAsync(await SubmitAsync(link));

    async Task<JsonObject> SucceededAsync(string id)
    {
        var job = await _fleet.Client.EndedAsync(id, Deadline);
        return (string)job["status"]! == "succeeded"
            ? job
            : throw new InvalidOperationException(
                $"{job.ToJsonString()}\n{_fleet.Service("Fleet.Worker").Output}\n{_fleet.Service("Fleet.Broker").Output}"
            );
    }

    async Task<string> Sha256OfAsync(JsonObject job) =>
        (await _fleet.Client.DownloadAsync((string)job["id"]!, FileId(job))).Sha256;

    static string FileId(JsonObject job) => (string)job["files"]![0]!["id"]!;

    static long Progress(JsonObject job) => (long?)job["progress"]?["bytes_done"] ?? 0;

    static string[] HashesOf(IEnumerable<string> tracks) => [.. tracks.Select(track => track.Split('=')[1])];
}
