using Fleet.Emulator;
using Fleet.Emulator.Worlds;
using Fleet.Telegram;

namespace Fleet.UnitTests.Telegram;

[TestFixture]
[Category("engine")]
public sealed class DownloadFaultTests
{
    const int PartBytes = 131_072;
    const int Parts = 40;
    const string GetFile = "upload.getFile";

    TelegramEmulator _telegram = null!;
    TelegramAccount _account = null!;
    EmulatedMessage _message = null!;

    string File => _message.Link;

    [SetUp]
    public async Task StartAsync()
    {
        _telegram = await TelegramEmulator.StartAsync();
        // In another data centre than the account.
        var document = new NewDocument(new GeneratedContent(5, (Parts * PartBytes) - 100)) { Dc = 4 };
        _message = _telegram.World.Post(_telegram.World.Chat("fleetdemo"), document);
        var options = new DownloadOptions { PartTries = 4, PartBytes = PartBytes };
        _account = await TelegramAccount.LogInAsync(_telegram, download: options);
    }

    [TearDown]
    public async Task StopAsync()
    {
        var leaked = _account.Memory.Rented;
        await _account.DisposeAsync();
        await _telegram.DisposeAsync();
        Assert.That(leaked, Is.Zero, "blocks not given back");
    }

    [TestCase("FILE_REFERENCE_EXPIRED")]
    [TestCase("FILE_REFERENCE_0_EXPIRED")]
    [TestCase("FILEREF_UPGRADE_NEEDED")]
    [TestCase("MTPROTO_CLUSTER_INVALID")]
    [TestCase("FLOOD_SKIP_FAILED_WAIT")]
    [TestCase("500:memory limit exit")]
    [TestCase("Timedout")]
    [TestCase("FILE_MIGRATE_5")]
    [TestCase("FLOOD_WAIT_1")]
    [TestCase("FLOOD_PREMIUM_WAIT_1")]
    [TestCase("AUTH_KEY_UNREGISTERED")]
    [TestCase("RPC_CALL_FAIL")]
    [TestCase("WRONG_SALT")]
    [TestCase("DROP")]
    [TestCase("CUT")]
    [TestCase("DELAY_200")]
    [TestCase("DUPLICATE")]
    [TestCase("REORDER")]
    [TestCase("PACKED")]
    [TestCase("NEW_SESSION")]
    [TestCase("LOST_ANSWER")]
    [TestCase("BAD_MSG_16")]
    [TestCase("BAD_MSG_17")]
    [TestCase("BAD_MSG_18")]
    [TestCase("BAD_MSG_19")]
    [TestCase("BAD_MSG_20")]
    [TestCase("BAD_MSG_32")]
    [TestCase("BAD_MSG_33")]
    [TestCase("BAD_MSG_34")]
    [TestCase("BAD_MSG_35")]
    [TestCase("BAD_MSG_48")]
    [TestCase("BAD_MSG_64")]
    public async Task A_fault_in_the_middle_costs_no_byte(string fault)
    {
        _telegram.Faults.FailNext(GetFile, fault, afterCalls: 10);

        var hash = await _account.HashAsync(File, connections: 3);

        Assert.That(
            (hash, _telegram.Faults.PendingCount),
            Is.EqualTo((await _message.Document!.Content.Sha256HexAsync(), 0))
        );
    }

    [Test]
    public async Task Many_parts_with_an_expired_reference_renew_it_once()
    {
        _telegram.Faults.FailNext(GetFile, "FILE_REFERENCE_EXPIRED", afterCalls: 10);

        await _account.HashAsync(File, connections: 8);

        Assert.That(_telegram.Counters.CallsOf("channels.getMessages"), Is.EqualTo(2));
    }

    [Test]
    public async Task An_address_that_is_none_any_more_is_asked_for_once()
    {
        _telegram.Faults.FailNext(GetFile, "MTPROTO_CLUSTER_INVALID", afterCalls: 10);

        await _account.HashAsync(File, connections: 8);

        Assert.That(_telegram.Counters.CallsOf("help.getConfig"), Is.EqualTo(1));
    }

    [Test]
    public void Addresses_that_stay_wrong_end_the_read()
    {
        _telegram.Faults.FailNext(GetFile, "MTPROTO_CLUSTER_INVALID", count: 500);

        Assert.That(
            () => _account.HashAsync(File),
            Throws.TypeOf<MediaException>().With.Property("Code").EqualTo(MediaErrors.Address)
        );
    }

    [Test]
    public async Task A_moved_file_is_followed_with_a_key_for_the_new_data_centre()
    {
        _telegram.Faults.FailNext(GetFile, "FILE_MIGRATE_5", afterCalls: 10);

        await _account.HashAsync(File);

        Assert.That(_telegram.Counters.CallsOf("auth.importAuthorization", 5), Is.EqualTo(1));
    }

    [Test]
    public async Task A_premium_wait_is_reported_and_slept_through_whatever_it_asks()
    {
        _telegram.Faults.FailNext(GetFile, "FLOOD_PREMIUM_WAIT_1", afterCalls: 5);
        var media = await _account.ResolveAsync(File);
        using var reader = await _account
            .Client(sleepThroughMax: TimeSpan.Zero)
            .OpenAsync(media, CancellationToken.None);

        await ReadAsync(reader);

        var outcomes = reader.Access.Pool.TakeOutcomes();
        Assert.That(
            (outcomes.Parts, outcomes.PremiumWaits, outcomes.PremiumSeconds, outcomes.Floods),
            Is.EqualTo((Parts, 1, 1, 0))
        );
    }

    [Test]
    public async Task A_flood_wait_longer_than_the_limit_ends_the_read_with_the_time()
    {
        _telegram.Faults.FailNext(GetFile, "FLOOD_WAIT_60", afterCalls: 10);
        var media = await _account.ResolveAsync(File);
        using var reader = await _account.Client(connections: 4).OpenAsync(media, CancellationToken.None);

        var error = Assert.CatchAsync<FloodException>(() => ReadAsync(reader))!;

        Assert.That(error.RetryAfter.TotalSeconds, Is.EqualTo(60).Within(5)); // what is left of it when the head part is told
        Assert.That(reader.Access.Pool.TakeOutcomes().FloodSeconds, Is.EqualTo(60));
    }

    [TestCase("SHORT_PART", MediaErrors.PartLength)]
    [TestCase("GARBAGE", MediaErrors.ProtocolViolation)]
    [TestCase("400:LOCATION_INVALID", MediaErrors.Refused)]
    public void A_lying_server_ends_the_read_with_a_typed_error(string fault, string code)
    {
        _telegram.Faults.FailNext(GetFile, fault, afterCalls: 10);

        Assert.That(
            () => _account.HashAsync(File),
            Throws.TypeOf<MediaException>().With.Property("Code").EqualTo(code)
        );
    }

    [Test]
    public async Task A_bit_flipped_on_the_way_ends_the_read_before_it_reaches_anybody()
    {
        await using var line = new FlippingLine(
            _telegram.Dcs.Single(d => d is { Id: 4, MediaOnly: true }).Port,
            flipAt: 2_000_000
        );
        await using var account = await TelegramAccount.LogInAsync(_telegram, mediaPort: (4, line.Port));

        Assert.That(
            () => account.HashAsync(File),
            Throws.TypeOf<MediaException>().With.Property("Code").EqualTo(MediaErrors.ProtocolViolation)
        );
        Assert.That(account.Memory.Rented, Is.Zero);
    }

    [Test]
    public void A_reference_that_stays_refused_ends_the_read()
    {
        _telegram.Faults.FailNext(GetFile, "FILE_REFERENCE_INVALID", count: 500);

        Assert.That(
            () => _account.HashAsync(File),
            Throws.TypeOf<MediaException>().With.Property("Code").EqualTo(MediaErrors.FileReference)
        );
    }

    [Test]
    public void A_server_that_drops_every_connection_ends_the_read()
    {
        _telegram.Faults.FailNext(GetFile, "DROP", count: 500);

        Assert.That(() => _account.HashAsync(File), Throws.TypeOf<UnavailableException>());
    }

    [Test]
    public void A_deleted_message_cannot_renew_a_reference()
    {
        _telegram.Faults.FailNext(GetFile, "FILE_REFERENCE_EXPIRED", afterCalls: 3);
        _telegram.Faults.FailNext("channels.getMessages", "400:CHANNEL_PRIVATE", afterCalls: 1);

        Assert.That(
            () => _account.HashAsync(File),
            Throws.TypeOf<ResolveException>().With.Property("Code").EqualTo(ResolveErrors.SourcePrivate)
        );
    }

    [Test]
    public async Task A_server_that_forgot_every_key_has_logged_the_account_out()
    {
        var media = await _account.ResolveAsync(File);
        var client = _account.Client();
        using (var reader = await client.OpenAsync(media, CancellationToken.None))
            await ReadAsync(reader);
        _telegram.ForgetAuthKeys();
        _telegram.DropConnections();

        using var again = await client.OpenAsync(media, CancellationToken.None);

        Assert.That(
            () => ReadAsync(again),
            Throws.TypeOf<LoginException>().With.Property("Code").EqualTo(LoginErrors.LoggedOut)
        );
    }

    static async Task ReadAsync(MediaReader reader)
    {
        await foreach (var block in reader.ReadAsync(0, CancellationToken.None))
            block.Dispose();
    }
}
