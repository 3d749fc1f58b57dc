using Fleet.Emulator.Worlds;
using Fleet.Sessions;
using Npgsql;

namespace Fleet.SystemTests.Broker;

/// <summary>What operators do with accounts: over HTTP at any replica, and on the command line.</summary>
[Category("broker")]
public sealed class AccountAdminTests
{
    BrokerSystem _system = null!;
    BrokerClient _broker = null!;
    EmulatedAccount _user = null!;
    string _account = null!;
    int _posts;

    World World => _system.Telegram.World;

    [SetUp]
    public async Task StartAsync()
    {
        _system = await BrokerSystem.StartAsync();
        _user = World.AddUser(firstName: "archive");
        _account = await _system.LoginAsync(_user);
        _broker = await _system.ServeAsync();
    }

    [TearDown]
    public async Task StopAsync() => await _system.DisposeAsync();

    [Test]
    public async Task The_accounts_are_listed_without_a_secret()
    {
        await _broker.ResolveAsync(Post(), default);
        var record = await _system.WithStoreAsync(store => store.OpenAsync(_account, default));

        var (status, list) = await _system.CallAsync(HttpMethod.Get, "admin/accounts");
        var (_, one) = await _system.CallAsync(HttpMethod.Get, $"admin/accounts/{_account}");

        Assert.That(status, Is.EqualTo(200));
        Assert.That(list!["accounts"]![0]!.ToJsonString(), Is.EqualTo(one!.ToJsonString()));
        Assert.That(
            ((string)one["label"]!, (string)one["state"]!, (int)one["home_dc"]!, (bool)one["is_bot"]!),
            Is.EqualTo(("archive", "active", 2, false))
        );
        Assert.That((string)one["owner"]!, Does.StartWith("http://127.0.0.1:"));
        Assert.That(
            list.ToJsonString(),
            Does.Not.Contain(record.ApiHash)
                .And.Not.Contain(record.Phone!)
                .And.Not.Contain(FormattableString.Invariant($"{_user.UserId}"))
        );
    }

    [Test]
    public async Task The_admin_API_wants_the_service_token_and_an_account_that_exists()
    {
        var stranger = await _system.CallAsync(HttpMethod.Get, "admin/accounts", token: "not-the-service-token");
        var missing = await _system.CallAsync(HttpMethod.Post, "admin/accounts/a0/disable", new { reason = "x" });

        Assert.That((stranger.Status, (string)stranger.Body!["code"]!), Is.EqualTo((401, "unauthorized")));
        Assert.That((missing.Status, (string)missing.Body!["code"]!), Is.EqualTo((404, "account_not_found")));
    }

    [Test]
    public async Task A_disabled_account_has_no_connection_and_no_lease_until_it_is_enabled()
    {
        var item = (await _broker.ResolveAsync(Post(), default)).Items[0];
        var lease = await _broker.LeaseAsync(Ask(item), default);

        var (_, disabled) = await DoAsync("disable", "too slow");
        var renewed = CodeOf(() => _broker.RenewAsync(lease.LeaseId, new() { Fence = lease.Fence }, default));
        var leased = CodeOf(() => _broker.LeaseAsync(Ask(item), default));
        var (_, enabled) = await DoAsync("enable", "fast again");
        await _broker.LeaseAsync(Ask(item), default);

        Assert.That(
            ((string)disabled!["state"]!, (string)disabled["reason"]!, disabled["owner"]),
            Is.EqualTo(("disabled", "too slow", (object?)null))
        );
        Assert.That((renewed, leased), Is.EqualTo((BrokerCodes.StaleFence, BrokerCodes.NoAccount)));
        Assert.That((string)enabled!["state"]!, Is.EqualTo("active"));
        Assert.That(_system.Events.Lines.Select(line => line.Id), Is.EqualTo(new[] { 4002, 4002 }));
    }

    [Test]
    public async Task A_draining_account_gets_no_lease_and_serves_the_ones_it_has()
    {
        var item = (await _broker.ResolveAsync(Post(), default)).Items[0];
        var lease = await _broker.LeaseAsync(Ask(item), default);

        var (_, draining) = await DoAsync("drain", "moves house");
        await _broker.RenewAsync(lease.LeaseId, new() { Fence = lease.Fence }, default);
        var location = await _broker.RefreshLocationAsync(
            lease.LeaseId,
            new()
            {
                Fence = lease.Fence,
                DocumentId = item.DocumentId,
                Origin = item.Origin,
            },
            default
        );
        var leased = CodeOf(() => _broker.LeaseAsync(Ask(item), default));

        Assert.That((string)draining!["state"]!, Is.EqualTo("draining"));
        Assert.That(location.Location.DocumentId, Is.EqualTo(item.DocumentId));
        Assert.That(leased, Is.EqualTo(BrokerCodes.NoAccount));
    }

    [Test]
    public async Task A_removed_account_is_logged_out_by_its_owner_whichever_replica_was_asked()
    {
        var second = await _system.ServeAsync();
        await _broker.ResolveAsync(Post(), default);

        var (status, _) = await _system.CallAsync(
            HttpMethod.Delete,
            $"admin/accounts/{_account}",
            new { reason = "gone" },
            broker: 1
        );

        var (left, _) = await _system.CallAsync(HttpMethod.Get, $"admin/accounts/{_account}");
        Assert.That((status, left), Is.EqualTo((204, 404)));
        Assert.That(_system.Telegram.Counters.CallsOf("auth.logOut"), Is.EqualTo(1));
        Assert.That(_system.Telegram.Counters.DuplicateKeys, Is.Zero);
        Assert.That(CodeOf(() => second.ResolveAsync(Post(), default)), Is.EqualTo(BrokerCodes.NoAccount));
    }

    [Test]
    public async Task Of_a_removed_account_no_sealed_byte_is_left()
    {
        var item = (await _broker.ResolveAsync(Post(), default)).Items[0];
        await _broker.LeaseAsync(Ask(item), default);
        await _broker.LeaseAsync(Ask(item) with { Dc = item.Dc is 4 ? 5 : 4 }, default); // a key besides that of its home
        var before = await SealedRowsAsync();

        await _system.CallAsync(HttpMethod.Delete, $"admin/accounts/{_account}");

        Assert.That((before > 1, await SealedRowsAsync()), Is.EqualTo((true, 0L)));
    }

    [Test]
    public async Task A_lease_of_a_removed_account_is_stale_whatever_it_reports()
    {
        var item = (await _broker.ResolveAsync(Post(), default)).Items[0];
        var lease = await _broker.LeaseAsync(Ask(item), default);
        await _system.CallAsync(HttpMethod.Delete, $"admin/accounts/{_account}");

        var flooded = new LeaseOutcome
        {
            Kind = OutcomeKind.FloodWait,
            Count = 1,
            Seconds = 7200,
        };
        var renewal = new RenewRequest { Fence = lease.Fence, Outcomes = [flooded] };

        Assert.That(
            CodeOf(() => _broker.RenewAsync(lease.LeaseId, renewal, default)),
            Is.EqualTo(BrokerCodes.StaleFence)
        );
    }

    [Test]
    public async Task A_removal_that_Telegram_does_not_hear_of_leaves_the_account_draining_unless_it_is_forced()
    {
        _system.Telegram.Faults.FailNext("auth.logOut", "RPC_CALL_FAIL", count: 3);

        var refused = await _system.CallAsync(HttpMethod.Delete, $"admin/accounts/{_account}");
        var (_, state) = await _system.CallAsync(HttpMethod.Get, $"admin/accounts/{_account}");
        var forced = await _system.CallAsync(HttpMethod.Delete, $"admin/accounts/{_account}", new { force = true });

        Assert.That((refused.Status, (string)refused.Body!["code"]!), Is.EqualTo((502, "telegram_unavailable")));
        Assert.That((string)state!["state"]!, Is.EqualTo("draining"));
        Assert.That(forced.Status, Is.EqualTo(204));
    }

    [Test]
    public async Task The_command_line_does_the_same_while_a_broker_runs_the_account()
    {
        await _broker.ResolveAsync(Post(), default);

        var disabled = await _system.RunAsync("accounts", ["disable", _account, "--reason", "for a test"]);
        var drained = await _system.RunAsync("accounts", ["drain", _account]);
        await _system.RunAsync("accounts", ["enable", _account]);
        await _broker.ResolveAsync(Post(), default);
        var removed = await _system.RunAsync("accounts", ["remove", _account]);
        var listed = await _system.RunAsync("accounts", []);

        Assert.That(disabled.Said, Is.EqualTo($"{_account}  disabled    user     DC 2  archive  (for a test)"));
        Assert.That(
            (drained.Exit, drained.Complained),
            Is.EqualTo((1, "fleet-broker accounts: account_state: the account is disabled"))
        );
        Assert.That((removed.Exit, removed.Said), Is.EqualTo((0, $"{_account} is removed")), removed.Complained);
        Assert.That(listed.Said, Is.Empty);
        Assert.That(_system.Telegram.Counters.CallsOf("auth.logOut"), Is.EqualTo(1));
        Assert.That(_system.Telegram.Counters.DuplicateKeys, Is.Zero);
    }

    [Test]
    public async Task A_login_that_a_broker_has_connected_is_not_imported_before_it_is_disabled()
    {
        await _broker.ResolveAsync(Post(), default);
        var text = (await _system.RunAsync("export", [_account, "telethon"])).Said;

        var refused = await _system.RunAsync("import", ["--name", "again"], text);
        await _system.RunAsync("accounts", ["disable", _account]);
        var imported = await _system.RunAsync("import", ["--name", "again"], text);

        Assert.That((refused.Exit, imported.Exit), Is.EqualTo((1, 0)), imported.Complained);
        Assert.That(refused.Complained, Does.Contain($"account {_account} has this login"));
        Assert.That(_system.Telegram.Counters.DuplicateKeys, Is.Zero);
    }

    [TestCase("disable")]
    [TestCase("disable", "a1", "--force")]
    [TestCase("remove", "a1", "--reason")]
    [TestCase("forget", "a1")]
    public async Task Wrong_usage_of_the_command_line_ends_with_2(params string[] args) =>
        Assert.That((await _system.RunAsync("accounts", args)).Exit, Is.EqualTo(2));

    Task<(int Status, System.Text.Json.Nodes.JsonNode? Body)> DoAsync(string deed, string reason) =>
        _system.CallAsync(HttpMethod.Post, $"admin/accounts/{_account}/{deed}", new { reason });

    string Post()
    {
        var channel = World.AddChat(ChatKind.Channel, "news", $"channel_{++_posts}");
        return World.Post(channel, new NewDocument(new GeneratedContent(_posts, 4096)) { Dc = 4 }).Link;
    }

    static string CodeOf<T>(Func<Task<T>> call) => Assert.ThrowsAsync<BrokerException>(async () => await call())!.Code;

    static LeaseRequest Ask(MediaItem item) =>
        new()
        {
            DocumentId = item.DocumentId,
            Origin = item.Origin,
            Dc = item.Dc,
            Bytes = item.SizeBytes,
        };

    async Task<long> SealedRowsAsync()
    {
        await using var connection = new NpgsqlConnection(_system.Database);
        await connection.OpenAsync();
        await using var count = new NpgsqlCommand(
            "select (select count(*) from account) + (select count(*) from account_dc_key)",
            connection
        );
        return (long)(await count.ExecuteScalarAsync())!;
    }
}
