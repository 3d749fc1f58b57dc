using System.Globalization;
using Fleet.Emulator;

namespace Fleet.SystemTests.Foreign;

/// <summary>
/// Hundreds of key exchanges with each foreign client: a leading zero byte that the server drops or adds somewhere shows
/// in one exchange of 256. Clients have that fault too: Telethon, GramJS and mtcute hash g^ab without its leading zeros, refuse
/// the server's right hash, and try again. So failures are allowed where the key starts with a zero, and nowhere else.
/// </summary>
[Category("engine")]
sealed class ForeignKeyExchangeTests
{
    const int Exchanges = 400;
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(10);

    [Test]
    public async Task Foreign_clients_fail_a_key_exchange_only_where_they_drop_a_leading_zero()
    {
        var results = await Task.WhenAll(ExchangeAsync("mtcute"), ExchangeAsync("gramjs"), ExchangeAsync("telethon"));

        foreach (var (client, made, failures, zeroLed) in results)
        {
            await TestContext.Out.WriteLineAsync(
                $"{client}: {made} keys, {failures} failures, {zeroLed} keys with a leading zero"
            );
            Assert.That(failures, Is.AnyOf(0L, zeroLed), client);
        }
    }

    /// <summary>Failures are the exchanges that the server finished and the client did not take, whether it says so or tries again in silence.</summary>
    static async Task<(string Client, long Made, long Failures, long ZeroLed)> ExchangeAsync(string client)
    {
        await using var telegram = await TelegramEmulator.StartAsync();
        var answer = await ForeignClients.RunAsync(
            $"{client}-keys",
            telegram,
            homeDc: 2,
            ["--exchanges", Exchanges.ToString(CultureInfo.InvariantCulture)],
            Deadline
        );
        var made = (long)answer["made"]!;
        return (client, made, telegram.Counters.KeyExchanges - made, telegram.Counters.ZeroLedKeys);
    }
}
