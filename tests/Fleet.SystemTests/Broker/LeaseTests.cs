using System.Security.Cryptography;
using Fleet.Emulator.Worlds;
using Fleet.MtProto;
using Fleet.Sessions;
using Fleet.Telegram;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.SystemTests.Broker;

[Category("broker")]
public sealed class LeaseTests
{
    const int Size = (3 << 20) + 17;

    BrokerSystem _system = null!;
    BrokerClient _broker = null!;

    World World => _system.Telegram.World;

    [SetUp]
    public async Task StartAsync()
    {
        _system = await BrokerSystem.StartAsync();
        await _system.LoginAsync(World.AddUser());
        _broker = await _system.ServeAsync();
    }

    [TearDown]
    public async Task StopAsync() => await _system.DisposeAsync();

    [TestCase(2)]
    [TestCase(4)]
    public async Task A_lease_reads_the_file_from_home_and_from_another_data_centre(int dc)
    {
        var message = Post(dc);
        var item = await ResolveAsync(message);

        var grant = await _broker.LeaseAsync(Ask(item), default);
        var read = await DownloadAsync(grant, item.SizeBytes);

        Assert.That(grant.Dc, Is.EqualTo(dc));
        Assert.That(grant.Addresses, Has.All.Property(nameof(LeaseAddress.MediaOnly)).True);
        Assert.That(grant.Connections, Is.EqualTo(2));
        Assert.That(SHA256.HashData(read), Is.EqualTo(await message.Document!.Content.Sha256Async()));
        Assert.That(_system.Telegram.Counters.DuplicateKeys, Is.Zero);
    }

    [Test]
    public async Task Whoever_is_sent_to_a_CDN_is_told_where_it_is_and_Telegram_is_asked_once()
    {
        var found = await _broker.FindCdnAsync(_system.Telegram.Cdn.Id, default);
        await _broker.FindCdnAsync(_system.Telegram.Cdn.Id, default);
        var grant = await _broker.LeaseAsync(Ask(await ResolveAsync(Post(dc: 2))), default);

        Assert.That(
            found.Addresses,
            Is.EqualTo(new[] { new LeaseAddress("127.0.0.1", _system.Telegram.Cdn.Port, false) })
        );
        Assert.That(found.PublicKeys, Has.One.Contains("RSA PUBLIC KEY"));
        Assert.That(_system.Telegram.Counters.CallsOf("help.getCdnConfig"), Is.EqualTo(1));
        Assert.That(grant.CdnSupported, Is.True);
    }

    [Test]
    public void A_CDN_that_Telegram_does_not_have_is_no_answer()
    {
        var error = Assert.ThrowsAsync<BrokerException>(() => _broker.FindCdnAsync(204, default));

        Assert.That(error!.Code, Is.EqualTo(BrokerCodes.TelegramUnavailable));
    }

    [Test]
    public async Task The_key_of_a_data_centre_is_made_once_for_many_who_ask_at_once()
    {
        await using var system = await BrokerSystem.StartAsync();
        await system.LoginAsync(system.Telegram.World.AddUser(premium: true)); // has room for all
        var broker = await system.ServeAsync();
        var item = await ResolveAsync(system, broker, dc: 5);
        var exchanges = system.Telegram.Counters.KeyExchanges;

        var grants = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(_ => broker.LeaseAsync(Ask(item) with { Bytes = 1000 }, default))
        );

        Assert.That(system.Telegram.Counters.KeyExchanges - exchanges, Is.EqualTo(1));
        Assert.That(
            grants.Select(g => Convert.ToHexString(g.AuthKey)).Distinct(StringComparer.Ordinal).Count(),
            Is.EqualTo(1)
        );
        Assert.That(grants.Select(g => g.Fence), Is.Unique);
        Assert.That(grants.Select(g => g.LeaseId), Is.Unique);
    }

    [Test]
    public async Task A_spare_lease_takes_an_account_that_nobody_uses_and_is_wanted_back_when_another_shares_it()
    {
        var item = await ResolveAsync(Post(dc: 2));
        var spare = Ask(item) with { Priority = LeasePriority.Spare };

        var only = await _broker.LeaseAsync(spare, default);
        var refused = Assert.ThrowsAsync<BrokerException>(() => _broker.LeaseAsync(spare, default));
        var alone = await _broker.RenewAsync(only.LeaseId, Renewal(only), default);
        await _broker.LeaseAsync(Ask(item), default);
        var shared = await _broker.RenewAsync(only.LeaseId, Renewal(only), default);

        Assert.That(refused!.Code, Is.EqualTo(BrokerCodes.NoCapacity));
        Assert.That((alone.Wanted, shared.Wanted), Is.EqualTo((false, true)));
    }

    [TestCase(false, 2, 2 << 20)]
    [TestCase(true, 8, 16 << 20)]
    public async Task The_leases_of_an_account_share_its_connections_and_its_window(bool premium, int all, int window)
    {
        await using var system = await BrokerSystem.StartAsync();
        await system.LoginAsync(system.Telegram.World.AddUser(premium: premium));
        var broker = await system.ServeAsync();
        var item = await ResolveAsync(system, broker, dc: 2);

        var first = await broker.LeaseAsync(Ask(item), default);
        var second = await broker.LeaseAsync(Ask(item), default);
        var shared = await broker.RenewAsync(first.LeaseId, Renewal(first), default);
        await broker.ReleaseAsync(second.LeaseId, second.Fence, default);
        var alone = await broker.RenewAsync(first.LeaseId, Renewal(first), default);

        Assert.That((first.Connections, first.WindowBytes), Is.EqualTo((all, window)));
        Assert.That((second.Connections, second.WindowBytes), Is.EqualTo((all / 2, window / 2)));
        Assert.That((shared.Connections, shared.WindowBytes), Is.EqualTo((all / 2, window / 2)));
        Assert.That((alone.Connections, alone.WindowBytes), Is.EqualTo((all, window)));
    }

    [Test]
    public async Task A_full_account_is_no_capacity_with_a_time_and_a_release_makes_room()
    {
        var item = await ResolveAsync(Post(dc: 2));
        var first = await _broker.LeaseAsync(Ask(item), default);
        await _broker.LeaseAsync(Ask(item), default);

        var error = Assert.ThrowsAsync<BrokerException>(() => _broker.LeaseAsync(Ask(item), default));
        await _broker.ReleaseAsync(first.LeaseId, first.Fence, default);

        Assert.That(error!.Code, Is.EqualTo(BrokerCodes.NoCapacity));
        Assert.That(error.RetryAt, Is.Not.Null);
        Assert.That(await _broker.LeaseAsync(Ask(item), default), Is.Not.Null);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Who_waits_in_line_gets_the_place_that_is_given_back_at_whatever_replica(bool elsewhere)
    {
        var item = await ResolveAsync(Post(dc: 2));
        var first = await _broker.LeaseAsync(Ask(item), default);
        await _broker.LeaseAsync(Ask(item), default);
        var other = elsewhere ? await _system.ServeAsync() : _broker;

        var waiting = _broker.LeaseAsync(Ask(item) with { WaitMs = 20_000 }, default);
        await other.ReleaseAsync(first.LeaseId, first.Fence, default);

        Assert.That((await waiting).Fence, Is.GreaterThan(first.Fence));
    }

    [Test]
    public async Task Who_has_waited_in_vain_is_told_that_there_is_no_capacity_and_leaves_the_line()
    {
        var item = await ResolveAsync(Post(dc: 2));
        var first = await _broker.LeaseAsync(Ask(item), default);
        await _broker.LeaseAsync(Ask(item), default);

        var error = Assert.ThrowsAsync<BrokerException>(() =>
            _broker.LeaseAsync(Ask(item) with { WaitMs = 50 }, default)
        );
        await _broker.ReleaseAsync(first.LeaseId, first.Fence, default);

        Assert.That(error!.Code, Is.EqualTo(BrokerCodes.NoCapacity));
        Assert.That(await _broker.LeaseAsync(Ask(item), default), Is.Not.Null);
    }

    [Test]
    public async Task A_lease_is_renewed_by_its_own_fence_only_and_not_after_its_release()
    {
        var item = await ResolveAsync(Post(dc: 2));
        var grant = await _broker.LeaseAsync(Ask(item), default);

        var renewed = await _broker.RenewAsync(grant.LeaseId, Renewal(grant), default);
        var stranger = RenewalError(grant, new RenewRequest { Fence = grant.Fence + 1 });
        await _broker.ReleaseAsync(grant.LeaseId, grant.Fence, default);
        var late = RenewalError(grant, Renewal(grant));

        Assert.That(renewed.ExpiresAt, Is.GreaterThanOrEqualTo(grant.ExpiresAt));
        Assert.That((stranger, late), Is.EqualTo((BrokerCodes.StaleFence, BrokerCodes.StaleFence)));
    }

    [Test]
    public async Task Another_fence_renews_nothing_also_after_the_table_was_lost()
    {
        var grant = await _broker.LeaseAsync(Ask(await ResolveAsync(Post(dc: 2))), default);

        await _system.Redis.FlushAsync();
        var stranger = RenewalError(grant, new RenewRequest { Fence = grant.Fence + 1 });
        await _broker.RenewAsync(grant.LeaseId, Renewal(grant), default);

        Assert.That(stranger, Is.EqualTo(BrokerCodes.StaleFence));
    }

    [Test]
    public async Task A_reported_flood_gives_the_file_to_another_account_and_then_names_a_time()
    {
        await _system.LoginAsync(World.AddUser());
        var item = await ResolveAsync(Post(dc: 2));

        var first = await _broker.LeaseAsync(Ask(item), default);
        await ReportAsync(first, OutcomeKind.FloodWait, 300);
        var second = await _broker.LeaseAsync(Ask(item), default);
        await ReportAsync(second, OutcomeKind.FloodWait, 600);
        var error = Assert.ThrowsAsync<BrokerException>(() => _broker.LeaseAsync(Ask(item), default));

        Assert.That(second.Account, Is.Not.EqualTo(first.Account));
        Assert.That(error!.Code, Is.EqualTo(BrokerCodes.Flood));
        var wait = error.RetryAt!.Value - TimeProvider.System.GetUtcNow();
        Assert.That(wait, Is.InRange(TimeSpan.FromSeconds(200), TimeSpan.FromSeconds(303)));
    }

    [Test]
    public async Task Floods_outlive_Redis()
    {
        var item = await ResolveAsync(Post(dc: 2));
        var grant = await _broker.LeaseAsync(Ask(item), default);
        await ReportAsync(grant, OutcomeKind.FloodWait, 300);

        await _system.Redis.FlushAsync();

        var error = Assert.ThrowsAsync<BrokerException>(() => _broker.LeaseAsync(Ask(item), default));
        Assert.That(error!.Code, Is.EqualTo(BrokerCodes.Flood));
    }

    [Test]
    public async Task A_short_flood_parks_nobody()
    {
        var item = await ResolveAsync(Post(dc: 2));
        var grant = await _broker.LeaseAsync(Ask(item), default);

        await ReportAsync(grant, OutcomeKind.FloodWait, 3);

        Assert.That(await _broker.LeaseAsync(Ask(item) with { Bytes = 1000 }, default), Is.Not.Null);
    }

    [Test]
    public async Task A_flushed_Redis_loses_neither_leases_nor_budget()
    {
        var item = await ResolveAsync(Post(dc: 2));
        var first = await _broker.LeaseAsync(Ask(item), default);
        var second = await _broker.LeaseAsync(Ask(item), default);

        await _system.Redis.FlushAsync();
        await _broker.RenewAsync(first.LeaseId, Renewal(first), default);
        await _broker.RenewAsync(second.LeaseId, Renewal(second), default);

        var error = Assert.ThrowsAsync<BrokerException>(() => _broker.LeaseAsync(Ask(item), default));
        Assert.That(error!.Code, Is.EqualTo(BrokerCodes.NoCapacity));
    }

    [Test]
    public async Task A_Redis_that_forgot_its_scripts_is_given_them_again()
    {
        var item = await ResolveAsync(Post(dc: 2));
        var grant = await _broker.LeaseAsync(Ask(item), default);
        using (var redis = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync(_system.Redis.Endpoint))
            await redis.GetDatabase().ExecuteAsync("SCRIPT", "FLUSH");

        await _broker.RenewAsync(grant.LeaseId, Renewal(grant), default);
        var second = await _broker.LeaseAsync(Ask(item), default);

        Assert.That(second.Connections, Is.EqualTo(1), "the table still knows the first lease");
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Without_Redis_links_are_resolved_and_leases_granted_renewed_and_read(bool frozen)
    {
        if (frozen)
            _system.Redis.Freeze();
        else
            await _system.Redis.KillAsync();

        var item = await ResolveAsync(Post(dc: 4));
        var grant = await _broker.LeaseAsync(Ask(item), default);
        var read = await DownloadAsync(grant, item.SizeBytes);
        await _broker.RenewAsync(grant.LeaseId, Renewal(grant), default);
        await _broker.ReleaseAsync(grant.LeaseId, grant.Fence, default);

        Assert.That(read, Has.Length.EqualTo(Size));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task While_leases_are_out_whose_record_was_lost_they_live_on_and_there_are_no_new_ones(bool flushed)
    {
        var item = await ResolveAsync(Post(dc: 2));
        var grant = await _broker.LeaseAsync(Ask(item), default);
        if (flushed)
            await _system.Redis.FlushAsync();
        else
            await _system.Redis.KillAsync();

        var error = Assert.ThrowsAsync<BrokerException>(() => _broker.LeaseAsync(Ask(item), default));
        var renewed = await _broker.RenewAsync(grant.LeaseId, Renewal(grant), default);

        Assert.That(error!.Code, Is.EqualTo(BrokerCodes.NoCapacity));
        var wait = error.RetryAt!.Value - TimeProvider.System.GetUtcNow();
        Assert.That(wait, Is.InRange(TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(30)));
        Assert.That(renewed.Connections, Is.EqualTo(2));
    }

    [Test]
    public async Task An_expired_file_reference_is_fetched_anew()
    {
        var message = Post(dc: 2);
        var item = await ResolveAsync(message);
        var grant = await _broker.LeaseAsync(Ask(item), default);
        _system.Telegram.Faults.FailNext("upload.getFile", "FILE_REFERENCE_EXPIRED");

        var read = await DownloadAsync(
            grant,
            item.SizeBytes,
            async () =>
            {
                var fresh = await _broker.RefreshLocationAsync(
                    grant.LeaseId,
                    new LocationRequest
                    {
                        Fence = grant.Fence,
                        DocumentId = item.DocumentId,
                        Origin = item.Origin,
                    },
                    default
                );
                return fresh.Location;
            }
        );

        Assert.That(SHA256.HashData(read), Is.EqualTo(await message.Document!.Content.Sha256Async()));
    }

    [Test]
    public async Task Each_account_gets_a_location_of_its_own()
    {
        await _system.LoginAsync(World.AddUser());
        var item = await ResolveAsync(Post(dc: 2));

        var first = await _broker.LeaseAsync(Ask(item), default);
        var second = await _broker.LeaseAsync(Ask(item) with { ExcludeAccounts = [first.Account] }, default);

        Assert.That(second.Account, Is.Not.EqualTo(first.Account));
        Assert.That(second.Location.AccessHash, Is.Not.EqualTo(first.Location.AccessHash));
        Assert.That(await DownloadAsync(second, item.SizeBytes), Has.Length.EqualTo(Size));
    }

    [Test]
    public async Task A_private_chat_is_leased_to_its_member_only()
    {
        var member = World.AddUser();
        var id = await _system.LoginAsync(member);
        var chat = World.AddChat(ChatKind.Channel, "closed", members: member);
        var item = await ResolveAsync(World.Post(chat, Document(2)));
        await _system.Redis.FlushAsync(); // nobody remembers who knows the chat

        var grant = await _broker.LeaseAsync(Ask(item), default);
        var error = Assert.ThrowsAsync<BrokerException>(() =>
            _broker.LeaseAsync(Ask(item) with { ExcludeAccounts = [id] }, default)
        );

        Assert.That(grant.Account, Is.EqualTo(id));
        Assert.That(error!.Code, Is.EqualTo(BrokerCodes.SourcePrivate));
    }

    [Test]
    public async Task A_refused_key_is_replaced_by_a_new_one()
    {
        var item = await ResolveAsync(Post(dc: 4));
        var first = await _broker.LeaseAsync(Ask(item), default);

        await ReportAsync(first, OutcomeKind.KeyRejected, null);
        await _broker.ReleaseAsync(first.LeaseId, first.Fence, default);
        var second = await _broker.LeaseAsync(Ask(item), default);

        Assert.That(second.AuthKey, Is.Not.EqualTo(first.AuthKey));
        Assert.That(await DownloadAsync(second, item.SizeBytes), Has.Length.EqualTo(Size));
    }

    [Test]
    public async Task A_session_that_Telegram_revoked_is_set_aside()
    {
        await _system.LoginAsync(World.AddUser());
        var message = Post(dc: 2);
        _system.Telegram.Faults.FailNext("contacts.resolveUsername", "401:SESSION_REVOKED");

        await ResolveAsync(message);

        var (_, list, _) = await _system.RunAsync("accounts", []);
        Assert.That(list, Does.Contain("logged_out"));
        Assert.That(list, Does.Contain("  active"), "the other one answered");
    }

    [Test]
    public async Task A_deleted_message_is_message_not_found_for_an_account_that_has_no_location()
    {
        var message = Post(dc: 2);
        var item = await ResolveAsync(message);
        message.Chat.Delete(message.Id);
        await _system.Redis.FlushAsync();

        var error = Assert.ThrowsAsync<BrokerException>(() => _broker.LeaseAsync(Ask(item), default));

        Assert.That(error!.Code, Is.EqualTo(BrokerCodes.MessageNotFound));
    }

    [Test]
    public async Task Without_an_account_there_is_no_account()
    {
        await using var empty = await BrokerSystem.StartAsync();
        var broker = await empty.ServeAsync();

        var lease = Assert.ThrowsAsync<BrokerException>(() =>
            broker.LeaseAsync(
                new LeaseRequest
                {
                    DocumentId = 1,
                    Dc = 2,
                    Bytes = 1,
                    Origin = new OriginRef
                    {
                        PeerKind = "channel",
                        PeerId = 1,
                        MessageId = 1,
                    },
                },
                default
            )
        );
        var resolve = Assert.ThrowsAsync<BrokerException>(() =>
            broker.ResolveAsync("https://t.me/fleetdemo/2", default)
        );

        Assert.That((lease!.Code, resolve!.Code), Is.EqualTo((BrokerCodes.NoAccount, BrokerCodes.NoAccount)));
    }

    EmulatedMessage Post(int dc) =>
        World.Post(World.AddChat(ChatKind.Channel, "news", $"channel_{World.Chats.Count}"), Document(dc));

    static NewDocument Document(int dc) => new(new GeneratedContent(dc, Size)) { FileName = "file.bin", Dc = dc };

    async Task<MediaItem> ResolveAsync(EmulatedMessage message) =>
        (await _broker.ResolveAsync(message.Link, default)).Items.Single();

    static async Task<MediaItem> ResolveAsync(BrokerSystem system, BrokerClient broker, int dc)
    {
        var world = system.Telegram.World;
        var message = world.Post(world.AddChat(ChatKind.Channel, "news", "channel_of_its_own"), Document(dc));
        return (await broker.ResolveAsync(message.Link, default)).Items.Single();
    }

    static LeaseRequest Ask(MediaItem item) =>
        new()
        {
            DocumentId = item.DocumentId,
            Origin = item.Origin,
            Dc = item.Dc,
            Bytes = 100_000_000,
        };

    static RenewRequest Renewal(LeaseGrant grant) => new() { Fence = grant.Fence };

    string RenewalError(LeaseGrant grant, RenewRequest request) =>
        Assert.ThrowsAsync<BrokerException>(() => _broker.RenewAsync(grant.LeaseId, request, default))!.Code;

    Task ReportAsync(LeaseGrant grant, string kind, int? seconds) =>
        _broker.RenewAsync(
            grant.LeaseId,
            Renewal(grant) with
            {
                Outcomes = [new LeaseOutcome { Kind = kind, Seconds = seconds }],
            },
            default
        );

    static async Task<byte[]> DownloadAsync(LeaseGrant grant, long size, Func<Task<LeaseLocation>>? renew = null)
    {
        await using var pool = new DcPool(
            new DcPoolOptions
            {
                Dc = grant.Dc,
                Addresses = [.. grant.Addresses.Select(a => new DcAddress(grant.Dc, a.Host, a.Port, a.MediaOnly))],
                AuthKey = AuthKey.Import(grant.AuthKey),
                ServerSalt = grant.ServerSalt,
                Client = new ClientInfo(grant.Client.ApiId, grant.Client.DeviceModel),
                Connections = grant.Connections,
                WindowBytes = grant.WindowBytes,
            },
            TimeProvider.System,
            NullLogger.Instance
        );
        using var reader = new MediaReader(
            new MediaAccess(pool, At(grant.Location)),
            size,
            async (renewal, _) => new MediaAccess(renewal.Stale.Pool, At(await renew!())),
            new MediaReaderContext(
                new MemoryBudget(16 << 20),
                new DownloadOptions(),
                TimeProvider.System,
                NullLogger.Instance
            )
        );
        using var read = new MemoryStream();
        await foreach (var block in reader.ReadAsync(0, default))
        {
            using (block)
                read.Write(block.Memory.Span);
        }

        return read.ToArray();
    }

    static FileLocation At(LeaseLocation location) =>
        new(location.DocumentId, location.AccessHash, location.FileReference);
}
