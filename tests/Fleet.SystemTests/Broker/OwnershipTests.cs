using Fleet.Broker.Accounts;
using Fleet.Emulator.Worlds;
using Fleet.Sessions;
using Fleet.Telegram;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Fleet.SystemTests.Broker;

/// <summary>One main session per account, whatever the number of brokers.</summary>
[Category("broker")]
public sealed class OwnershipTests
{
    BrokerSystem _system = null!;
    string _account = null!;
    int _posts;

    World World => _system.Telegram.World;

    [SetUp]
    public async Task StartAsync()
    {
        _system = await BrokerSystem.StartAsync();
        _account = await _system.LoginAsync(World.AddUser());
    }

    [TearDown]
    public async Task StopAsync() => await _system.DisposeAsync();

    [Test]
    public async Task Two_brokers_share_one_session_and_both_answer()
    {
        var brokers = new[] { await _system.ServeAsync(), await _system.ServeAsync() };
        var links = Enumerable.Range(0, 12).Select(_ => Post()).ToArray();

        var answers = await Task.WhenAll(links.Select((link, i) => brokers[i % 2].ResolveAsync(link, default)));
        var leases = await Task.WhenAll(
            answers.Take(2).Select((answer, i) => brokers[i].LeaseAsync(Ask(answer.Items[0]), default)) // as many as it may have
        );

        Assert.That(answers.Select(answer => answer.Items[0].DocumentId), Is.Unique);
        Assert.That(leases.Select(lease => lease.Fence), Is.Unique);
        Assert.That(_system.Telegram.Counters.DuplicateKeys, Is.Zero);
        Assert.That(await OwnersAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task The_emulator_would_notice_a_second_session()
    {
        var record = await _system.WithStoreAsync(store => store.OpenAsync(_account, default));
        await using var first = await SessionAsync(record);
        await using var second = await SessionAsync(record);
        await first.VerifyAsync(default);

        var error = Assert.ThrowsAsync<LoginException>(() => second.VerifyAsync(default));

        Assert.That(error!.Code, Is.EqualTo(LoginErrors.Duplicated));
        Assert.That(_system.Telegram.Counters.DuplicateKeys, Is.EqualTo(1));
    }

    [Test]
    public async Task When_the_owner_stops_another_broker_goes_on_at_once()
    {
        var first = await _system.ServeAsync();
        var second = await _system.ServeAsync();
        await first.ResolveAsync(Post(), default);
        await _system.StopAsync(0);

        await second.ResolveAsync(Post(), default);

        Assert.That(_system.Telegram.Counters.DuplicateKeys, Is.Zero);
    }

    [Test, CancelAfter(30_000)]
    public async Task An_owner_that_lost_its_claim_closes_the_session_and_refuses(CancellationToken ct)
    {
        var broker = await _system.ServeAsync(("Ownership:Claim", "00:00:02"));
        await broker.ResolveAsync(Post(), default);
        await SqlAsync(
            $"update account_owner set owner = 'http://127.0.0.1:1/', fence = fence + 1000000, until = now() + interval '1 hour'"
        );

        var code = "";
        while (code is not BrokerCodes.BrokerUnavailable) // the next renewal notices
        {
            try
            {
                await broker.ResolveAsync(Post(), ct);
            }
            catch (BrokerException e)
            {
                code = e.Code;
            }
        }

        Assert.That(_system.Telegram.Counters.DuplicateKeys, Is.Zero);
    }

    [Test]
    public async Task Main_sessions_are_sent_no_updates()
    {
        var broker = await _system.ServeAsync();
        _system.Telegram.Counters.Reset();

        await broker.LeaseAsync(Ask((await broker.ResolveAsync(Post(), default)).Items[0]), default);

        Assert.That(_system.Telegram.Counters.Calls, Is.Not.Empty);
        Assert.That(_system.Telegram.Counters.CallsWithUpdates, Is.Zero);
    }

    [Test]
    public async Task A_claim_that_ran_out_passes_to_whoever_asks()
    {
        await SqlAsync(
            $"insert into account_owner values ('{_account}', 'http://127.0.0.1:1/', 1, now() - interval '1 second')"
        );
        var broker = await _system.ServeAsync();

        Assert.That((await broker.ResolveAsync(Post(), default)).Items, Has.Length.EqualTo(1));
    }

    [Test, CancelAfter(30_000)]
    public async Task An_idle_session_is_closed_and_opened_again_when_it_is_needed(CancellationToken ct)
    {
        var broker = await _system.ServeAsync(("Ownership:Claim", "00:00:02"), ("Ownership:Idle", "00:00:01"));
        await broker.ResolveAsync(Post(), default);

        while (await OwnersAsync() > 0 || _system.Telegram.Counters.OpenConnections > 0)
            ct.ThrowIfCancellationRequested();

        Assert.That((await broker.ResolveAsync(Post(), default)).Items, Has.Length.EqualTo(1));
        Assert.That(await OwnersAsync(), Is.EqualTo(1));
    }

    string Post()
    {
        var channel = World.AddChat(ChatKind.Channel, "news", $"channel_{++_posts}");
        return World.Post(channel, new NewDocument(new GeneratedContent(_posts, 4096)) { Dc = 4 }).Link;
    }

    static LeaseRequest Ask(MediaItem item) =>
        new()
        {
            DocumentId = item.DocumentId,
            Origin = item.Origin,
            Dc = item.Dc,
            Bytes = item.SizeBytes,
        };

    Task<MainSession> SessionAsync(AccountRecord record) =>
        _system.WithNetworkAsync(network =>
            Task.FromResult(
                new MainSession(
                    network.Session(AccountClient.Of(record)),
                    new SessionState
                    {
                        HomeDc = record.HomeDc,
                        AuthKey = record.AuthKey,
                        ServerSalt = record.ServerSalt,
                        UserId = record.UserId,
                    },
                    TimeProvider.System,
                    NullLogger.Instance
                )
            )
        );

    async Task<long> OwnersAsync()
    {
        await using var source = NpgsqlDataSource.Create(_system.Database);
        await using var count = source.CreateCommand("select count(*) from account_owner");
        return (long)(await count.ExecuteScalarAsync())!;
    }

    async Task SqlAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_system.Database);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
