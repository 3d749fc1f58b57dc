using Fleet.Emulator.Worlds;
using Fleet.Sessions;

namespace Fleet.SystemTests.Broker;

[Category("broker")]
public sealed class ResolveBudgetTests
{
    BrokerSystem _system = null!;
    BrokerClient _broker = null!;

    World World => _system.Telegram.World;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _system = await BrokerSystem.StartAsync();
        await _system.LoginAsync(World.AddUser());
        await _system.LoginAsync(World.AddUser());
        _broker = await _system.ServeAsync(("Resolve:NameInterval", "00:30:00"), ("Resolve:NameBurst", "1"));
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _system.DisposeAsync();

    [Test]
    public async Task A_name_over_one_accounts_budget_goes_to_another_and_over_all_is_flood_with_a_time()
    {
        var links = Enumerable.Range(1, 3).Select(n => Post($"budget_{n}")).ToList();
        var known = World.Post(World.Chat("budget_1"), Document());

        await _broker.ResolveAsync(links[0], default);
        await _broker.ResolveAsync(links[1], default);
        var refused = Assert.ThrowsAsync<BrokerException>(() => _broker.ResolveAsync(links[2], default))!;
        var still = await _broker.ResolveAsync(known.Link, default);

        Assert.That(refused.Code, Is.EqualTo(BrokerCodes.Flood));
        Assert.That(refused.RetryAt, Is.Not.Null);
        Assert.That(_system.Telegram.Counters.CallsOf("contacts.resolveUsername"), Is.EqualTo(2));
        Assert.That(still.Items.Single().DocumentId, Is.EqualTo(known.Document!.Id), "what is known needs no name");
    }

    string Post(string name) => World.Post(World.AddChat(ChatKind.Channel, "news", name), Document()).Link;

    static NewDocument Document() => new(new GeneratedContent(1, 4096)) { FileName = "file.bin" };
}
