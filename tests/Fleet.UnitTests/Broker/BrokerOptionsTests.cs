using System.ComponentModel.DataAnnotations;
using Fleet.Broker.Accounts;
using Fleet.MtProto.Transport;
using Fleet.Sessions;

namespace Fleet.UnitTests.Broker;

[Category("broker")]
public sealed class BrokerOptionsTests
{
    [Test]
    public void The_defaults_reach_Telegram()
    {
        var network = new TelegramNetwork(new TelegramOptions());

        Assert.That(Faults(new TelegramOptions()), Is.Empty);
        Assert.That(network.MediaAddresses(2), Has.All.Property(nameof(LeaseAddress.MediaOnly)).True);
        Assert.That(network.MediaAddresses(5), Is.Not.Empty, "without a media-only address the main one serves");
    }

    [TestCase("127.0.0.1:443")]
    [TestCase("2=127.0.0.1")]
    [TestCase("x=127.0.0.1:443")]
    public void A_wrong_address_is_named(string address) =>
        Assert.That(Faults(new TelegramOptions { Dcs = [address] }).Single(), Does.Contain(address));

    [TestCase("quic", "", "Telegram:Transport")]
    [TestCase("padded", "tg://proxy?server=a&port=443&secret=00", "Telegram:Proxy")]
    public void A_wrong_transport_or_proxy_is_named(string transport, string proxy, string name) =>
        Assert.That(
            Faults(new TelegramOptions { Transport = transport, Proxy = proxy }).Single(),
            Does.StartWith(name).And.Not.Contain("secret=")
        );

    [Test]
    public void The_transport_and_the_proxy_reach_the_session_and_the_leases()
    {
        const string Link = "socks5://127.0.0.1:1080";
        var network = new TelegramNetwork(new TelegramOptions { Transport = "obfuscated", Proxy = Link });

        var session = network.Session(new AccountClient(1, ""));

        Assert.That(
            (session.Transport, session.Proxy, network.Way),
            Is.EqualTo((TransportKind.ObfuscatedIntermediate, Proxy.Parse(Link), ("obfuscated", Link)))
        );
    }

    [Test]
    public void A_missing_key_file_is_named() =>
        Assert.That(
            Faults(new TelegramOptions { RsaKeyFiles = ["/no/such.pem"] }).Single(),
            Does.Contain("/no/such.pem")
        );

    [Test]
    public void The_sealing_key_comes_from_one_place()
    {
        Assert.That(Faults(new SessionsOptions()), Is.Not.Empty);
        Assert.That(Faults(new SessionsOptions { Key = "a", KeyFile = "b" }), Is.Not.Empty);
        Assert.That(Faults(new SessionsOptions { Key = "a" }), Is.Empty);
    }

    static IEnumerable<string> Faults(IValidatableObject options) =>
        options.Validate(new ValidationContext(options)).Select(result => result.ErrorMessage!);
}
