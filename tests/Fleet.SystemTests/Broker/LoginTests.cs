using System.Text;
using Fleet.Emulator.Worlds;
using Npgsql;

namespace Fleet.SystemTests.Broker;

[Category("broker")]
public sealed class LoginTests
{
    BrokerSystem _system = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _system = await BrokerSystem.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _system.DisposeAsync();

    [Test]
    public async Task A_user_logs_in_by_phone_and_code_and_is_listed()
    {
        var user = _system.Telegram.World.AddUser();

        var (exit, said, _) = await _system.RunAsync(
            "login",
            ["--name", "first", "--phone", user.Phone!, "--code", user.Code!]
        );

        Assert.That(exit, Is.Zero);
        Assert.That(said, Does.Contain("first is logged in as account a"));
        var (_, list, _) = await _system.RunAsync("accounts", []);
        Assert.That(list, Does.Match("a[0-9a-f]{10}  active      user     DC 2  first"));
    }

    [Test]
    public async Task What_is_not_given_is_asked_for_and_the_password_is_proved_by_SRP()
    {
        var user = _system.Telegram.World.AddUser(password: "a long password", homeDc: 4);

        var (exit, said, complained) = await _system.RunAsync(
            "login",
            ["--name", "careful"],
            user.Phone!,
            user.Code!,
            "a long password"
        );

        Assert.That(exit, Is.Zero, complained);
        Assert.That(said, Does.EndWith("home DC 4"));
    }

    [Test]
    public async Task A_bot_logs_in_by_its_token()
    {
        var bot = _system.Telegram.World.AddBot();

        var (exit, _, complained) = await _system.RunAsync("login", ["--name", "robot", "--bot-token", bot.BotToken!]);

        Assert.That(exit, Is.Zero, complained);
        var (_, list, _) = await _system.RunAsync("accounts", []);
        Assert.That(list, Does.Contain("bot      DC 2  robot"));
    }

    [Test]
    public async Task A_wrong_code_a_wrong_password_and_a_wrong_token_are_told_apart()
    {
        var user = _system.Telegram.World.AddUser();
        var careful = _system.Telegram.World.AddUser(password: "right");

        Assert.That(
            (await _system.RunAsync("login", ["--name", "x", "--phone", user.Phone!, "--code", "00000"])).Complained,
            Does.Contain("code_invalid")
        );
        Assert.That(
            (await LoginAsync(careful, "wrong")).Complained,
            Does.Contain("password_invalid").And.Not.Contain("wrong password")
        );
        Assert.That(
            (await _system.RunAsync("login", ["--name", "x", "--bot-token", "1:AAA"])).Complained,
            Does.Contain("bot_token_invalid")
        );
    }

    [TestCase]
    [TestCase("--name")]
    [TestCase("--phone", "1")]
    [TestCase("--name", "x", "--bot-token", "1:a", "--phone", "1")]
    [TestCase("--name", "x", "--unknown", "1")]
    public async Task Wrong_usage_shows_the_usage_and_ends_with_2(params string[] args)
    {
        var (exit, said, complained) = await _system.RunAsync("login", args);

        Assert.That(exit, Is.EqualTo(2));
        Assert.That(said, Is.Empty);
        Assert.That(complained, Does.Contain("fleet-broker login --name NAME"));
    }

    [Test]
    public async Task A_second_login_of_the_same_user_replaces_the_first()
    {
        var user = _system.Telegram.World.AddUser(firstName: "Twice");

        var first = await _system.LoginAsync(user);
        var second = await _system.LoginAsync(user);

        Assert.That(second, Is.EqualTo(first));
    }

    [Test]
    public async Task Nothing_secret_is_in_clear_in_the_database()
    {
        var user = _system.Telegram.World.AddUser(phone: "99966255555");
        var id = await _system.LoginAsync(user);
        var record = await _system.WithStoreAsync(store => store.OpenAsync(id, default));

        await using var source = NpgsqlDataSource.Create(_system.Database);
        await using var read = source.CreateCommand("select account::text, sealed from account where id = $1");
        read.Parameters.Add(new NpgsqlParameter { Value = id });
        await using var rows = await read.ExecuteReaderAsync();
        await rows.ReadAsync();
        var text = rows.GetString(0);
        var stored = (byte[])rows[1];

        Assert.That(record.Phone, Is.EqualTo("99966255555"));
        Assert.That(text, Does.Not.Contain("99966255555"));
        foreach (var secret in (byte[][])[record.AuthKey, Encoding.UTF8.GetBytes(record.ApiHash)])
            Assert.That(stored.AsSpan().IndexOf(secret), Is.EqualTo(-1));
    }

    Task<(int Exit, string Said, string Complained)> LoginAsync(EmulatedAccount user, string password) =>
        _system.RunAsync(
            "login",
            ["--name", "x", "--phone", user.Phone!, "--code", user.Code!, "--password", password]
        );
}
