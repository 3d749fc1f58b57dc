using Fleet.Emulator;
using Fleet.Emulator.Worlds;

namespace Fleet.SystemTests.Foreign;

/// <summary>mtcute as npm has it, against the emulator: a client that we did not write proves the server.</summary>
[Category("engine")]
sealed class MtcuteTests
{
    const int MiB = 1 << 20;
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    [Test]
    public async Task Mtcute_logs_in_by_code_and_downloads_32_MiB_from_another_data_centre()
    {
        await using var telegram = await TelegramEmulator.StartAsync();
        var account = telegram.World.AddUser(homeDc: 2);
        var message = Publish(telegram, seed: 320, size: 32 * MiB, dc: 4);

        var answer = await DownloadAsync(telegram, account, message);

        Assert.That(answer, Is.EqualTo((await message.Document!.Content.Sha256HexAsync(), 32L * MiB, account.UserId)));
        Assert.That(telegram.Counters.CallsOf("upload.getFile", dc: 4), Is.GreaterThanOrEqualTo(32));
    }

    [Test]
    public async Task Mtcute_logs_in_with_a_two_step_password()
    {
        await using var telegram = await TelegramEmulator.StartAsync();
        var account = telegram.World.AddUser(password: "correct horse", homeDc: 2);
        var message = Publish(telegram, seed: 5, size: 5 * MiB + 17, dc: 2);

        var answer = await DownloadAsync(telegram, account, message);

        Assert.That(
            answer,
            Is.EqualTo((await message.Document!.Content.Sha256HexAsync(), 5L * MiB + 17, account.UserId))
        );
        Assert.That(telegram.Counters.CallsOf("auth.checkPassword"), Is.EqualTo(1));
    }

    static EmulatedMessage Publish(TelegramEmulator telegram, long seed, long size, int dc) =>
        telegram.World.Post(
            telegram.World.Chat(DemoWorld.PublicChannel),
            new NewDocument(new GeneratedContent(seed, size)) { Dc = dc }
        );

    static async Task<(string Sha256, long Size, long UserId)> DownloadAsync(
        TelegramEmulator telegram,
        EmulatedAccount account,
        EmulatedMessage message
    )
    {
        var link = $"https://t.me/{DemoWorld.PublicChannel}/{message.Id}";
        var answer = await ForeignClients.DownloadAsync("mtcute-download.mjs", telegram, account, link, Deadline);
        return ((string)answer["sha256"]!, (long)answer["bytes"]!, (long)answer["userId"]!);
    }
}
