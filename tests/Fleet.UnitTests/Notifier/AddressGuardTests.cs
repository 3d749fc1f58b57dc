using System.Net;
using Fleet.Notifier;
using Fleet.Notifier.Sending;

namespace Fleet.UnitTests.Notifier;

[Category("front")]
public sealed class AddressGuardTests
{
    static readonly Uri Url = new("https://hooks.example/hook");
    static readonly IPAddress Good = IPAddress.Parse("8.8.8.8");
    static readonly IPAddress Bad = IPAddress.Parse("10.0.0.1");

    [TestCaseSource(typeof(AddressVectors), nameof(AddressVectors.Public))]
    public void A_public_address_is_called(string address)
    {
        Assert.That(Guard().Permits(Url, [IPAddress.Parse(address)]), Is.True);
    }

    [TestCaseSource(typeof(AddressVectors), nameof(AddressVectors.NotPublic))]
    public void An_address_that_is_not_public_is_refused(string address)
    {
        Assert.That(Guard().Permits(Url, [IPAddress.Parse(address)]), Is.False);
    }

    [Test]
    public void One_private_address_among_public_ones_refuses_them_all()
    {
        Assert.That(Guard().Permits(Url, [Good, Bad]), Is.False);
    }

    [Test]
    public void A_name_without_addresses_is_refused()
    {
        Assert.That(Guard().Permits(Url, []), Is.False);
    }

    [TestCase("https://hooks.example/")]
    [TestCase("https://hooks.example:443/")]
    [TestCase("https://hooks.example:8443/")]
    [TestCase("https://xn--bcher-kva.example/")]
    [TestCase("https://bücher.example/")]
    [TestCase("https://notlocalhost/")]
    [TestCase("https://internal.example/")]
    public void Https_on_its_ports_is_called(string url)
    {
        Assert.That(Guard().Permits(new Uri(url), [Good]), Is.True);
    }

    [TestCase("http://10.1.2.3:8080/hook", "10.1.2.3", true)]
    [TestCase("http://hooks.internal/hook", "10.1.2.3", true)]
    [TestCase("http://hooks.example/hook", "::ffff:10.1.2.3", true)]
    [TestCase("https://hooks.example/hook", "10.2.0.1", false)]
    [TestCase("http://hooks.example/hook", "8.8.8.8", false)]
    public void An_allowed_network_is_called_over_http_and_on_any_port(string url, string address, bool permitted)
    {
        Assert.That(Guard("10.1.0.0/16").Permits(new Uri(url), [IPAddress.Parse(address)]), Is.EqualTo(permitted));
    }

    [Test]
    public void Allowed_and_public_addresses_do_not_vouch_for_others()
    {
        Assert.That(Guard("10.1.0.0/16").Permits(Url, [Good, IPAddress.Parse("10.1.0.1"), Bad]), Is.False);
    }

    [Test]
    public void A_network_that_is_none_stops_the_start()
    {
        var options = new NotifierOptions { AllowedNetworks = ["127.0.0.0/8", "loopback"] };

        Assert.That(
            options.Validate(new(options)).Select(result => result.ErrorMessage),
            Is.EqualTo(new[] { "'loopback' is no network in CIDR form." })
        );
    }

    static AddressGuard Guard(params string[] allowed) =>
        AddressGuard.Of(new NotifierOptions { AllowedNetworks = allowed });
}
