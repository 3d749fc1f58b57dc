using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Fleet.Emulator;
using Fleet.Emulator.Worlds;

namespace Fleet.UnitTests.Emulator;

[Category("engine")]
sealed class ControlTests
{
    TelegramEmulator _telegram = null!;
    HttpClient _http = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _telegram = await TelegramEmulator.StartAsync(new EmulatorOptions { ControlPort = 0 });
        _http = new HttpClient { BaseAddress = _telegram.ControlAddress };
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        _http.Dispose();
        await _telegram.DisposeAsync();
    }

    [Test]
    public async Task A_posted_file_is_in_the_channel_with_its_hash()
    {
        var answer = await PostAsync("channels/fleetdemo/messages", """{"seed":5,"size":1000,"name":"a.mkv","dc":3}""");

        var document = _telegram.World.DocumentOrNull((long)answer["document_id"]!)!;
        Assert.That(
            ((string)answer["sha256"]!, document.FileName, document.MimeType, document.Dc),
            Is.EqualTo((await new GeneratedContent(5, 1000).Sha256HexAsync(), "a.mkv", "video/x-matroska", 3))
        );
        Assert.That((string)answer["link"]!, Is.EqualTo($"https://t.me/fleetdemo/{(int)answer["message_id"]!}"));
    }

    [Test]
    public async Task Albums_comments_topics_stories_and_invitations_are_scripted()
    {
        const string File = """{"seed":5,"size":1000}""";
        await PostAsync("channels", """{"kind":"channel","title":"News","username":"scripted"}""");
        var group = (long)
            (await PostAsync("channels", """{"kind":"supergroup","title":"Talk","discusses":"scripted"}"""))["id"]!;
        await PostAsync("channels", """{"kind":"supergroup","title":"Forum","username":"topics","forum":true}""");

        var album = await PostAsync("channels/scripted/albums", $$"""{"items":[{{File}},{{File}}],"caption":"both"}""");
        var comment = await PostAsync("channels/scripted/messages", """{"seed":6,"size":1000,"comment_on":1}""");
        var topic = (int)(await PostAsync("channels/topics/topics", """{"title":"One"}"""))["message_id"]!;
        await PostAsync("channels/topics/messages", $$"""{"seed":7,"size":1000,"thread":{{topic}}}""");
        var story = await PostAsync("stories/scripted", $$"""{"media":{{File}},"album":3,"no_forwards":true}""");
        var invite = await PostAsync($"channels/{group}/invite", """{"hash":"Scripted","peek_seconds":60}""");

        var world = _telegram.World;
        Assert.That(
            world.Chat("scripted").Messages.Select(m => m.Ties.GroupedId).Distinct().Count(),
            Is.EqualTo(1),
            album.ToJsonString()
        );
        Assert.That((string)comment["link"]!, Is.EqualTo($"https://t.me/c/{group}/3"));
        Assert.That(world.ChatOrNull(group)!.MessageOrNull(3)!.Ties.ThreadId, Is.EqualTo(1));
        Assert.That(world.Chat("topics").Messages[1].Ties.ThreadId, Is.EqualTo(topic));
        Assert.That((string)story["link"]!, Is.EqualTo("https://t.me/scripted/s/1"));
        Assert.That(
            ((string)invite["link"]!, world.ChatByInviteOrNull("Scripted")?.Id),
            Is.EqualTo(("https://t.me/+Scripted", group))
        );
    }

    [Test]
    public async Task A_file_from_disk_is_served_as_it_is()
    {
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, "hello");
        try
        {
            var answer = await PostAsync(
                "channels/fleetdemo/messages",
                new JsonObject { ["file"] = path }.ToJsonString()
            );

            Assert.That((string)answer["sha256"]!, Does.StartWith("2cf24dba5fb0a30e26e83b2ac5b9e29e"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public async Task A_photo_is_posted_in_the_sizes_that_Telegram_makes()
    {
        var answer = await PostAsync(
            "channels/fleetdemo/messages",
            """{"photo":true,"seed":5,"size":1000,"width":800,"height":600,"dc":3}"""
        );

        var photo = _telegram.World.PhotoOrNull((long)answer["document_id"]!)!;
        Assert.That(
            ((string)answer["sha256"]!, photo.Largest.Width, photo.Dc, photo.Sizes.Count),
            Is.EqualTo((await new GeneratedContent(5, 1000).Sha256HexAsync(), 800, 3, 4))
        );
    }

    [Test]
    public async Task A_video_is_posted_with_its_pictures_and_qualities()
    {
        var answer = await PostAsync(
            "channels/fleetdemo/messages",
            """
            {"seed":5,"size":1000,"name":"a.mp4","height":1080,"codec":"h264",
             "thumbs":[{"type":"m","width":320,"height":180,"seed":6,"size":50}],
             "alternatives":[{"seed":7,"size":500,"name":"a.mp4","height":480}]}
            """
        );

        var document = _telegram.World.DocumentOrNull((long)answer["document_id"]!)!;
        Assert.That(
            (document.Codec, document.Thumbs.Single().Content.Size, document.Alternatives.Single().Height),
            Is.EqualTo(("h264", 50L, 480))
        );
    }

    [Test]
    public async Task A_private_chat_is_made_and_written_to_by_its_id()
    {
        var (one, other) = (_telegram.World.Accounts.First().UserId, _telegram.World.Accounts.Last().UserId);
        var made = await PostAsync("channels", $$"""{"kind":"private","title":"Two","members":[{{one}},{{other}}]}""");

        var posted = await PostAsync($"channels/{made["id"]}/messages", """{"photo":true,"seed":5,"size":10}""");

        var chat = _telegram.World.ChatOrNull((long)made["id"]!)!;
        Assert.That(
            (chat.Kind, chat.MessageOrNull((int)posted["message_id"]!)!.Photo!.Id),
            Is.EqualTo((ChatKind.Private, (long)posted["document_id"]!))
        );
    }

    [TestCase("channels", """{"kind":"private","title":"x","username":"taken_by_no_one"}""", HttpStatusCode.BadRequest)]
    [TestCase("channels", """{"kind":"group","title":"x","members":[1]}""", HttpStatusCode.NotFound)]
    [TestCase("channels/12345/messages", """{"text":"x"}""", HttpStatusCode.NotFound)]
    [TestCase("channels/fleetdemo/messages", """{"seed":5}""", HttpStatusCode.BadRequest)]
    [TestCase("channels/fleetdemo/messages", """{"seed":5,"size":-1}""", HttpStatusCode.BadRequest)]
    [TestCase("channels/fleetdemo/messages", """{"seed":5,"size":1,"dc":9}""", HttpStatusCode.BadRequest)]
    [TestCase("channels/fleetdemo/messages", """{"file":"/nowhere/at/all"}""", HttpStatusCode.BadRequest)]
    [TestCase("channels/fleetdemo/messages", """{"sede":5}""", HttpStatusCode.BadRequest)]
    [TestCase("channels/nobody/messages", """{"text":"x"}""", HttpStatusCode.NotFound)]
    [TestCase("faults", """{"method":"a"}""", HttpStatusCode.BadRequest)]
    [TestCase("faults", """{"method":"a","error":"DELAY_x"}""", HttpStatusCode.BadRequest)]
    [TestCase("network", """{"latency_ms":-1}""", HttpStatusCode.BadRequest)]
    [TestCase("network/rules", """{"dc":4}""", HttpStatusCode.BadRequest)]
    [TestCase("network/rules", """{"slice_bytes":0}""", HttpStatusCode.BadRequest)]
    [TestCase("documents/1/expire", "{}", HttpStatusCode.NotFound)]
    public async Task A_wrong_request_is_answered_with_the_reason(string path, string body, HttpStatusCode status)
    {
        using var response = await _http.PostAsync(path, Json(body));

        Assert.That(response.StatusCode, Is.EqualTo(status));
        Assert.That((string?)(await response.Content.ReadFromJsonAsync<JsonNode>())!["error"], Is.Not.Empty);
    }

    [Test]
    public async Task Faults_and_network_reach_the_emulator()
    {
        using var fault = await _http.PostAsync(
            "faults",
            Json("""{"method":"help.getNothing","error":"FLOOD_WAIT_5","count":2}""")
        );
        using var network = await _http.PostAsync("network", Json("""{"latency_ms":0.5,"bytes_per_second":7}"""));
        var reached = (_telegram.Network.Latency.TotalMilliseconds, _telegram.Network.BytesPerSecond);
        using var reset = await _http.PostAsync("network", Json("{}"));
        var stats = await _http.GetFromJsonAsync<JsonNode>("stats");

        Assert.That(((int)stats!["pending_faults"]!, reached), Is.EqualTo((1, (0.5, 7L))));
    }

    [Test]
    public async Task A_network_rule_holds_until_it_is_removed()
    {
        var rule = await PostAsync(
            "network/rules",
            """{"dc":4,"media_only":true,"connection":1,"latency_ms":0.5,"bytes_per_second":7,"reset_at_byte":100}"""
        );
        var held = _telegram.Network.State.Rules.Single().Rule;
        using var removed = await _http.DeleteAsync($"network/rules/{(int)rule["id"]!}");
        using var again = await _http.DeleteAsync($"network/rules/{(int)rule["id"]!}");

        var expected = new NetworkRule
        {
            Dc = 4,
            MediaOnly = true,
            Connection = 1,
            Latency = TimeSpan.FromMilliseconds(0.5),
            BytesPerSecond = 7,
            ResetAtByte = 100,
        };
        Assert.That(held, Is.EqualTo(expected));
        Assert.That(_telegram.Network.State.Rules, Is.Empty);
        Assert.That(again.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task What_the_emulator_costs_is_told()
    {
        var stats = await _http.GetFromJsonAsync<JsonNode>("stats");

        Assert.That((double)stats!["cpu_seconds"]!, Is.Positive);
        Assert.That((long)stats["peak_memory_bytes"]!, Is.Positive);
        Assert.That(stats.AsObject().Select(s => s.Key), Is.SupersetOf(new[] { "bytes_sent", "open_connections" }));
    }

    async Task<JsonNode> PostAsync(string path, string body)
    {
        using var response = await _http.PostAsync(path, Json(body));
        var answer = await response.Content.ReadFromJsonAsync<JsonNode>();
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), answer!.ToJsonString());
        return answer;
    }

    static StringContent Json(string body) => new(body, System.Text.Encoding.UTF8, "application/json");
}
