using System.Buffers.Text;
using Fleet.Emulator;
using Fleet.MtProto;
using Fleet.Telegram;
using Fleet.Testing;
using Fleet.Tl.Methods;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.UnitTests.Telegram;

[Category("engine")]
public sealed class QrLoginTests
{
    TelegramEmulator _telegram = null!;

    [SetUp]
    public async Task StartAsync() => _telegram = await TelegramEmulator.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _telegram.DisposeAsync();

    [Test]
    public async Task A_code_that_another_session_accepts_logs_in_at_once()
    {
        await using var phone = await TelegramAccount.LogInAsync(_telegram);
        var state = phone.Session.State!;
        await using var app = await ConnectAsync(phone, state);
        await using var session = TelegramAccount.NewSession(_telegram);
        var shown = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);

        var login = session.SignInByQrAsync(link => shown.TrySetResult(link), CancellationToken.None);
        var token = Base64Url.DecodeFromChars((await shown.Task).AsSpan("tg://login?token=".Length));
        await app.CallAsync(new AuthAcceptLoginToken { Token = token }, CancellationToken.None);
        await login;

        Assert.That(session.State!.UserId, Is.EqualTo(state.UserId));
        Assert.That(_telegram.Counters.CallsOf("auth.exportLoginToken"), Is.EqualTo(2));
    }

    [Test]
    public async Task A_code_that_ran_out_is_followed_by_another_and_the_old_one_is_good_for_nothing()
    {
        var time = new FakeTime(TimeProvider.System.GetUtcNow());
        await using var telegram = await TelegramEmulator.StartAsync(new EmulatorOptions { Time = time });
        var user = telegram.World.AddUser();
        await using var session = new MainSession(
            TelegramAccount.OptionsFor(telegram),
            state: null,
            time,
            NullLogger.Instance
        );
        var links = System.Threading.Channels.Channel.CreateUnbounded<string>();

        var login = session.SignInByQrAsync(link => links.Writer.TryWrite(link), CancellationToken.None);
        var first = await links.Reader.ReadAsync();
        await time.TimerArmedAsync(atMost: TimeSpan.FromSeconds(31), atLeast: TimeSpan.FromSeconds(25));
        time.Advance(TimeSpan.FromSeconds(31));
        var second = await links.Reader.ReadAsync();
        var refused = Assert.Throws<InvalidOperationException>(() => telegram.AcceptLogin(user, first));
        telegram.AcceptLogin(user, second);
        await login;

        Assert.That(refused!.Message, Is.EqualTo("AUTH_TOKEN_INVALID").Or.EqualTo("AUTH_TOKEN_EXPIRED"));
        Assert.That(session.State!.UserId, Is.EqualTo(user.UserId));
    }

    static Task<MtConnection> ConnectAsync(TelegramAccount account, SessionState state) =>
        MtConnection.ConnectAsync(
            new ConnectionOptions
            {
                // The phone's own session, moved here: a second one at the main address would end the login.
                Address = account.Options.Addresses.First(a => a.Dc == state.HomeDc && a.MediaOnly),
                Client = account.Options.Client,
                ServerKeys = account.Options.ServerKeys,
                AuthKey = AuthKey.Import(state.AuthKey),
                ServerSalt = state.ServerSalt,
            },
            CancellationToken.None
        );
}
