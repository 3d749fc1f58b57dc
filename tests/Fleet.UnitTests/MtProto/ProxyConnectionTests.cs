using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Fleet.Emulator;
using Fleet.Emulator.Proxies;
using Fleet.MtProto;
using Fleet.MtProto.Crypto;
using Fleet.MtProto.Transport;
using Fleet.Testing;
using Fleet.Tl.Methods;

namespace Fleet.UnitTests.MtProto;

/// <summary>Key exchanges and calls through proxies that were written apart from the client.</summary>
[Category("engine")]
sealed class ProxyConnectionTests
{
    static readonly byte[] Secret = RandomNumberGenerator.GetBytes(16);
    TelegramEmulator _telegram = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _telegram = await TelegramEmulator.StartAsync();

    [OneTimeTearDown]
    public ValueTask StopAsync() => _telegram.DisposeAsync();

    [Test]
    public async Task An_MTProxy_of_each_kind_carries_each_transport(
        [Values] MtProxyKind kind,
        [Values] TransportKind transport,
        [Values] bool media
    )
    {
        await using var proxy = new EmulatedMtProxy(_telegram, new EmulatedMtProxyOptions(kind, Secret));

        var dc = await AskAsync(proxy.Link, media, transport);

        Assert.That((dc, proxy.Carried), Is.EqualTo((2, 1)));
    }

    [Test]
    public async Task An_MTProxy_with_another_secret_hangs_up_and_that_is_said(
        [Values(MtProxyKind.Plain, MtProxyKind.Padded)] MtProxyKind kind
    )
    {
        await using var proxy = new EmulatedMtProxy(_telegram, new EmulatedMtProxyOptions(kind, new byte[16]));
        var link = proxy.Link.Replace(new string('0', 32), Convert.ToHexStringLower(Secret), StringComparison.Ordinal);

        var error = Assert.ThrowsAsync<ProxyException>(() => AskAsync(link));
        Assert.That(error!.Fault, Is.EqualTo(ProxyFault.Ended));
        Assert.That(error.Message, Does.Contain("secret may be another"));
    }

    [TestCase("secret")]
    [TestCase("site")]
    [TestCase("answer")]
    [TestCase("clock")]
    public async Task A_fake_TLS_proxy_that_does_not_prove_the_secret_is_refused(string wrong)
    {
        var right = new EmulatedMtProxyOptions(MtProxyKind.FakeTls, Secret) { AnswersAsSite = wrong is "answer" };
        var clients = right with
        {
            Secret = wrong is "secret" ? new byte[16] : Secret,
            Site = wrong is "site" ? "www.example.com" : right.Site,
        };
        await using var proxy = new EmulatedMtProxy(_telegram, right);
        var link = $"tg://proxy?server=127.0.0.1&port={proxy.Port}&secret={clients.SecretText}";
        var time = new FakeTime(TimeProvider.System.GetUtcNow() + TimeSpan.FromHours(wrong is "clock" ? 1 : 0));

        var error = Assert.ThrowsAsync<ProxyException>(() => AskAsync(OptionsOf(link) with { Time = time }));

        Assert.That((error!.Fault, error.Recovery), Is.EqualTo((ProxyFault.Secret, Recovery.None)));
    }

    [TestCase("15030300020228", Description = "a TLS alert")]
    [TestCase("485454502f312e3120343030", Description = "HTTP")]
    public async Task A_web_server_in_place_of_a_fake_TLS_proxy_is_recognised(string answer)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var options = new EmulatedMtProxyOptions(MtProxyKind.FakeTls, Secret);
        var asking = AskAsync($"tg://proxy?server=127.0.0.1&port={PortOf(listener)}&secret={options.SecretText}");
        using var server = await listener.AcceptSocketAsync();
        await server.ReceiveAsync(new byte[4096]);
        await server.SendAsync(Convert.FromHexString(answer));

        var error = Assert.ThrowsAsync<ProxyException>(() => asking);
        Assert.That(error!.Fault, Is.EqualTo(ProxyFault.Content));
    }

    [TestCase("127.0.0.1", false)]
    [TestCase("127.0.0.1", true)]
    [TestCase("::1", false)]
    [TestCase("dc2.example", true)]
    public async Task A_SOCKS5_proxy_leads_to_every_kind_of_address(string host, bool login)
    {
        await using var socks = new SocksServer { Login = login ? ("me", "p@ss") : null };

        var dc = await AskAsync($"socks5://me:p%40ss@127.0.0.1:{socks.Port}", host: host);

        Assert.That((dc, socks.Targets.Single()), Is.EqualTo((2, host)));
    }

    [TestCase("me:wrong@")]
    [TestCase("")]
    public async Task A_SOCKS5_proxy_that_does_not_know_us_says_so(string login)
    {
        await using var socks = new SocksServer { Login = ("me", "right") };

        var error = Assert.ThrowsAsync<ProxyException>(() => AskAsync($"socks5://{login}127.0.0.1:{socks.Port}"));
        Assert.That((error!.Fault, error.Recovery), Is.EqualTo((ProxyFault.SignIn, Recovery.None)));
    }

    [TestCase(1, ProxyFault.Unreachable)]
    [TestCase(2, ProxyFault.Forbidden)]
    [TestCase(3, ProxyFault.Unreachable)]
    [TestCase(4, ProxyFault.Unreachable)]
    [TestCase(5, ProxyFault.Unreachable)]
    [TestCase(6, ProxyFault.Unreachable)]
    [TestCase(7, ProxyFault.Forbidden)]
    [TestCase(8, ProxyFault.Forbidden)]
    [TestCase(9, ProxyFault.Content)]
    public async Task Every_refusal_of_a_SOCKS5_proxy_has_its_fault(byte code, ProxyFault fault)
    {
        await using var socks = new SocksServer { Refusal = code };

        var error = Assert.ThrowsAsync<ProxyException>(() => AskAsync($"socks5://127.0.0.1:{socks.Port}"));
        Assert.That(error!.Fault, Is.EqualTo(fault));
    }

    // 2 for the method, 2 for the login, 11 for the connection
    [Test]
    public async Task A_SOCKS5_proxy_that_hangs_up_at_any_byte_is_a_clear_error([Range(0, 14)] int bytes)
    {
        await using var socks = new SocksServer { Login = ("me", "right"), CutAfter = bytes };

        var error = Assert.ThrowsAsync<ProxyException>(() => AskAsync($"socks5://me:right@127.0.0.1:{socks.Port}"));
        Assert.That(error!.Fault, Is.EqualTo(ProxyFault.Ended));
    }

    [TestCase("socks5://127.0.0.1:{0}")]
    [TestCase("tg://proxy?server=127.0.0.1&port={0}&secret=ee00112233445566778899aabbccddeeff612e6d65")]
    public async Task A_proxy_that_says_nothing_is_given_up_at_the_deadline_of_the_dial(string link)
    {
        var time = new FakeTime();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var asking = AskAsync(
            OptionsOf(link.Replace("{0}", $"{PortOf(listener)}", StringComparison.Ordinal)) with
            {
                Time = time,
            }
        );
        using var server = await listener.AcceptSocketAsync();
        await server.ReceiveAsync(new byte[4096]);

        time.Advance(TimeSpan.FromSeconds(10));

        var error = Assert.ThrowsAsync<ConnectionLostException>(() => asking);
        Assert.That(error!.Message, Is.EqualTo("No connection within 00:00:10"));
    }

    Task<int> AskAsync(
        string link,
        bool media = false,
        TransportKind transport = TransportKind.Intermediate,
        string host = "127.0.0.1"
    ) => AskAsync(OptionsOf(link, media, host) with { Transport = transport });

    static async Task<int> AskAsync(ConnectionOptions options)
    {
        await using var connection = await MtConnection.ConnectAsync(options, CancellationToken.None);
        return (await connection.CallAsync(new HelpGetConfig(), CancellationToken.None)).ThisDc;
    }

    ConnectionOptions OptionsOf(string link, bool media = false, string host = "127.0.0.1")
    {
        var dc = _telegram.Dcs.First(d => d.Id == 2 && d.MediaOnly == media);
        return new ConnectionOptions
        {
            Address = new DcAddress(dc.Id, host, dc.Port, media),
            Client = new ClientInfo(_telegram.Options.ApiId),
            ServerKeys = RsaKeySet.FromPem([_telegram.PublicKeyPem]),
            Proxy = Proxy.Parse(link),
        };
    }

    static int PortOf(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port;
}
