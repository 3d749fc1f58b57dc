using Fleet.Emulator;
using Fleet.Telegram;

namespace Fleet.UnitTests.Telegram;

[TestFixture]
[Category("engine")]
public sealed class TakeoutTests
{
    const string File = "https://t.me/fleetdemo/3"; // 32 MiB in DC 4; the account lives in DC 2
    const string GetFile = "upload.getFile";

    TelegramEmulator _telegram = null!;
    TelegramAccount _account = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _telegram = await TelegramEmulator.StartAsync();
        _account = await TelegramAccount.LogInAsync(_telegram);
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _account.DisposeAsync();
        await _telegram.DisposeAsync();
    }

    [Test]
    public async Task Everything_that_is_read_while_a_takeout_is_on_is_read_in_it()
    {
        await BeginAsync();

        var hash = await _account.HashAsync(File);
        await FinishAsync(success: true);

        var takeout = _telegram.Takeouts.All.Single();
        Assert.That(
            (hash, takeout.Files, takeout.FileMaxBytes, takeout.Success),
            Is.EqualTo((await ContentAsync(), true, 4000L << 20, true))
        );
        Assert.That(
            takeout.Calls.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => (c.Key, c.Value)),
            Is.EqualTo([
                ("account.finishTakeoutSession", 1),
                ("channels.getMessages", 1),
                ("contacts.resolveUsername", 1),
                (GetFile, 32),
            ])
        );
    }

    [Test]
    public async Task Without_a_takeout_nothing_is_wrapped()
    {
        await _account.HashAsync(File);
        await FinishAsync(success: true);

        Assert.That(
            (_telegram.Takeouts.All.Count, _telegram.Counters.CallsOf("account.finishTakeoutSession")),
            Is.EqualTo((0, 0L))
        );
    }

    [Test]
    public async Task A_takeout_is_begun_once_and_ended_once()
    {
        await BeginAsync();
        await BeginAsync();
        var id = _account.Session.TakeoutId;
        await FinishAsync(success: false);
        await FinishAsync(success: true);

        Assert.That(
            (id, _account.Session.TakeoutId, _telegram.Takeouts.All.Single().Success),
            Is.EqualTo(((long?)_telegram.Takeouts.All[0].Id, (long?)null, false))
        );
    }

    [Test]
    public void An_account_that_must_wait_for_a_takeout_says_how_long()
    {
        _telegram.Faults.FailNext("account.initTakeoutSession", "TAKEOUT_INIT_DELAY_86400");

        Assert.That(
            BeginAsync,
            Throws
                .TypeOf<TakeoutException>()
                .With.Property("Code")
                .EqualTo(TakeoutErrors.Delayed)
                .And.Property("RetryAfter")
                .EqualTo(TimeSpan.FromDays(1))
                .And.Property("Remedy")
                .EqualTo(Remedy.Wait)
        );
        Assert.That(_account.Session.TakeoutId, Is.Null);
    }

    [Test]
    public async Task A_takeout_that_ends_while_a_file_is_read_is_begun_anew_and_costs_no_byte()
    {
        await BeginAsync();
        _telegram.Faults.FailNext(GetFile, "TAKEOUT_INVALID", afterCalls: 10);

        var hash = await _account.HashAsync(File, connections: 4);

        var takeouts = _telegram.Takeouts.All;
        Assert.That(
            (hash, takeouts.Count, takeouts[1].Success, _account.Session.TakeoutId),
            Is.EqualTo((await ContentAsync(), 2, (bool?)null, (long?)takeouts[1].Id))
        );
    }

    [TestCase("TAKEOUT_INVALID")]
    [TestCase("TAKEOUT_REQUIRED")]
    public async Task A_takeout_that_ends_before_a_message_is_read_is_begun_anew(string error)
    {
        await BeginAsync();
        _telegram.Faults.FailNext("channels.getMessages", error);

        var media = await _account.ResolveAsync(File);

        Assert.That((media.Description.Size, _telegram.Takeouts.All.Count), Is.EqualTo((32L << 20, 2)));
    }

    [Test]
    public async Task A_takeout_that_ends_again_ends_the_read()
    {
        await BeginAsync();
        _telegram.Faults.FailNext(GetFile, "TAKEOUT_INVALID", count: 100);

        Assert.That(
            () => _account.HashAsync(File),
            Throws.TypeOf<TakeoutException>().With.Property("Code").EqualTo(TakeoutErrors.Refused)
        );
        Assert.That(_telegram.Takeouts.All, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Telegram_wanting_a_takeout_where_there_is_none_refuses_the_part()
    {
        await FinishAsync(success: true);
        _telegram.Faults.FailNext(GetFile, "TAKEOUT_REQUIRED");

        Assert.That(
            () => _account.HashAsync(File),
            Throws.TypeOf<MediaException>().With.Property("Code").EqualTo(MediaErrors.Refused)
        );
    }

    [Test]
    public async Task Ending_a_takeout_that_Telegram_ended_is_no_error()
    {
        await BeginAsync();
        _telegram.Takeouts.End(_telegram.Takeouts.All[0].UserId, success: false);

        Assert.That(() => FinishAsync(success: true), Throws.Nothing);
    }

    Task BeginAsync() => _account.Session.BeginTakeoutAsync(CancellationToken.None);

    Task FinishAsync(bool success) => _account.Session.FinishTakeoutAsync(success, CancellationToken.None);

    Task<string> ContentAsync() =>
        _telegram.World.Chat("fleetdemo").MessageOrNull(3)!.Document!.Content.Sha256HexAsync();
}
