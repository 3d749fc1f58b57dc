using System.Text.Json;
using Fleet.Cli;
using Fleet.Emulator;
using Fleet.Emulator.Worlds;
using Fleet.Telegram;
using Fleet.UnitTests.Telegram;

namespace Fleet.UnitTests.Cli;

[TestFixture]
[Category("engine")]
public sealed class FetchTests
{
    const string Link = "https://t.me/fleetdemo/2"; // 1 MiB

    static readonly string[] Login = ["--phone", TelegramAccount.Plain, "--code", "12345"];

    TelegramEmulator _telegram = null!;
    string _folder = "";
    string[] _server = [];

    [SetUp]
    public async Task StartAsync()
    {
        _telegram = await TelegramEmulator.StartAsync();
        _folder = Directory.CreateTempSubdirectory("fleet-fetch").FullName;
        var pem = Path.Combine(_folder, "server.pem");
        await File.WriteAllTextAsync(pem, _telegram.PublicKeyPem);
        var addresses = TelegramAccount.OptionsFor(_telegram).Addresses;
        _server =
        [
            .. addresses.SelectMany(a => new[] { "--dc", a.ToString() }),
            .. new[] { "--key", pem, "--api-id", "10001", "--api-hash", _telegram.Options.ApiHash },
        ];
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _telegram.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task A_link_becomes_a_file_and_a_report()
    {
        var output = Path.Combine(_folder, "out.bin");

        var run = await RunAsync([Link, output, "--phone", TelegramAccount.Plain, "--code", "12345", "--json"]);

        var report = JsonDocument.Parse(run.Output).RootElement;
        var content = _telegram.World.Chat("fleetdemo").MessageOrNull(2)!.Document!.Content;
        Assert.That(
            (run.Exit, report.GetProperty("sha256").GetString(), new FileInfo(output).Length),
            Is.EqualTo((Exit.Done, await content.Sha256HexAsync(), 1L << 20))
        );
    }

    [Test]
    public async Task A_directory_gets_the_files_own_name()
    {
        var run = await RunAsync([Link, _folder, "--phone", TelegramAccount.Plain, "--code", "12345"]);

        Assert.That((run.Exit, File.Exists(Path.Combine(_folder, "one-mebibyte.bin"))), Is.EqualTo((Exit.Done, true)));
    }

    [Test]
    public async Task A_photo_is_named_by_its_id()
    {
        var photo = _telegram.World.Post(Demo, NewPhoto.Of(new GeneratedContent(5, 123_456), 1280, 720));

        var run = await RunAsync([photo.Link, _folder, .. Login]);

        var file = new FileInfo(Path.Combine(_folder, $"{photo.Photo!.Id}.jpg"));
        Assert.That((run.Exit, file.Exists, file.Exists ? file.Length : 0), Is.EqualTo((Exit.Done, true, 123_456L)));
    }

    [Test]
    public async Task An_album_goes_into_a_directory_each_file_under_a_name_of_its_own()
    {
        var files = Enumerable.Range(1, 3).Select(n => _telegram.World.AddDocument(Numbered(n))).ToArray();
        var album = _telegram.World.PostAlbum(Demo, files);

        var run = await RunAsync([album[0].Link, _folder, "--json", .. Login]);

        var names = run
            .Output.Trim()
            .Split('\n')
            .Select(l => JsonDocument.Parse(l).RootElement.GetProperty("name").GetString());
        Assert.That(names, Is.EqualTo(new[] { "same.bin", "same (2).bin", "same (3).bin" }));
        Assert.That(
            names.Select(name => new FileInfo(Path.Combine(_folder, name!)).Length),
            Is.EqualTo(files.Select(f => f.Size))
        );

        static NewDocument Numbered(int n) => new(new GeneratedContent(n, 1000 * n)) { FileName = "same.bin" };
    }

    [Test]
    public async Task An_album_does_not_fit_into_one_file_but_a_single_item_does()
    {
        var files = Enumerable.Range(1, 2).Select(n => _telegram.World.AddPhoto(Photo(n))).ToArray();
        var album = _telegram.World.PostAlbum(Demo, files);
        var output = Path.Combine(_folder, "out.jpg");

        var refused = await RunAsync([album[1].Link, output, .. Login]);
        var single = await RunAsync([album[1].Link + "?single", output, .. Login]);

        Assert.That((refused.Exit, refused.Errors), Is.EqualTo((Exit.Usage, refused.Errors)));
        Assert.That(refused.Errors, Does.Contain("2 files").And.Contain("?single"));
        Assert.That((single.Exit, new FileInfo(output).Length), Is.EqualTo((Exit.Done, 2000L)));

        static NewPhoto Photo(int n) => NewPhoto.Of(new GeneratedContent(n, 1000 * n), 1280, 720);
    }

    [TestCase("best", 900_000)]
    [TestCase("1080", 900_000)]
    [TestCase("720", 300_000)]
    [TestCase("299999bytes", 200_000)]
    [TestCase("1bytes", 200_000)]
    public async Task A_quality_is_chosen_by_height_or_by_size(string quality, long size)
    {
        var film = _telegram.World.Post(Demo, Film());
        var output = Path.Combine(_folder, "out.mp4");

        var run = await RunAsync([film.Link, output, "--quality", quality, .. Login]);

        Assert.That((run.Exit, new FileInfo(output).Length), Is.EqualTo((Exit.Done, size)));
    }

    [Test]
    public async Task The_poster_comes_instead_of_the_file()
    {
        var film = _telegram.World.Post(Demo, Film());

        var run = await RunAsync([film.Link, _folder, "--thumb", .. Login]);

        var poster = Path.Combine(_folder, $"{film.Document!.Id}.jpg");
        Assert.That((run.Exit, new FileInfo(poster).Length), Is.EqualTo((Exit.Done, 30_000L)));
    }

    [Test]
    public async Task A_file_without_a_picture_has_no_poster()
    {
        var run = await RunAsync([Link, _folder, "--thumb", .. Login]);

        Assert.That((run.Exit, run.Errors), Is.EqualTo((Exit.Failed, run.Errors.Trim() + "\n")));
        Assert.That(run.Errors, Does.StartWith("fetch: no_media: "));
    }

    [TestCase("none", Exit.Done, true)]
    [TestCase("upload.getFile", Exit.Failed, false)]
    [TestCase("channels.getMessages", Exit.Failed, false)]
    public async Task A_takeout_is_ended_with_how_it_went(string failing, int exit, bool success)
    {
        _telegram.Faults.FailNext(failing, "400:CHANNEL_PRIVATE", count: 100);

        var run = await RunAsync([Link, Path.Combine(_folder, "out.bin"), "--takeout", .. Login]);

        Assert.That((run.Exit, _telegram.Takeouts.All.Single().Success), Is.EqualTo((exit, success)));
    }

    [Test]
    public async Task A_takeout_that_must_wait_says_so()
    {
        _telegram.Faults.FailNext("account.initTakeoutSession", "TAKEOUT_INIT_DELAY_86400");

        var run = await RunAsync([Link, Path.Combine(_folder, "out.bin"), "--takeout", .. Login]);

        Assert.That(run.Exit, Is.EqualTo(Exit.Failed));
        Assert.That(run.Errors, Does.StartWith("fetch: takeout_delayed: ").And.Contain("86400 s"));
    }

    [Test]
    public async Task A_session_file_is_private_and_spares_the_next_login()
    {
        var session = Path.Combine(_folder, "session");
        var output = Path.Combine(_folder, "out.bin");

        await RunAsync([Link, output, "--session", session, "--phone", TelegramAccount.Plain, "--code", "12345"]);
        var second = await RunAsync([Link, output, "--session", session]);

        Assert.That(
            (second.Exit, File.GetUnixFileMode(session), _telegram.Counters.CallsOf("auth.sendCode")),
            Is.EqualTo((Exit.Done, UnixFileMode.UserRead | UnixFileMode.UserWrite, 1L))
        );
    }

    [Test]
    public async Task A_session_file_that_others_can_read_is_refused()
    {
        var session = Path.Combine(_folder, "session");
        await File.WriteAllTextAsync(session, "{}");
        File.SetUnixFileMode(session, UnixFileMode.UserRead | UnixFileMode.GroupRead);

        var run = await RunAsync([Link, Path.Combine(_folder, "out.bin"), "--session", session]);

        Assert.That(
            (run.Exit, run.Errors.Contains("chmod 600", StringComparison.Ordinal)),
            Is.EqualTo((Exit.Usage, true))
        );
    }

    [TestCase("SHORT_PART", MediaErrors.PartLength)]
    [TestCase("GARBAGE", MediaErrors.ProtocolViolation)]
    public async Task A_lying_server_gives_one_line_and_no_file(string fault, string code)
    {
        _telegram.Faults.FailNext("upload.getFile", fault);

        var run = await RunAsync([
            Link,
            Path.Combine(_folder, "out.bin"),
            "--phone",
            TelegramAccount.Plain,
            "--code",
            "12345",
        ]);

        Assert.That((run.Exit, run.Errors), Is.EqualTo((Exit.Failed, run.Errors.Trim() + "\n")));
        Assert.That(run.Errors, Does.StartWith($"fetch: {code}: "));
        Assert.That(Directory.GetFiles(_folder), Has.Length.EqualTo(1)); // the server's key
    }

    [Test]
    public async Task A_server_that_sends_wrong_bytes_gives_no_file_when_they_are_verified()
    {
        _telegram.Faults.FailNext("upload.getFile", "BIT_FLIP", count: 100);

        var run = await RunAsync([
            Link,
            Path.Combine(_folder, "out.bin"),
            "--phone",
            TelegramAccount.Plain,
            "--code",
            "12345",
            "--verify",
        ]);

        Assert.That((run.Exit, run.Errors.Count(c => c == '\n')), Is.EqualTo((Exit.Failed, 1)));
        Assert.That(run.Errors, Does.StartWith("fetch: hash_mismatch: "));
        Assert.That(Directory.GetFiles(_folder), Has.Length.EqualTo(1)); // the server's key
    }

    [TestCase("https://t.me/fleetdemo/1", Exit.Failed, "no_media")]
    [TestCase("https://t.me/fleetdemo/4", Exit.Failed, "message_not_found")]
    [TestCase("https://t.me/fleetprotected/1", Exit.Failed, "content_protected")]
    [TestCase("https://t.me/fleetdemo", Exit.Usage, "link_not_a_message")]
    [TestCase("https://example.com/x/1", Exit.Usage, "link_host_unknown")]
    public async Task A_link_without_a_file_says_why(string link, int exit, string code)
    {
        var run = await RunAsync([
            link,
            Path.Combine(_folder, "out.bin"),
            "--phone",
            TelegramAccount.Plain,
            "--code",
            "12345",
            "--json",
        ]);

        var failure = JsonDocument.Parse(run.Output).RootElement;
        Assert.That((run.Exit, failure.GetProperty("code").GetString()), Is.EqualTo((exit, code)));
    }

    [TestCase("--phone 1 --bot-token 2", "exclude")]
    [TestCase("", "who logs in")]
    [TestCase("--phone 1 --connections 0", "1 to 32")]
    [TestCase("--phone 1 --connections many", "1 to 32")]
    [TestCase("--phone 1 --speed 9", "unknown option --speed")]
    [TestCase("--phone", "needs a value")]
    [TestCase("--phone 1 --json=yes", "takes no value")]
    [TestCase("--phone 1 --phone 2", "once")]
    [TestCase("--phone 1 --dc 2=nowhere", "--dc")]
    [TestCase("--phone 1 --key /no/such.pem", "--key")]
    [TestCase("--phone 1 --transport quic", "--transport")]
    [TestCase("--phone 1 --proxy nowhere", "--proxy")]
    [TestCase("--session /no/such/session", "no such file")]
    [TestCase("--phone 1 third", "a link and an output")]
    [TestCase("--phone 1 --quality", "needs a value")]
    [TestCase("--phone 1 --quality high", "a height such as 720")]
    [TestCase("--phone 1 --quality 0", "a height such as 720")]
    [TestCase("--phone 1 --quality 0bytes", "a height such as 720")]
    [TestCase("--phone 1 --quality best --thumb", "exclude")]
    [TestCase("--bot-token 1 --takeout", "bots have none")]
    public async Task Wrong_arguments_are_named_in_one_line(string extra, string complaint)
    {
        var run = await RunAsync([
            Link,
            Path.Combine(_folder, "out"),
            .. extra.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        ]);

        Assert.That((run.Exit, run.Errors.Count(c => c == '\n')), Is.EqualTo((Exit.Usage, 1)));
        Assert.That(run.Errors, Does.Contain(complaint));
    }

    [Test]
    public async Task An_output_in_a_missing_directory_is_refused_before_anything_is_sent()
    {
        var run = await RunAsync([Link, "/no/such/folder/out", "--phone", "1"]);

        Assert.That((run.Exit, _telegram.Counters.Connections), Is.EqualTo((Exit.Usage, 0L)));
    }

    [TestCase(new string[0], Exit.Usage)]
    [TestCase(new[] { "--help" }, Exit.Done)]
    [TestCase(new[] { "fetch", "--help" }, Exit.Done)]
    [TestCase(new[] { "fly" }, Exit.Usage)]
    public async Task The_verbs_explain_themselves(string[] args, int exit) =>
        Assert.That((await CaptureAsync(args)).Exit, Is.EqualTo(exit));

    EmulatedChat Demo => _telegram.World.Chat("fleetdemo");

    static NewDocument Film()
    {
        var video = new NewDocument(new GeneratedContent(5, 900_000)) { FileName = "film.mp4", Height = 1080 };
        return video with
        {
            Thumbs = [new("x", 800, 450, new GeneratedContent(7, 30_000))],
            Alternatives =
            [
                video with
                {
                    Content = new GeneratedContent(6, 300_000),
                    Height = 720,
                },
                video with
                {
                    Content = new GeneratedContent(7, 200_000),
                    Height = 480,
                },
            ],
        };
    }

    Task<Run> RunAsync(string[] args) => CaptureAsync(["fetch", .. args, .. _server]);

    static async Task<Run> CaptureAsync(string[] args)
    {
        var (output, errors) = (Console.Out, Console.Error);
        using var caughtOutput = new StringWriter();
        using var caughtErrors = new StringWriter();
        Console.SetOut(caughtOutput);
        Console.SetError(caughtErrors);
        try
        {
            var exit = await CommandLine.RunAsync(args, [FetchVerb.Verb]);
            return new Run(exit, caughtOutput.ToString(), caughtErrors.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(errors);
        }
    }

    sealed record Run(int Exit, string Output, string Errors);
}
