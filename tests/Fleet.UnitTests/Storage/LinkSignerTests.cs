using Fleet.Storage;
using Fleet.Testing;

namespace Fleet.UnitTests.Storage;

[Category("pipeline")]
public sealed class LinkSignerTests
{
    const string Key = "assets/a/1/file.mp4";
    static readonly LinkTerms Terms = new("Фильм & Co.mp4", "video/mp4", TimeSpan.FromMinutes(5), Inline: false);

    readonly FakeTime _time = new();
    LinkSigner _signer = null!;

    [SetUp]
    public void SetUp() => _signer = new("0123456789abcdef0123456789abcdef", _time);

    [Test]
    public void A_signed_link_is_verified_and_says_what_it_grants()
    {
        var verdict = Verify(_signer.Sign(Key, Terms), out var link);

        Assert.That(verdict, Is.EqualTo(LinkVerdict.Valid));
        Assert.That(link, Is.EqualTo(new SignedLink(Key, "Фильм & Co.mp4", "video/mp4", Inline: false)));
    }

    [Test]
    public void A_link_dies_at_its_expiry()
    {
        var url = _signer.Sign(Key, Terms);
        _time.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1));
        var before = Verify(url, out _);

        _time.Advance(TimeSpan.FromSeconds(1));
        var after = Verify(url, out var link);

        Assert.That((before, after, link), Is.EqualTo((LinkVerdict.Valid, LinkVerdict.Expired, (SignedLink?)null)));
    }

    [TestCase("file.mp4", "file.mp5")]
    [TestCase("name=", "name=x")]
    [TestCase("video%2Fmp4", "text%2Fhtml")]
    [TestCase("inline=0", "inline=1")]
    [TestCase("expires=1", "expires=2")]
    [TestCase("&sig=", "&sig=A")]
    [TestCase("&sig=", "&other=")]
    public void A_changed_link_is_forged(string old, string changed)
    {
        var url = _signer.Sign(Key, Terms);

        var verdict = Verify(url.Replace(old, changed, StringComparison.Ordinal), out _);

        Assert.That(verdict, Is.EqualTo(LinkVerdict.Forged));
    }

    [TestCase("")]
    [TestCase("?")]
    [TestCase("?sig=")]
    [TestCase("?name=a&type=b&inline=0&expires=-1&sig=x")]
    [TestCase("?name=a&type=b&inline=0&expires=99999999999999999999&sig=x")]
    public void Garbage_is_forged(string query) =>
        Assert.That(_signer.Verify(Key, query, out _), Is.EqualTo(LinkVerdict.Forged));

    [Test]
    public void A_link_of_another_key_is_forged()
    {
        var other = new LinkSigner("fedcba9876543210fedcba9876543210", _time);

        Assert.That(Verify(other.Sign(Key, Terms), out _), Is.EqualTo(LinkVerdict.Forged));
    }

    [Test]
    public void Moving_characters_from_one_value_to_the_next_is_noticed()
    {
        var first = _signer.Sign(Key, Terms with { DownloadName = "a1", ContentType = "b" });
        var second = _signer.Sign(Key, Terms with { DownloadName = "a", ContentType = "1b" });

        Assert.That(
            first[first.IndexOf("sig=", StringComparison.Ordinal)..],
            Is.Not.EqualTo(second[second.IndexOf("sig=", StringComparison.Ordinal)..])
        );
    }

    LinkVerdict Verify(string pathAndQuery, out SignedLink? link)
    {
        var parts = pathAndQuery.Split('?', 2);
        return _signer.Verify(parts[0][LinkSigner.PathPrefix.Length..], parts[1], out link);
    }
}
