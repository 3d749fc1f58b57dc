using System.Security.Cryptography;
using Fleet.Sessions;

namespace Fleet.SystemTests.Broker;

[Category("broker")]
public sealed class SessionStringTests
{
    BrokerSystem _system = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _system = await BrokerSystem.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _system.DisposeAsync();

    [Test]
    public async Task An_exported_login_is_imported_and_works(
        [Values("telethon", "gramjs", "mtcute", "pyrogram")] string format
    )
    {
        var id = await _system.LoginAsync(_system.Telegram.World.AddUser(homeDc: 4));
        var exported = await _system.RunAsync("export", [id, format]);

        var (exit, said, complained) = await _system.RunAsync("import", ["--name", "moved"], exported.Said);

        Assert.That(exit, Is.Zero, complained);
        Assert.That(said, Is.EqualTo($"moved is logged in as account {id}, home DC 4"));
    }

    [Test]
    public async Task A_string_whose_login_Telegram_does_not_know_is_refused_by_code()
    {
        var stranger = new PortableSession
        {
            Dc = 2,
            AuthKey = RandomNumberGenerator.GetBytes(256),
            Address = new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 443),
        };

        var (exit, _, complained) = await _system.RunAsync(
            "import",
            ["--name", "stranger"],
            SessionString.Write(stranger, SessionFormat.Telethon)
        );

        Assert.That(exit, Is.EqualTo(1));
        Assert.That(complained, Does.Contain("logged_out"));
    }

    [Test]
    public async Task A_text_that_is_no_session_string_is_refused_without_quoting_it()
    {
        var (exit, _, complained) = await _system.RunAsync("import", ["--name", "x"], "my secret");

        Assert.That(exit, Is.EqualTo(1));
        Assert.That(complained, Does.Contain("not a session string").And.Not.Contain("my secret"));
    }

    [Test]
    public async Task An_account_that_does_not_exist_is_not_exported()
    {
        var (exit, said, complained) = await _system.RunAsync("export", ["a0000000000", "telethon"]);

        Assert.That((exit, said), Is.EqualTo((1, "")));
        Assert.That(complained, Does.Contain("there is no account"));
    }

    [Test]
    public async Task After_a_rotation_the_old_key_is_needed_by_nothing()
    {
        var id = await _system.LoginAsync(_system.Telegram.World.AddUser());
        var old = _system.SealWithNewKey();

        var before = await _system.RunAsync("export", [id, "telethon"]);
        var rotated = await _system.RunAsync("rotate-key", []);
        _system.ForgetOldKeys();
        var after = await _system.RunAsync("export", [id, "telethon"]);

        Assert.That(rotated.Said, Does.Match(@"^\d+ records are sealed by key \w+ now$").And.Not.Contain(old));
        Assert.That(after.Said, Is.EqualTo(before.Said).And.Not.Empty);
    }
}
