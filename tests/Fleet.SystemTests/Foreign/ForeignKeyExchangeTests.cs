using System.Globalization;
using System.Text.Json.Nodes;
using Fleet.Emulator;

namespace Fleet.SystemTests.Foreign;

/// <summary>
/// Hundreds of key exchanges with each foreign client: a leading zero byte that the server drops or adds somewhere shows
/// in one exchange of 256.
/// </summary>
[Category("engine")]
sealed class ForeignKeyExchangeTests
{
    const int Exchanges = 400;
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Telethon drops leading zero bytes of g^ab and then refuses the server's right hash: that is one in 256 by its own
    /// fault, 1.6 of 400 on average, and more than 8 in one run of 25,000.
    /// </summary>
    const int TelethonsOwn = 8;

    [Test]
    public async Task Foreign_clients_make_400_keys_each_and_only_Telethon_stumbles_over_leading_zeros()
    {
        await using var telegram = await TelegramEmulator.StartAsync();

        var answers = await Task.WhenAll(
            ExchangeAsync(telegram, "mtcute"),
            ExchangeAsync(telegram, "gramjs"),
            ExchangeAsync(telegram, "telethon")
        );

        var (mtcute, gramJs, telethon) = (FailuresOf(answers[0]), FailuresOf(answers[1]), FailuresOf(answers[2]));
        TestContext.Out.WriteLine($"Telethon failed {telethon.Length} of {Exchanges} exchanges.");
        Assert.That(mtcute, Is.Empty);
        Assert.That(gramJs, Is.Empty);
        Assert.That(telethon, Has.Length.LessThanOrEqualTo(TelethonsOwn));
        Assert.That(telethon, Is.All.EqualTo("Step 3 invalid new nonce hash"));
        // The server finished each of them at the first try: no client began again behind the script's back.
        Assert.That(telegram.Counters.KeyExchanges, Is.EqualTo(3 * Exchanges));
    }

    static Task<JsonNode> ExchangeAsync(TelegramEmulator telegram, string client) =>
        ForeignClients.RunAsync(
            $"{client}-keys",
            telegram,
            homeDc: 2,
            ["--exchanges", Exchanges.ToString(CultureInfo.InvariantCulture)],
            Deadline
        );

    static string[] FailuresOf(JsonNode answer) => [.. answer["failed"]!.AsArray().Select(f => (string)f!)];
}
