using Fleet.Emulator.Proxies;
using Fleet.Emulator.Worlds;
using Fleet.Sessions;
using Fleet.Testing;

namespace Fleet.SystemTests.Broker;

/// <summary>An account's own application, words and proxy, from the command line to the workers.</summary>
[Category("broker")]
public sealed class AccountClientTests
{
    BrokerSystem _system = null!;

    World World => _system.Telegram.World;

    [SetUp]
    public async Task StartAsync() => _system = await BrokerSystem.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _system.DisposeAsync();

    [Test]
    public async Task What_login_is_given_is_used_for_the_session_the_keys_and_the_leases()
    {
        await using var proxy = new SocksServer { Login = ("fleet", "proxy-secret") };
        var way = $"socks5://fleet:proxy-secret@127.0.0.1:{proxy.Port}";
        var user = World.AddUser();
        var id = await _system.LoginAsync(
            user,
            "--device-model",
            "Fleet, Berlin",
            "--app-version",
            "2.1",
            "--proxy",
            way
        );
        var afterLogin = proxy.Targets.Count;
        var broker = await _system.ServeAsync();

        var item = (await broker.ResolveAsync(Post(), default)).Items[0];
        var afterResolve = proxy.Targets.Count;
        var grant = await broker.LeaseAsync(Ask(item), default);

        Assert.That(
            (grant.Account, grant.Client.DeviceModel, grant.Client.AppVersion, grant.Client.ApiId, grant.Proxy),
            Is.EqualTo((id, "Fleet, Berlin", "2.1", _system.Telegram.Options.ApiId, way))
        );
        Assert.That(
            (afterLogin, afterResolve - afterLogin, proxy.Targets.Count - afterResolve),
            Is.EqualTo((1, 1, 1)),
            "connections through the proxy for the login, the main session and the key of DC 4"
        );
        Assert.That(_system.Telegram.Counters.Connections, Is.EqualTo(3), "and none beside it");
    }

    [Test]
    public async Task An_account_with_an_MTProxy_goes_through_it_and_its_leases_name_it()
    {
        var options = new EmulatedMtProxyOptions(
            MtProxyKind.FakeTls,
            [.. Enumerable.Range(1, 16).Select(n => (byte)n)]
        );
        await using var proxy = new EmulatedMtProxy(_system.Telegram, options);
        await _system.LoginAsync(World.AddUser(), "--proxy", proxy.Link);
        var afterLogin = proxy.Carried;
        var broker = await _system.ServeAsync();

        var item = (await broker.ResolveAsync(Post(), default)).Items[0];
        var afterResolve = proxy.Carried;
        var grant = await broker.LeaseAsync(Ask(item), default);

        Assert.That(grant.Proxy, Is.EqualTo(proxy.Link));
        Assert.That(
            (afterLogin, afterResolve - afterLogin, proxy.Carried - afterResolve),
            Is.EqualTo((1, 1, 1)),
            "connections through the proxy for the login, the main session and the key of DC 4"
        );
    }

    [Test]
    public async Task Without_options_the_account_follows_the_settings_and_names_Fleet()
    {
        await _system.LoginAsync(World.AddUser());
        var broker = await _system.ServeAsync();

        var grant = await broker.LeaseAsync(Ask((await broker.ResolveAsync(Post(), default)).Items[0]), default);

        Assert.That((grant.Client.DeviceModel, grant.Proxy), Is.EqualTo(("Fleet", (string?)null)));
        Assert.That(grant.Client.AppVersion, Does.Match(@"^\d+\.\d+\.\d+$"));
    }

    [Test]
    public async Task Secrets_of_the_account_are_asked_for_and_sealed()
    {
        var user = World.AddUser();

        var (exit, _, complained) = await _system.RunAsync(
            "login",
            [
                "--name",
                "own",
                "--phone",
                user.Phone!,
                "--code",
                user.Code!,
                "--api-id",
                $"{_system.Telegram.Options.ApiId}",
                "--api-hash",
                "-",
            ],
            _system.Telegram.Options.ApiHash
        );

        Assert.That(exit, Is.Zero, complained);
    }

    [Test]
    public async Task A_login_made_with_another_application_is_imported_with_that_application()
    {
        var id = await _system.LoginAsync(World.AddUser());
        var record = await _system.WithStoreAsync(store => store.OpenAsync(id, default));
        var text = SessionString.Write(
            new PortableSession
            {
                Dc = record.HomeDc,
                AuthKey = record.AuthKey,
                ApiId = 4711,
                UserId = record.UserId,
                IsBot = false,
            },
            SessionFormat.Pyrogram
        );

        var refused = await _system.RunAsync("import", ["--name", "other"], text);
        var imported = await _system.RunAsync(
            "import",
            ["--name", "other", "--api-id", "4711", "--api-hash", "hash-of-4711"],
            text
        );

        var stored = await _system.WithStoreAsync(store => store.OpenAsync(id, default));
        Assert.That((refused.Exit, imported.Exit), Is.EqualTo((1, 0)), imported.Complained);
        Assert.That(refused.Complained, Does.Contain("give --api-id 4711"));
        Assert.That((stored.ApiId, stored.ApiHash), Is.EqualTo((4711, "hash-of-4711")));
    }

    [TestCase("--device-model", "Telegram Desktop", "names Fleet")]
    [TestCase("--app-version", "Desktop", "a number")]
    [TestCase("--proxy", "tg://proxy?server=a&port=443&secret=0123456789abcdef", "MTProxy secret")]
    public async Task A_foreign_name_and_a_wrong_proxy_are_refused_without_quoting_it(
        string option,
        string value,
        string why
    )
    {
        var (exit, _, complained) = await _system.RunAsync("login", ["--name", "x", "--phone", "1", option, value]);

        Assert.That(exit, Is.EqualTo(1));
        Assert.That(complained, Does.Contain(why).And.Not.Contain(value));
    }

    string Post()
    {
        var channel = World.AddChat(ChatKind.Channel, "news", "channel_1");
        return World.Post(channel, new NewDocument(new GeneratedContent(1, 4096)) { Dc = 4 }).Link;
    }

    static LeaseRequest Ask(MediaItem item) =>
        new()
        {
            DocumentId = item.DocumentId,
            Origin = item.Origin,
            Dc = item.Dc,
            Bytes = item.SizeBytes,
        };
}
