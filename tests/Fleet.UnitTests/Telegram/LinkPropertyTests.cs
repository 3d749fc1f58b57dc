using Fleet.Telegram;
using FsCheck;
using FsCheck.Fluent;

namespace Fleet.UnitTests.Telegram;

/// <summary>What holds for all links, and for all texts.</summary>
[Category("engine")]
public sealed class LinkPropertyTests
{
    static readonly string[] Refusals =
    [
        LinkErrors.Malformed,
        LinkErrors.HostUnknown,
        LinkErrors.NotAMessage,
        LinkErrors.TooManyItems,
    ];

    /// <summary>Pieces that links are made of, and pieces that they break on.</summary>
    static readonly string[] Pieces =
    [
        "https://",
        "tg://",
        "tg:",
        "t.me",
        "telegram.me",
        "fleetdemo",
        "/",
        "c",
        "s",
        "a",
        "+",
        "joinchat",
        "live",
        "1",
        "1234567890",
        "2147483648",
        "-100",
        "-",
        "?",
        "&",
        "single",
        "comment=",
        "thread=",
        "t=",
        "resolve?domain=",
        "#",
        "%2f",
        "%",
        "@",
        ":",
        "\\",
        " ",
        "ф",
        "\0",
    ];

    [Test]
    public void A_message_link_gives_back_what_it_was_made_of()
    {
        var names = Gen.Elements("abcdefghijklmnopqrstuvwxyz".ToCharArray()).ArrayOf(12).Select(c => new string(c));
        Prop.ForAll(
                names.ToArbitrary(),
                Gen.Choose(1, int.MaxValue).ToArbitrary(),
                Gen.Choose(1, int.MaxValue).ToArbitrary(),
                (name, channel, message) =>
                    LinkParser
                        .Parse($"https://t.me/{name}/{message}")
                        .Equals(new MessageLink(new PublicChat(name), message))
                    && LinkParser
                        .Parse($"https://t.me/c/{channel}/{message}")
                        .Equals(new MessageLink(new PrivateChat(channel), message))
            )
            .QuickCheckThrowOnFailure();
    }

    [Test]
    public void Whatever_is_read_reads_the_same_from_its_canonical_spelling_and_the_rest_has_a_stable_code()
    {
        Prop.ForAll(
                Gen.Elements(Pieces).ArrayOf().Select(string.Concat).ToArbitrary(),
                text =>
                {
                    try
                    {
                        var canonical = LinkParser.Parse(text).Canonical;
                        return LinkParser.Parse(canonical).Canonical == canonical;
                    }
                    catch (LinkException e)
                    {
                        return Refusals.Contains(e.Code, StringComparer.Ordinal);
                    }
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }
}
