using Fleet.Emulator.Worlds;
using Fleet.Sessions;

namespace Fleet.SystemTests.Broker;

/// <summary>What Telegram does to logins and accounts is noted once, told to the operator, and never tried again.</summary>
[Category("broker")]
public sealed class AccountEventTests
{
    BrokerSystem _system = null!;
    BrokerClient _broker = null!;
    EmulatedAccount _user = null!;
    string _account = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _system = await BrokerSystem.StartAsync();
        _user = _system.Telegram.World.AddUser();
        _account = await _system.LoginAsync(_user);
        _broker = await _system.ServeAsync();
    }

    [TearDown]
    public async Task StopAsync() => await _system.DisposeAsync();

    [TestCase("AUTH_KEY_DUPLICATED", "logged_out")]
    [TestCase("AUTH_KEY_UNREGISTERED", "logged_out")]
    [TestCase("SESSION_REVOKED", "logged_out")]
    [TestCase("USER_DEACTIVATED", "banned")]
    public async Task What_ends_an_account_is_a_state_with_a_reason_an_event_and_the_last_connection(
        string error,
        string state
    )
    {
        var link = Post();
        _system.Telegram.Faults.FailNext("contacts.resolveUsername", error);

        var first = Assert.ThrowsAsync<BrokerException>(() => _broker.ResolveAsync(link, default))!.Code;
        var connections = _system.Telegram.Counters.Connections;
        var later = Assert.ThrowsAsync<BrokerException>(() => _broker.ResolveAsync(link, default))!.Code;

        var (_, seen) = await _system.CallAsync(HttpMethod.Get, $"admin/accounts/{_account}");
        Assert.That((first, later), Is.EqualTo((BrokerCodes.AccountUnusable, BrokerCodes.NoAccount)));
        Assert.That(((string)seen!["state"]!, (string)seen["reason"]!), Is.EqualTo((state, error)));
        Assert.That(_system.Events.Lines.Single().Id, Is.EqualTo(4001));
        Assert.That(_system.Events.Lines.Single().Text, Does.Contain(_account).And.Contain(error));
        Assert.That(
            await _system.MetricsAsync(),
            Does.Match($$"""fleet_broker_account_events_total\{event="{{error.ToLowerInvariant()}}"\} [1-9]""")
        );
        Assert.That(_system.Telegram.Counters.Connections, Is.EqualTo(connections));
    }

    [Test]
    public async Task PEER_FLOOD_leaves_the_account_alone_and_tells_the_operator()
    {
        var link = Post();
        _system.Telegram.Faults.FailNext("contacts.resolveUsername", "PEER_FLOOD");

        var first = Assert.ThrowsAsync<BrokerException>(() => _broker.ResolveAsync(link, default))!.Code;
        var calls = _system.Telegram.Counters.CallsOf("contacts.resolveUsername");
        Assert.ThrowsAsync<BrokerException>(() => _broker.ResolveAsync(link, default));

        Assert.That(first, Is.EqualTo(BrokerCodes.AccountUnusable));
        Assert.That(_system.Telegram.Counters.CallsOf("contacts.resolveUsername"), Is.EqualTo(calls));
        var told = _system.Events.Lines.Single(line => line.Id is 4102).Text;
        Assert.That(told, Does.Contain(_account).And.Contain("peer_flood"));
        Assert.That(
            await _system.MetricsAsync(),
            Does.Match("""fleet_broker_account_events_total\{event="circuit_opened"\} [1-9]""")
        );
    }

    [Test]
    public async Task A_lost_account_comes_back_by_a_login_and_not_by_enabling_it()
    {
        _system.Telegram.Faults.FailNext("contacts.resolveUsername", "SESSION_REVOKED");
        Assert.ThrowsAsync<BrokerException>(() => _broker.ResolveAsync(Post(), default));

        var enabled = await _system.CallAsync(HttpMethod.Post, $"admin/accounts/{_account}/enable");
        var again = await _system.LoginAsync(_user);
        var (_, seen) = await _system.CallAsync(HttpMethod.Get, $"admin/accounts/{_account}");

        Assert.That((enabled.Status, (string)enabled.Body!["code"]!), Is.EqualTo((409, "account_state")));
        Assert.That(again, Is.EqualTo(_account));
        Assert.That(((string)seen!["state"]!, seen["reason"]), Is.EqualTo(("active", (object?)null)));
    }

    string Post()
    {
        var world = _system.Telegram.World;
        var channel = world.AddChat(ChatKind.Channel, "news", "channel_1");
        return world.Post(channel, new NewDocument(new GeneratedContent(1, 4096))).Link;
    }
}
