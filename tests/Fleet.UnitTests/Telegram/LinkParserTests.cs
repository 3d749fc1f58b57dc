using Fleet.Telegram;
using FsCheck;
using FsCheck.Fluent;

namespace Fleet.UnitTests.Telegram;

[TestFixture]
[Category("engine")]
public sealed class LinkParserTests
{
    static readonly PublicChat Name = new("fleetdemo");
    static readonly PrivateChat Private = new(1234567890);

    static IEnumerable<TestCaseData> Forms()
    {
        TestCaseData Form(string text, TelegramLink link) => new TestCaseData(text, link).SetArgDisplayNames(text);

        var message = new MessageLink(Name, 123);
        yield return Form("https://t.me/fleetdemo/123", message);
        yield return Form("http://t.me/fleetdemo/123", message);
        yield return Form("HTTPS://T.ME/FleetDemo/123", message);
        yield return Form("t.me/fleetdemo/123", message);
        yield return Form("  https://t.me/fleetdemo/123/ \r\n", message);
        yield return Form("https://www.t.me/fleetdemo/123", message);
        yield return Form("https://telegram.me/fleetdemo/123", message);
        yield return Form("telegram.dog/fleetdemo/123", message);
        yield return Form("https://t.me:443/fleetdemo/123", message);
        yield return Form("http://t.me:80/fleetdemo/123", message);
        yield return Form("https://fleetdemo.t.me/123", message);
        yield return Form("https://www.fleetdemo.t.me/123", message);
        yield return Form("https://t.me/s/fleetdemo/123", message);
        yield return Form("https://t.me/%73/fleetdemo/123", message);
        yield return Form("https://t.me/fleetdemo/%3123", new MessageLink(Name, 123));
        yield return Form("https://t.me/fleetdemo/123#top", message);
        yield return Form("https://t.me/fleetdemo/123?utm=%D0%B0&embed=1", message);
        yield return Form("tg://resolve?domain=fleetdemo&post=123", message);
        yield return Form("tg:resolve?domain=fleetdemo&post=123", message);
        yield return Form("TG://RESOLVE/?post=123&domain=fleetdemo", message);

        yield return Form("https://t.me/fleetdemo/123?single", message with { Single = true });
        yield return Form("tg://resolve?domain=fleetdemo&post=123&single", message with { Single = true });
        yield return Form("https://t.me/fleetdemo/7/123", message with { ThreadId = 7 });
        yield return Form("https://t.me/fleetdemo/123?thread=7", message with { ThreadId = 7 });
        yield return Form("tg://resolve?domain=fleetdemo&post=123&thread=7", message with { ThreadId = 7 });
        yield return Form("https://t.me/fleetdemo/123?comment=9", message with { CommentId = 9 });
        yield return Form("tg://resolve?domain=fleetdemo&post=123&comment=9", message with { CommentId = 9 });
        yield return Form("https://t.me/fleetdemo/123?t=90", message with { StartAt = TimeSpan.FromSeconds(90) });
        yield return Form("https://t.me/fleetdemo/123?t=1h2m3s", message with { StartAt = new TimeSpan(1, 2, 3) });
        yield return Form("https://t.me/fleetdemo/123?t=soon", message);
        yield return Form("https://t.me/fleetdemo/123?task=4&option=b", message);
        yield return Form("https://t.me/fleetdemo/10-20", new MessageRangeLink(Name, 10, 20));
        yield return Form("https://t.me/fleetdemo/10-109", new MessageRangeLink(Name, 10, 109));

        yield return Form("https://t.me/c/1234567890/5", new MessageLink(Private, 5));
        yield return Form("https://t.me/c/1234567890/3/5", new MessageLink(Private, 5) { ThreadId = 3 });
        yield return Form("https://t.me/c/1234567890/5?single", new MessageLink(Private, 5) { Single = true });
        yield return Form("https://t.me/c/1234567890/5-6", new MessageRangeLink(Private, 5, 6));
        yield return Form("tg://privatepost?channel=1234567890&post=5", new MessageLink(Private, 5));
        yield return Form(
            "tg://privatepost?channel=1234567890&post=5&thread=3",
            new MessageLink(Private, 5) { ThreadId = 3 }
        );

        yield return Form("https://t.me/fleetdemo/s/12", new StoryLink(Name, 12));
        yield return Form("https://fleetdemo.t.me/s/12", new StoryLink(Name, 12));
        yield return Form("tg://resolve?domain=fleetdemo&story=12", new StoryLink(Name, 12));
        yield return Form("https://t.me/fleetdemo/s/live", new LiveStoryLink(Name));
        yield return Form("https://t.me/fleetdemo/a/3", new StoryAlbumLink(Name, 3));
        yield return Form("tg://resolve?domain=fleetdemo&album=3", new StoryAlbumLink(Name, 3));

        yield return Form("https://t.me/+AbC-d_1", new InviteLink("AbC-d_1"));
        yield return Form("https://t.me/%2BAbC-d_1", new InviteLink("AbC-d_1"));
        yield return Form("https://t.me/joinchat/AbC-d_1", new InviteLink("AbC-d_1"));
        yield return Form("tg://join?invite=AbC-d_1", new InviteLink("AbC-d_1"));
        yield return Form("https://t.me/filebot?start=doc_7-x", new BotStartLink(new PublicChat("filebot"), "doc_7-x"));
        yield return Form("tg://resolve?domain=filebot&start=doc", new BotStartLink(new PublicChat("filebot"), "doc"));
    }

    [TestCaseSource(nameof(Forms))]
    public void Every_form_of_the_grammar_is_read(string text, TelegramLink expected) =>
        Assert.That(LinkParser.Parse(text), Is.EqualTo(expected));

    [TestCaseSource(nameof(Forms))]
    public void The_canonical_spelling_reads_as_the_same_thing(string text, TelegramLink expected)
    {
        var again = LinkParser.Parse(expected.Canonical);

        Assert.That(again.Canonical, Is.EqualTo(LinkParser.Parse(text).Canonical));
    }

    [TestCase(null, LinkErrors.Malformed)]
    [TestCase("", LinkErrors.Malformed)]
    [TestCase("hello", LinkErrors.Malformed)]
    [TestCase("ftp://t.me/fleetdemo/1", LinkErrors.Malformed)]
    [TestCase("javascript:alert(1)//t.me/fleetdemo/1", LinkErrors.HostUnknown)]
    [TestCase("https:t.me/fleetdemo/1", LinkErrors.Malformed)]
    [TestCase("https://", LinkErrors.Malformed)]
    [TestCase("https://t.me/fleetdemo/0", LinkErrors.Malformed)]
    [TestCase("https://t.me/fleetdemo/-1", LinkErrors.Malformed)]
    [TestCase("https://t.me/fleetdemo/+1", LinkErrors.Malformed)]
    [TestCase("https://t.me/fleetdemo/2147483648", LinkErrors.Malformed)]
    [TestCase("https://t.me/fleetdemo/20-10", LinkErrors.Malformed)]
    [TestCase("https://t.me/fleetdemo/10-110", LinkErrors.TooManyItems)]
    [TestCase("https://t.me/c/1/1-2147483647", LinkErrors.TooManyItems)]
    [TestCase("https://t.me/fleetdemo/1?comment=x", LinkErrors.Malformed)]
    [TestCase("https://t.me/fleetdemo/1?comment=%zz", LinkErrors.Malformed)]
    [TestCase("https://t.me/fleetdemo/1 2", LinkErrors.Malformed)]
    [TestCase("https://t.me/fleetdemo\\1", LinkErrors.Malformed)]
    [TestCase("https://t.me/fleetdemo%2F1", LinkErrors.Malformed)]
    [TestCase("https://t.me/fleetdemo%00/1", LinkErrors.Malformed)]
    [TestCase("https://t.me/fleetdemo/1%", LinkErrors.Malformed)]
    [TestCase("https://t.me/fleetdemo/%2531", LinkErrors.Malformed)]
    [TestCase("https://t.me/flеetdemo/1", LinkErrors.Malformed)]
    [TestCase("https://t.me/fleetdemo/١٢", LinkErrors.Malformed)]
    [TestCase("https://t.me/1name/1", LinkErrors.Malformed)]
    [TestCase("https://t.me/na__me/1", LinkErrors.Malformed)]
    [TestCase("https://t.me/c/0/1", LinkErrors.Malformed)]
    [TestCase("https://t.me/c/1", LinkErrors.Malformed)]
    [TestCase("https://t.me/c/-1001234567890/1", LinkErrors.Malformed)]
    [TestCase("https://t.me/c/99999999999999999999/1", LinkErrors.Malformed)]
    [TestCase("https://t.me/joinchat/", LinkErrors.Malformed)]
    [TestCase("https://t.me/+", LinkErrors.Malformed)]
    [TestCase("https://t.me/a/b/c/d/e/f/g/h/i/j", LinkErrors.Malformed)]
    [TestCase("https://t.me@evil.example/fleetdemo/1", LinkErrors.Malformed)]
    [TestCase("https://user:pass@t.me/fleetdemo/1", LinkErrors.Malformed)]
    [TestCase("tg://resolve?domain=fleetdemo&post=x", LinkErrors.Malformed)]
    [TestCase("tg://privatepost?channel=1", LinkErrors.Malformed)]
    [TestCase("https://t.me:8443/fleetdemo/1", LinkErrors.HostUnknown)]
    [TestCase("https://example.com/fleetdemo/1", LinkErrors.HostUnknown)]
    [TestCase("https://t.me.example.com/fleetdemo/1", LinkErrors.HostUnknown)]
    [TestCase("https://evil-t.me/fleetdemo/1", LinkErrors.HostUnknown)]
    [TestCase("https://a.b.t.me/1", LinkErrors.HostUnknown)]
    [TestCase("https://web.t.me/1", LinkErrors.HostUnknown)]
    [TestCase("https://t.mе/fleetdemo/1", LinkErrors.HostUnknown)]
    [TestCase("https://t.me", LinkErrors.NotAMessage)]
    [TestCase("https://t.me/fleetdemo", LinkErrors.NotAMessage)]
    [TestCase("https://fleetdemo.t.me", LinkErrors.NotAMessage)]
    [TestCase("https://t.me/+4915112345678", LinkErrors.NotAMessage)]
    [TestCase("https://t.me/addstickers/Animals", LinkErrors.NotAMessage)]
    [TestCase("https://t.me/share/url?url=https://example.com", LinkErrors.NotAMessage)]
    [TestCase("https://t.me/proxy?server=1.2.3.4&port=443&secret=ee", LinkErrors.NotAMessage)]
    [TestCase("https://t.me/somebot/app", LinkErrors.NotAMessage)]
    [TestCase("tg://resolve?domain=fleetdemo", LinkErrors.NotAMessage)]
    [TestCase("tg://settings", LinkErrors.NotAMessage)]
    [TestCase("tg:", LinkErrors.NotAMessage)]
    public void Everything_else_is_refused_with_a_stable_code(string? text, string code) =>
        Assert.That(() => LinkParser.Parse(text), Throws.TypeOf<LinkException>().With.Property("Code").EqualTo(code));

    [Test]
    public void An_over_long_link_is_refused() =>
        Assert.That(
            () => LinkParser.Parse("https://t.me/fleetdemo/1?x=" + new string('a', 1_000_000)),
            Throws.TypeOf<LinkException>()
        );

    [Test]
    public void Hostile_text_gives_a_link_or_a_link_exception_and_nothing_else()
    {
        var pieces = Gen.Elements([
            "https://",
            "tg:",
            "tg://",
            "t.me",
            ".t.me",
            "/",
            "?",
            "#",
            "%",
            "%2F",
            "%00",
            "&",
            "=",
            ":",
            "@",
            "+",
            "c",
            "s",
            "resolve",
            "domain=",
            "post=",
            "privatepost",
            "channel=",
            "1",
            "99999999999",
            "-",
            "\0",
            "\ud800",
            "é",
            "name",
        ]);
        var texts = Gen.ArrayOf(pieces).Select(parts => string.Concat(parts));

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5000), Prop.ForAll(texts.ToArbitrary(), ParsesOrRefuses));
    }

    [Test]
    public void Secrets_of_a_link_stay_out_of_its_text() =>
        Assert.That(
            $"{LinkParser.Parse("t.me/+Secret1x")}{LinkParser.Parse("t.me/bot?start=Secret1x")}",
            Does.Not.Contain("Secret")
        );

    static bool ParsesOrRefuses(string text)
    {
        try
        {
            return LinkParser.Parse(text).Canonical.Length > 0;
        }
        catch (LinkException)
        {
            return true;
        }
    }
}
