using Fleet.Emulator;
using Fleet.Emulator.Worlds;
using Fleet.Telegram;

namespace Fleet.UnitTests.Telegram;

[TestFixture]
[Category("engine")]
public sealed class MainSessionTests
{
    const string PublicFile = "https://t.me/fleetdemo/3";

    TelegramEmulator _telegram = null!;

    [SetUp]
    public async Task StartAsync() => _telegram = await TelegramEmulator.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _telegram.DisposeAsync();

    [Test]
    public async Task A_code_logs_a_user_in()
    {
        await using var account = await TelegramAccount.LogInAsync(_telegram);

        Assert.That((await account.Session.VerifyAsync(CancellationToken.None)).UserId, Is.EqualTo(Ada.UserId));
    }

    [Test]
    public async Task A_user_of_another_data_centre_is_followed_there()
    {
        await using var account = await TelegramAccount.LogInAsync(_telegram, TelegramAccount.Premium);

        var state = account.Session.State!;
        Assert.That((state.HomeDc, state.IsPremium), Is.EqualTo((4, true)));
    }

    [Test]
    public async Task The_two_step_password_completes_a_login()
    {
        await using var session = TelegramAccount.NewSession(_telegram);
        var sent = await session.SendCodeAsync(TelegramAccount.Careful, CancellationToken.None);

        var asked = await CodeOfAsync(() => session.SignInAsync(sent, TelegramAccount.Code, CancellationToken.None));
        var wrong = await CodeOfAsync(() => session.CheckPasswordAsync("guess", CancellationToken.None));
        await session.CheckPasswordAsync("fleet password", CancellationToken.None);

        Assert.That(
            (asked, wrong, session.State is not null),
            Is.EqualTo((LoginErrors.PasswordNeeded, LoginErrors.PasswordInvalid, true))
        );
    }

    [Test]
    public async Task A_bot_logs_in_with_its_token()
    {
        await using var session = TelegramAccount.NewSession(_telegram);
        var bot = _telegram.World.Accounts.First(a => a.IsBot);

        await session.SignInBotAsync(bot.BotToken!, CancellationToken.None);

        Assert.That((session.State!.IsBot, session.State.UserId), Is.EqualTo((true, bot.UserId)));
    }

    [Test]
    public async Task Wrong_credentials_have_codes_of_their_own()
    {
        await using var session = TelegramAccount.NewSession(_telegram);
        var sent = await session.SendCodeAsync(TelegramAccount.Plain, CancellationToken.None);

        string[] codes =
        [
            await CodeOfAsync(() => session.SendCodeAsync("12", CancellationToken.None)),
            await CodeOfAsync(() => session.SignInAsync(sent, "00000", CancellationToken.None)),
            await CodeOfAsync(() => session.SignInBotAsync("1:x", CancellationToken.None)),
            await CodeOfAsync(() => session.VerifyAsync(CancellationToken.None)),
        ];

        Assert.That(
            codes,
            Is.EqualTo(
                new[]
                {
                    LoginErrors.PhoneInvalid,
                    LoginErrors.CodeInvalid,
                    LoginErrors.BotTokenInvalid,
                    LoginErrors.LoggedOut,
                }
            )
        );
    }

    [Test]
    public async Task A_kept_session_goes_on_without_a_code()
    {
        SessionState state;
        await using (var account = await TelegramAccount.LogInAsync(_telegram))
            state = account.Session.State!;
        await using var again = TelegramAccount.NewSession(_telegram, state);

        await again.ResolveAsync(LinkParser.Parse(PublicFile), CancellationToken.None);

        Assert.That(_telegram.Counters.CallsOf("auth.sendCode"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_session_used_twice_is_told_so()
    {
        await using var account = await TelegramAccount.LogInAsync(_telegram);
        await account.Session.VerifyAsync(CancellationToken.None);
        await using var twin = TelegramAccount.NewSession(_telegram, account.Session.State);

        var code = await CodeOfAsync(() => twin.VerifyAsync(CancellationToken.None));

        Assert.That(code, Is.EqualTo(LoginErrors.Duplicated));
    }

    [Test]
    public async Task A_lost_connection_and_a_passing_fault_are_not_noticed()
    {
        await using var account = await TelegramAccount.LogInAsync(_telegram);
        _telegram.DropConnections();
        _telegram.Faults.FailNext("contacts.resolveUsername", "DROP");
        _telegram.Faults.FailNext("channels.getMessages", "FLOOD_WAIT_1");

        var media = await account.ResolveAsync(PublicFile);

        Assert.That(media.Description.Size, Is.EqualTo(32 << 20));
    }

    [Test]
    public async Task A_flood_wait_too_long_to_sleep_through_says_how_long()
    {
        await using var account = await TelegramAccount.LogInAsync(_telegram);
        _telegram.Faults.FailNext("contacts.resolveUsername", "FLOOD_WAIT_60");

        Assert.That(
            () => account.ResolveAsync(PublicFile),
            Throws.TypeOf<FloodException>().With.Property("RetryAfter").EqualTo(TimeSpan.FromSeconds(60))
        );
    }

    [Test]
    public async Task A_public_message_resolves_to_its_document()
    {
        await using var account = await TelegramAccount.LogInAsync(_telegram);

        var media = await account.ResolveAsync("https://t.me/FleetDemo/3?single");

        var document = _telegram.World.Chat("fleetdemo").MessageOrNull(3)!.Document!;
        Assert.That(
            (media.Description.DocumentId, media.Description.Dc, media.Description.FileName, media.Origin.Username),
            Is.EqualTo((document.Id, 4, "thirty-two-mebibytes.bin", "fleetdemo"))
        );
    }

    [Test]
    public async Task A_private_message_resolves_for_a_member_by_its_dialogs_once()
    {
        await using var account = await TelegramAccount.LogInAsync(_telegram);
        var link = Private.Messages[0].Link;

        await account.ResolveAsync(link);
        var media = await account.ResolveAsync(link);

        Assert.That(
            (
                media.Description.FileName,
                media.Description.Caption,
                media.Origin.PeerId,
                _telegram.Counters.CallsOf("messages.getDialogs")
            ),
            Is.EqualTo(("private.bin", "A private file", Private.Id, 1))
        );
    }

    [Test]
    public async Task A_bot_reads_a_private_channel_it_is_in()
    {
        await using var session = TelegramAccount.NewSession(_telegram);
        await session.SignInBotAsync(_telegram.World.Accounts.First(a => a.IsBot).BotToken!, CancellationToken.None);

        var items = await session.ResolveAsync(LinkParser.Parse(Private.Messages[0].Link), CancellationToken.None);

        Assert.That(items[0].Description.FileName, Is.EqualTo("private.bin"));
    }

    [Test]
    public async Task Protected_content_is_marked()
    {
        await using var account = await TelegramAccount.LogInAsync(_telegram);

        var media = await account.ResolveAsync("https://t.me/fleetprotected/1");

        Assert.That(media.Description.Protected, Is.True);
    }

    [TestCase("https://t.me/fleetdemo/1", ResolveErrors.NoMedia)]
    [TestCase("https://t.me/fleetdemo/4", ResolveErrors.MessageNotFound)]
    [TestCase("https://t.me/fleetdemo/999", ResolveErrors.MessageNotFound)]
    [TestCase("https://t.me/nobody_here/1", ResolveErrors.MessageNotFound)]
    [TestCase("https://t.me/c/1999999999/1", ResolveErrors.SourcePrivate)]
    public async Task What_cannot_be_resolved_has_a_stable_code(string link, string code)
    {
        await using var account = await TelegramAccount.LogInAsync(_telegram);

        Assert.That(
            () => account.ResolveAsync(link),
            Throws.TypeOf<ResolveException>().With.Property("Code").EqualTo(code)
        );
    }

    [Test]
    public async Task A_stranger_may_not_read_a_private_channel()
    {
        _telegram.World.AddUser(phone: "99966200009");
        await using var account = await TelegramAccount.LogInAsync(_telegram, "99966200009");

        Assert.That(
            () => account.ResolveAsync(Private.Messages[0].Link),
            Throws.TypeOf<ResolveException>().With.Property("Code").EqualTo(ResolveErrors.SourcePrivate)
        );
    }

    [Test]
    public async Task Another_account_locates_the_same_document_with_its_own_hash()
    {
        await using var ada = await TelegramAccount.LogInAsync(_telegram);
        await using var edsger = await TelegramAccount.LogInAsync(_telegram, TelegramAccount.Premium);
        var first = await ada.ResolveAsync(Private.Messages[0].Link);

        var second = await edsger.Session.LocateAsync(first.Origin, first.Description.Key, CancellationToken.None);

        Assert.That(
            (
                second.Location.DocumentId == first.Location.DocumentId,
                second.Location.AccessHash == first.Location.AccessHash
            ),
            Is.EqualTo((true, false))
        );
    }

    EmulatedAccount Ada => _telegram.World.AccountByPhoneOrNull(TelegramAccount.Plain)!;

    EmulatedChat Private => _telegram.World.Chats.First(c => c is { Username: null, Kind: ChatKind.Channel });

    static async Task<string> CodeOfAsync(Func<Task> step)
    {
        try
        {
            await step();
            return "";
        }
        catch (LoginException e)
        {
            return e.Code;
        }
    }
}
