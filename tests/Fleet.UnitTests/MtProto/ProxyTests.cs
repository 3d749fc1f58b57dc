using Fleet.MtProto;
using Fleet.MtProto.Transport;

namespace Fleet.UnitTests.MtProto;

[Category("engine")]
sealed class ProxyTests
{
    const string Hex = "00112233445566778899aabbccddeeff";

    [TestCase("tg://proxy?server=1.2.3.4&port=443&secret=" + Hex, false, null)]
    [TestCase("https://t.me/proxy?server=1.2.3.4&port=443&secret=" + Hex, false, null)]
    [TestCase("tg://proxy?port=443&server=1.2.3.4&secret=ABEiM0RVZneImaq7zN3u%2Fw%3D%3D", false, null)]
    [TestCase("tg://proxy?server=1.2.3.4&port=443&secret=ABEiM0RVZneImaq7zN3u_w", false, null)]
    [TestCase("tg://proxy?server=1.2.3.4&port=443&secret=dd" + Hex, true, null)]
    [TestCase("tg://proxy?server=1.2.3.4&port=443&secret=3QARIjNEVWZ3iJmqu8zd7v8", true, null)]
    [TestCase("https://telegram.me/proxy?server=1.2.3.4&port=443&secret=ee" + Hex + "612e6d65", true, "a.me")]
    [TestCase("tg://proxy?server=1.2.3.4&port=443&secret=7gARIjNEVWZ3iJmqu8zd7v9hLm1l", true, "a.me")]
    public void Every_form_of_an_MTProxy_is_read(string text, bool padded, string? domain)
    {
        var proxy = (MtProxy)Proxy.Parse(text);

        Assert.That(
            (proxy.Host, proxy.Port, proxy.WantsPadding, proxy.Domain, Convert.ToHexStringLower(proxy.Key())),
            Is.EqualTo(("1.2.3.4", 443, padded, domain, Hex))
        );
    }

    [TestCase("socks5://1.2.3.4:1080", "1.2.3.4", "", "")]
    [TestCase("socks5://[::1]:1080", "::1", "", "")]
    [TestCase("socks5://me:p%40ss@proxy.example:1080", "proxy.example", "me", "p@ss")]
    [TestCase("tg://socks?server=proxy.example&port=1080&user=me&pass=p%40ss", "proxy.example", "me", "p@ss")]
    [TestCase("https://t.me/socks?server=1.2.3.4&port=1080", "1.2.3.4", "", "")]
    public void Every_form_of_a_SOCKS5_proxy_is_read(string text, string host, string user, string password)
    {
        var proxy = Proxy.Parse(text);

        Assert.That(proxy, Is.EqualTo(Socks5Proxy.Create(host, 1080, user, password)));
    }

    [TestCase("", "socks5://host:port")]
    [TestCase("http://1.2.3.4:80", "socks5://host:port")]
    [TestCase("https://example.org/proxy?server=a&port=1&secret=" + Hex, "socks5://host:port")]
    [TestCase("socks5://1.2.3.4", "port")]
    [TestCase("socks5://me@1.2.3.4:1080", "both a user and a password")]
    [TestCase("tg://proxy?port=443&secret=" + Hex, "no server")]
    [TestCase("tg://proxy?server=a&port=0&secret=" + Hex, "1 to 65535")]
    [TestCase("tg://proxy?server=a&port=443", "no secret")]
    [TestCase("tg://proxy?server=a&port=443&secret=zz!", "hexadecimal or base64")]
    [TestCase("tg://proxy?server=a&port=443&secret=" + Hex + "00", "16 bytes")]
    [TestCase("tg://proxy?server=a&port=443&secret=ee" + Hex, "names a site")]
    [TestCase("tg://proxy?server=a&port=443&secret=ee" + Hex + "2f2f", "not a host name")]
    public void What_is_wrong_is_said_without_the_secret(string text, string message)
    {
        var error = Assert.Throws<FormatException>(() => Proxy.Parse(text));

        Assert.That(error!.Message, Does.Contain(message).And.Not.Contain(Hex));
    }

    [TestCase("tg://proxy?server=::1&port=443&secret=ee" + Hex + "612e6d65", "mtproxy [::1]:443")]
    [TestCase("socks5://me:secret@1.2.3.4:1080", "socks5 1.2.3.4:1080")]
    public void The_text_of_a_proxy_holds_no_secret(string link, string text) =>
        Assert.That(
            $"{Proxy.Parse(link)} {new ConnectionOptions { Address = new DcAddress(2, "a", 1), Client = new ClientInfo(1), Proxy = Proxy.Parse(link) }.Proxy}",
            Is.EqualTo($"{text} {text}")
        );

    [TestCase("full", TransportKind.Full)]
    [TestCase("obfuscated", TransportKind.ObfuscatedIntermediate)]
    [TestCase("obfuscated-padded", TransportKind.ObfuscatedPadded)]
    public void A_transport_is_read(string text, TransportKind kind) =>
        Assert.That(TransportKinds.Parse(text), Is.EqualTo(kind));

    [Test]
    public void Another_word_is_no_transport() =>
        Assert.That(() => TransportKinds.Parse("quic"), Throws.InstanceOf<FormatException>());
}
