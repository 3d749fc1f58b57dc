using Fleet.Emulator.Worlds;
using Fleet.Sessions;

namespace Fleet.SystemTests.Broker;

/// <summary>Accounts that may not ask just now: by Telegram's word, or by their own budget.</summary>
[Category("broker")]
public sealed class ResolveWaitTests
{
    BrokerSystem _system = null!;
    EmulatedAccount _one = null!;

    World World => _system.Telegram.World;

    [SetUp]
    public async Task StartAsync()
    {
        _system = await BrokerSystem.StartAsync();
        _one = World.AddUser();
        await _system.LoginAsync(_one);
        await _system.LoginAsync(World.AddUser());
    }

    [TearDown]
    public async Task StopAsync() => await _system.DisposeAsync();

    [Test]
    public async Task A_name_over_one_accounts_budget_goes_to_another_and_over_all_is_flood_with_a_time()
    {
        var broker = await _system.ServeAsync(("Resolve:NameInterval", "00:30:00"), ("Resolve:NameBurst", "1"));
        var links = Enumerable.Range(1, 3).Select(n => Post($"budget_{n}")).ToList();
        var known = World.Post(World.Chat("budget_1"), Document());

        await broker.ResolveAsync(links[0], default);
        await broker.ResolveAsync(links[1], default);
        var refused = Assert.ThrowsAsync<BrokerException>(() => broker.ResolveAsync(links[2], default))!;
        var still = await broker.ResolveAsync(known.Link, default);

        Assert.That((refused.Code, refused.RetryAt is null), Is.EqualTo((BrokerCodes.Flood, false)));
        Assert.That(_system.Telegram.Counters.CallsOf("contacts.resolveUsername"), Is.EqualTo(2));
        Assert.That(still.Items.Single().DocumentId, Is.EqualTo(known.Document!.Id), "what is known needs no name");
        Assert.That(await _system.MetricsAsync(), Does.Match("fleet_resolve_over_budget_total(?:\\{\\})? [1-9]"));
    }

    [Test]
    public async Task A_flooded_account_is_spared_and_another_one_answers()
    {
        var broker = await _system.ServeAsync();
        _system.Telegram.Faults.FailNext("contacts.resolveUsername", "FLOOD_WAIT_60");

        await broker.ResolveAsync(Post("flooded_1"), default);
        var inWindow = _system.Telegram.Counters.CallsInFloodWindow;
        await broker.ResolveAsync(Post("flooded_2"), default);

        Assert.That(_system.Telegram.Counters.CallsInFloodWindow, Is.EqualTo(inWindow));
        Assert.That(_system.Telegram.Faults.PendingCount, Is.Zero);
    }

    [Test]
    public async Task A_chat_is_not_called_private_while_an_account_that_may_be_in_it_must_wait()
    {
        var broker = await _system.ServeAsync();
        var inside = World.Post(World.AddChat(ChatKind.Channel, "closed", members: _one), Document());
        _system.Telegram.Faults.FailNext("messages.getDialogs", "FLOOD_WAIT_60", userId: _one.UserId);

        var asked = Assert.ThrowsAsync<BrokerException>(() => broker.ResolveAsync(inside.Link, default))!;
        var again = Assert.ThrowsAsync<BrokerException>(() => broker.ResolveAsync(inside.Link, default))!;

        Assert.That((asked.Code, again.Code), Is.EqualTo((BrokerCodes.Flood, BrokerCodes.Flood)));
        Assert.That((asked.RetryAt is null, again.RetryAt is null), Is.EqualTo((false, false)));
    }

    string Post(string name) => World.Post(World.AddChat(ChatKind.Channel, "news", name), Document()).Link;

    static NewDocument Document() => new(new GeneratedContent(1, 4096)) { FileName = "file.bin" };
}
