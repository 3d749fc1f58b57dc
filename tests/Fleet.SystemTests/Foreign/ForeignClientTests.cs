using Fleet.Emulator;
using Fleet.Emulator.Worlds;

namespace Fleet.SystemTests.Foreign;

/// <summary>
/// Clients that we did not write, as their registries have them, against the emulator: mtcute (layer 223), GramJS (layer
/// 198) and Telethon (layer 144) prove the server that proves our engine.
/// </summary>
[Category("engine")]
sealed class ForeignClientTests
{
    const int MiB = 1 << 20;
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    [TestCase("mtcute", 32 * MiB)]
    [TestCase("gramjs", 8 * MiB + 1)]
    [TestCase("telethon", 3 * MiB + 17)] // 0.2 s of processor time per MiB: Debian's has no AES extension
    public async Task A_foreign_client_logs_in_by_code_and_downloads_from_another_data_centre(string client, int size)
    {
        await using var telegram = await StartAsync(client);
        var account = telegram.World.AddUser(homeDc: 2);
        var message = Publish(telegram, size, dc: 4);

        var answer = await DownloadAsync(client, telegram, account, message);

        Assert.That(answer, Is.EqualTo((await message.Document!.Content.Sha256HexAsync(), size, account.UserId)));
        Assert.That(telegram.Counters.CallsOf("contacts.resolveUsername"), Is.EqualTo(1));
        Assert.That(telegram.Counters.CallsOf("auth.importAuthorization", dc: 4), Is.GreaterThanOrEqualTo(1));
        Assert.That(telegram.Counters.CallsOf("upload.getFile", dc: 4), Is.GreaterThanOrEqualTo(size / MiB));
    }

    [TestCase("mtcute")]
    [TestCase("gramjs")]
    [TestCase("telethon")]
    public async Task A_foreign_client_logs_in_with_a_two_step_password(string client)
    {
        await using var telegram = await StartAsync(client);
        var account = telegram.World.AddUser(password: "correct horse", homeDc: 2);
        var message = Publish(telegram, MiB + 17, dc: 2);

        var answer = await DownloadAsync(client, telegram, account, message);

        Assert.That(answer, Is.EqualTo((await message.Document!.Content.Sha256HexAsync(), MiB + 17, account.UserId)));
        Assert.That(telegram.Counters.CallsOf("auth.checkPassword"), Is.EqualTo(1));
    }

    [TestCase("mtcute")]
    [TestCase("gramjs")]
    [TestCase("telethon")]
    public async Task A_foreign_client_moves_to_the_data_centre_of_its_account(string client)
    {
        await using var telegram = await StartAsync(client);
        var account = telegram.World.AddUser(homeDc: 5);
        var message = Publish(telegram, MiB, dc: 5);

        var answer = await DownloadAsync(client, telegram, account, message, startDc: 2);

        Assert.That(answer, Is.EqualTo((await message.Document!.Content.Sha256HexAsync(), MiB, account.UserId)));
        Assert.That(telegram.Counters.CallsOf("auth.sendCode", dc: 2), Is.EqualTo(1));
    }

    /// <summary>
    /// GramJS sends upload.* of its second connection home bare, and Telegram lets it, seeing that both are in one place;
    /// the emulator cannot see places, so the rule that stands in for them is off for it.
    /// </summary>
    static Task<TelegramEmulator> StartAsync(string client) =>
        TelegramEmulator.StartAsync(new EmulatorOptions { EnforceOneMainSession = client != "gramjs" });

    static EmulatedMessage Publish(TelegramEmulator telegram, long size, int dc) =>
        telegram.World.Post(
            telegram.World.Chat(DemoWorld.PublicChannel),
            new NewDocument(new GeneratedContent(size, size)) { Dc = dc }
        );

    static async Task<(string Sha256, long Size, long UserId)> DownloadAsync(
        string client,
        TelegramEmulator telegram,
        EmulatedAccount account,
        EmulatedMessage message,
        int? startDc = null
    )
    {
        string[] password = account.Password is null ? [] : ["--password", account.Password];
        var answer = await ForeignClients.RunAsync(
            $"{client}-download",
            telegram,
            startDc ?? account.HomeDc,
            [
                "--phone",
                account.Phone!,
                "--code",
                account.Code!,
                .. password,
                "--link",
                $"https://t.me/{DemoWorld.PublicChannel}/{message.Id}",
                "--hash",
            ],
            Deadline
        );
        return ((string)answer["sha256"]!, (long)answer["bytes"]!, (long)answer["userId"]!);
    }
}
