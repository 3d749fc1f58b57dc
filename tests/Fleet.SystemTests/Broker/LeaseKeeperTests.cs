using Fleet.Emulator.Worlds;
using Fleet.Sessions;

namespace Fleet.SystemTests.Broker;

/// <summary>While Redis is away, all replicas together grant what an account may carry, and not each.</summary>
[Category("broker")]
public sealed class LeaseKeeperTests
{
    static readonly TimeSpan TakeOverDeadline = TimeSpan.FromSeconds(30);

    BrokerSystem _system = null!;
    BrokerClient[] _brokers = null!;
    MediaItem _item = null!;

    /// <summary>One account, which may carry two leases, and a Redis that dies before the first.</summary>
    [SetUp]
    public async Task StartAsync()
    {
        _system = await BrokerSystem.StartAsync();
        var world = _system.Telegram.World;
        await _system.LoginAsync(world.AddUser());
        var claim = ("Ownership:Claim", "00:00:02");
        _brokers = [await _system.ServeAsync(claim), await _system.ServeAsync(claim)];
        var file = new NewDocument(new GeneratedContent(1, 1 << 20)) { FileName = "file.bin", Dc = 2 };
        var message = world.Post(world.AddChat(ChatKind.Channel, "news", "keeper"), file);
        _item = (await _brokers[0].ResolveAsync(message.Link, default)).Items.Single();
        await _system.Redis.KillAsync();
    }

    [TearDown]
    public async Task StopAsync() => await _system.DisposeAsync();

    [Test]
    public async Task Two_replicas_grant_no_more_than_one()
    {
        await LeaseAsync(broker: 0);
        await LeaseAsync(broker: 1);

        Assert.That(
            (Refusal(broker: 0), Refusal(broker: 1)),
            Is.EqualTo((BrokerCodes.NoCapacity, BrokerCodes.NoCapacity))
        );
    }

    [Test]
    public async Task A_lease_is_renewed_located_and_given_back_at_whatever_replica()
    {
        var first = await LeaseAsync(broker: 0);
        await LeaseAsync(broker: 0);

        var renewed = await _brokers[1].RenewAsync(first.LeaseId, Renewal(first), default);
        var located = await _brokers[1].RefreshLocationAsync(first.LeaseId, Location(first), default);
        await _brokers[1].ReleaseAsync(first.LeaseId, first.Fence, default);

        Assert.That(renewed.Connections, Is.EqualTo(1));
        Assert.That(located.Location.DocumentId, Is.EqualTo(_item.DocumentId));
        Assert.That(await LeaseAsync(broker: 1), Is.Not.Null);
    }

    [Test]
    public async Task When_the_keeper_ends_another_keeps_its_leases_and_grants_nothing_until_they_would_have_ended()
    {
        var lease = await LeaseAsync(broker: 1); // which is the keeper from here on
        await _brokers[0].RenewAsync(lease.LeaseId, Renewal(lease), default);

        await _system.StopAsync(1);
        await RenewUntilTakenOverAsync(lease);

        var refused = Assert.ThrowsAsync<BrokerException>(() => LeaseAsync(broker: 0));
        Assert.That(refused!.Code, Is.EqualTo(BrokerCodes.NoCapacity));
        Assert.That(refused.RetryAt, Is.GreaterThan(TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(10)));
    }

    /// <summary>The claim of one that ended runs out by the clock of Postgres.</summary>
    async Task RenewUntilTakenOverAsync(LeaseGrant lease)
    {
        using var deadline = new CancellationTokenSource(TakeOverDeadline, TimeProvider.System);
        while (true)
        {
            try
            {
                await _brokers[0].RenewAsync(lease.LeaseId, Renewal(lease), deadline.Token);
                return;
            }
            catch (BrokerException e) when (e.IsTransient)
            {
                // the dead one is still the keeper
            }
        }
    }

    Task<LeaseGrant> LeaseAsync(int broker) =>
        _brokers[broker]
            .LeaseAsync(
                new()
                {
                    DocumentId = _item.DocumentId,
                    Origin = _item.Origin,
                    Dc = _item.Dc,
                    Bytes = 100_000_000,
                },
                default
            );

    string Refusal(int broker) => Assert.ThrowsAsync<BrokerException>(() => LeaseAsync(broker))!.Code;

    LocationRequest Location(LeaseGrant lease) =>
        new()
        {
            Fence = lease.Fence,
            DocumentId = _item.DocumentId,
            Origin = _item.Origin,
        };

    static RenewRequest Renewal(LeaseGrant lease) => new() { Fence = lease.Fence };
}
