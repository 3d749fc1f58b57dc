using Fleet.Emulator;
using Fleet.Emulator.Proxies;
using Fleet.MtProto.Transport;
using Fleet.Testing;

namespace Fleet.UnitTests.Telegram;

/// <summary>Login, key exchanges in two data centres and a file of 32 MiB, over each way there is.</summary>
[Category("engine")]
sealed class TransportDownloadTests
{
    const string File = "https://t.me/fleetdemo/3"; // in DC 4; the account lives in DC 2

    TelegramEmulator _telegram = null!;
    string _expected = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _telegram = await TelegramEmulator.StartAsync();
        await using var account = await TelegramAccount.LogInAsync(_telegram);
        _expected = await account.HashAsync(File);
    }

    [OneTimeTearDown]
    public ValueTask StopAsync() => _telegram.DisposeAsync();

    [Test]
    public async Task A_file_comes_whole_over_every_transport([Values] TransportKind kind) =>
        Assert.That(await HashAsync(kind, null), Is.EqualTo(_expected));

    [Test]
    public async Task A_file_comes_whole_through_every_kind_of_MTProxy([Values] MtProxyKind kind)
    {
        await using var proxy = new EmulatedMtProxy(
            _telegram,
            new EmulatedMtProxyOptions(kind, [.. "sixteen letters!"u8])
        );

        Assert.That(await HashAsync(TransportKind.Abridged, Proxy.Parse(proxy.Link)), Is.EqualTo(_expected));
        Assert.That(proxy.Carried, Is.GreaterThanOrEqualTo(3), "home, the other data centre, the file");
    }

    [Test]
    public async Task A_file_comes_whole_through_SOCKS5_over_an_obfuscated_transport()
    {
        await using var socks = new SocksServer { Login = ("me", "right") };
        var proxy = Socks5Proxy.Create("127.0.0.1", socks.Port, "me", "right");

        Assert.That(await HashAsync(TransportKind.ObfuscatedPadded, proxy), Is.EqualTo(_expected));
    }

    [Test]
    public async Task Addresses_that_take_obfuscated_transports_only_are_sent_those()
    {
        await using var account = await TelegramAccount.LogInAsync(
            _telegram,
            change: o => o with { Addresses = [.. o.Addresses.Select(a => a with { Obfuscated = true })] }
        );

        Assert.That(await account.HashAsync(File), Is.EqualTo(_expected));
    }

    async Task<string> HashAsync(TransportKind kind, Proxy? proxy)
    {
        await using var account = await TelegramAccount.LogInAsync(
            _telegram,
            change: o => o with { Transport = kind, Proxy = proxy }
        );
        return await account.HashAsync(File);
    }
}
