using Fleet.Emulator;
using Fleet.Emulator.Worlds;
using Fleet.MtProto;
using Fleet.MtProto.Crypto;
using Fleet.Tl.Api;
using Fleet.Tl.Methods;

namespace Fleet.UnitTests.Emulator;

[Category("engine")]
sealed class RestartTests
{
    [Test]
    public async Task A_login_and_the_servers_key_survive_a_restart_on_the_same_data()
    {
        var data = Directory.CreateTempSubdirectory("fleet-emulator-");
        try
        {
            var options = new EmulatorOptions { DataDirectory = data.FullName };
            var (pem, key, userId) = await LogInAsync(options);

            await using var telegram = await TelegramEmulator.StartAsync(options);
            await using var connection = await ConnectAsync(telegram, key);
            var users = await connection.CallAsync(
                new UsersGetUsers { Id = [new InputUserSelf()] },
                CancellationToken.None
            );

            Assert.That((telegram.PublicKeyPem, ((User)users[0]).Id), Is.EqualTo((pem, userId)));
        }
        finally
        {
            data.Delete(recursive: true);
        }
    }

    [Test]
    public async Task What_holds_keys_is_readable_by_its_owner_only()
    {
        var data = Directory.CreateTempSubdirectory("fleet-emulator-");
        try
        {
            await LogInAsync(new EmulatorOptions { DataDirectory = data.FullName });

            var open = data.GetFiles()
                .Where(file => file.Name != "emulator-public.pem")
                .Where(file => file.UnixFileMode != (UnixFileMode.UserRead | UnixFileMode.UserWrite))
                .Select(file => file.Name);
            Assert.That(open, Is.Empty);
        }
        finally
        {
            data.Delete(recursive: true);
        }
    }

    static async Task<(string Pem, AuthKey Key, long UserId)> LogInAsync(EmulatorOptions options)
    {
        await using var telegram = await TelegramEmulator.StartAsync(options);
        await using var connection = await ConnectAsync(telegram, key: null);
        var bot = telegram.World.Accounts.First(account => account.IsBot);
        var login = new AuthImportBotAuthorization
        {
            Flags = 0,
            ApiId = options.ApiId,
            ApiHash = options.ApiHash,
            BotAuthToken = bot.BotToken!,
        };
        await connection.CallAsync(login, CancellationToken.None);
        return (telegram.PublicKeyPem, connection.AuthKey, bot.UserId);
    }

    static Task<MtConnection> ConnectAsync(TelegramEmulator telegram, AuthKey? key)
    {
        var dc = telegram.Dcs.First(d => d is { Id: World.DefaultDc, MediaOnly: false });
        var options = new ConnectionOptions
        {
            Address = new DcAddress(dc.Id, dc.Host, dc.Port),
            Client = new ClientInfo(telegram.Options.ApiId),
            ServerKeys = RsaKeySet.FromPem([telegram.PublicKeyPem]),
            AuthKey = key,
        };
        return MtConnection.ConnectAsync(options, CancellationToken.None);
    }
}
