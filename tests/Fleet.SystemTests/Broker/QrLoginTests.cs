using Fleet.Emulator.Worlds;

namespace Fleet.SystemTests.Broker;

/// <summary>login --qr: the link is shown, and an app of the account accepts it.</summary>
[Category("broker")]
public sealed class QrLoginTests
{
    BrokerSystem _system = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _system = await BrokerSystem.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _system.DisposeAsync();

    [TestCase(2, null)]
    [TestCase(4, null)]
    [TestCase(2, "a long password")]
    [TestCase(5, "a long password")]
    public async Task An_accepted_code_logs_in_wherever_the_account_lives_and_with_its_password(
        int home,
        string? password
    )
    {
        var user = _system.Telegram.World.AddUser(homeDc: home, password: password);

        var (exit, said, complained) = await _system.WatchAsync(
            "login",
            ["--name", "scanned", "--qr"],
            text => AcceptShown(user, text),
            password is null ? [] : [password]
        );

        Assert.That(exit, Is.Zero, complained);
        Assert.That(said, Does.Contain("█").And.Contain("tg://login?token="));
        Assert.That(said, Does.Match($@"scanned is logged in as account a\w+, home DC {home}$"));
    }

    [TestCase("--name", "x", "--qr", "--phone", "1")]
    [TestCase("--name", "x", "--qr", "--qr")]
    [TestCase("--name", "x", "--qr", "--bot-token", "1:a")]
    public async Task One_way_of_logging_in_is_enough(params string[] args) =>
        Assert.That((await _system.RunAsync("login", args)).Exit, Is.EqualTo(2));

    void AcceptShown(EmulatedAccount user, string text)
    {
        if (text.Split('\n').FirstOrDefault(line => line.StartsWith("tg://", StringComparison.Ordinal)) is { } link)
            _system.Telegram.AcceptLogin(user, link);
    }
}
