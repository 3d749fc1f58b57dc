using System.Net;
using Fleet.Sessions;
using PropertyAttribute = FsCheck.NUnit.PropertyAttribute;

namespace Fleet.UnitTests.Sessions;

/// <summary>The strings were written by Telethon 1.25.1, GramJS 2.26.22 and mtcute 0.28.2 themselves, for a key of the bytes
/// 0 to 255; Pyrogram's follows its published layout.</summary>
[Category("broker")]
public sealed class SessionStringTests
{
    const string Telethon =
        "1ApWapzMBuwABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj9"
        + "AQUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVpbXF1eX2BhYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ent8fX5_gIGCg4SFhoe"
        + "IiYqLjI2Oj5CRkpOUlZaXmJmam5ydnp-goaKjpKWmp6ipqqusra6vsLGys7S1tre4ubq7vL2-v8DBwsPExcbHyMnKy8zNzs_"
        + "Q0dLT1NXW19jZ2tvc3d7f4OHi4-Tl5ufo6err7O3u7_Dx8vP09fb3-Pn6-_z9_v8=";
    const string TelethonIpv6 =
        "1BCABBnwE6PAEAAAAAAAAAAoBuwABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICEiIyQlJicoKSorLC0uLzAxMjM"
        + "0NTY3ODk6Ozw9Pj9AQUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVpbXF1eX2BhYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ent"
        + "8fX5_gIGCg4SFhoeIiYqLjI2Oj5CRkpOUlZaXmJmam5ydnp-goaKjpKWmp6ipqqusra6vsLGys7S1tre4ubq7vL2-v8DBwsP"
        + "ExcbHyMnKy8zNzs_Q0dLT1NXW19jZ2tvc3d7f4OHi4-Tl5ufo6err7O3u7_Dx8vP09fb3-Pn6-_z9_v8=";
    const string GramJs =
        "1AgAOMTQ5LjE1NC4xNjcuNTEBuwABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICEiIyQlJicoKSorLC0uLzAxMjM"
        + "0NTY3ODk6Ozw9Pj9AQUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVpbXF1eX2BhYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ent"
        + "8fX5/gIGCg4SFhoeIiYqLjI2Oj5CRkpOUlZaXmJmam5ydnp+goaKjpKWmp6ipqqusra6vsLGys7S1tre4ubq7vL2+v8DBwsP"
        + "ExcbHyMnKy8zNzs/Q0dLT1NXW19jZ2tvc3d7f4OHi4+Tl5ufo6err7O3u7/Dx8vP09fb3+Pn6+/z9/v8=";
    const string Mtcute =
        "AwEAAAAXAgIADjE0OS4xNTQuMTY3LjUxALsBAAAo2wsAAAAAADeXebz-AAEAAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBka"
        + "GxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-P0BBQkNERUZHSElKS0xNTk9QUVJTVFVWV1hZWltcXV5fYGFi"
        + "Y2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6e3x9fn-AgYKDhIWGh4iJiouMjY6PkJGSk5SVlpeYmZqbnJ2en6ChoqOkpaanqKmq"
        + "q6ytrq-wsbKztLW2t7i5uru8vb6_wMHCw8TFxsfIycrLzM3Oz9DR0tPU1dbX2Nna29zd3t_g4eLj5OXm5-jp6uvs7e7v8PHy"
        + "8_T19vf4-fr7_P3-_w";
    const string MtcuteWithMediaDc =
        "AwQAAAAXAgIADjE0OS4xNTQuMTY3LjUxALsBAAAXAgICDzE0OS4xNTQuMTY3LjIyMrsBAAD-AAEAAAECAwQFBgcICQoLDA0O"
        + "DxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-P0BBQkNERUZHSElKS0xNTk9QUVJTVFVW"
        + "V1hZWltcXV5fYGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6e3x9fn-AgYKDhIWGh4iJiouMjY6PkJGSk5SVlpeYmZqbnJ2e"
        + "n6ChoqOkpaanqKmqq6ytrq-wsbKztLW2t7i5uru8vb6_wMHCw8TFxsfIycrLzM3Oz9DR0tPU1dbX2Nna29zd3t_g4eLj5OXm"
        + "5-jp6uvs7e7v8PHy8_T19vf4-fr7_P3-_w";
    const string Pyrogram =
        "AgAAMDkAAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-P0BB"
        + "QkNERUZHSElKS0xNTk9QUVJTVFVWV1hZWltcXV5fYGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6e3x9fn-AgYKDhIWGh4iJ"
        + "iouMjY6PkJGSk5SVlpeYmZqbnJ2en6ChoqOkpaanqKmqq6ytrq-wsbKztLW2t7i5uru8vb6_wMHCw8TFxsfIycrLzM3Oz9DR"
        + "0tPU1dbX2Nna29zd3t_g4eLj5OXm5-jp6uvs7e7v8PHy8_T19vf4-fr7_P3-_wAAAAAAC9soAA";

    static readonly byte[] Key = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];

    static readonly PortableSession Full = new()
    {
        Dc = 2,
        AuthKey = Key,
        Address = new IPEndPoint(IPAddress.Parse("149.154.167.51"), 443),
        UserId = 777_000,
        IsBot = false,
        ApiId = 12_345,
    };

    static readonly TestCaseData[] Theirs =
    [
        new(Telethon, SessionFormat.Telethon),
        new(GramJs, SessionFormat.GramJs),
        new(Mtcute, SessionFormat.Mtcute),
        new(Pyrogram, SessionFormat.Pyrogram),
    ];

    [TestCaseSource(nameof(Theirs))]
    public void A_string_of_another_program_is_read_and_written_as_it_writes_it(string text, SessionFormat format)
    {
        var session = SessionString.Parse(text);

        Assert.That(session.AuthKey, Is.EqualTo(Key));
        Assert.That(session.Dc, Is.EqualTo(2));
        Assert.That(SessionString.Write(Full, format), Is.EqualTo(text));
    }

    [Test]
    public void Mtcute_and_Pyrogram_say_who_it_is()
    {
        var sessions = new[] { Mtcute, Pyrogram }.Select(SessionString.Parse);

        Assert.That(sessions.Select(s => (s.UserId, s.IsBot)), Is.All.EqualTo(((long?)777_000, (bool?)false)));
    }

    [Test]
    public void Pyrogram_names_the_application()
    {
        Assert.That(SessionString.Parse(Pyrogram).ApiId, Is.EqualTo(12_345));
    }

    [Test]
    public void An_IPv6_address_of_Telethon_is_told_from_a_host_name_of_GramJS()
    {
        var address = SessionString.Parse(TelethonIpv6).Address;

        Assert.That(address, Is.EqualTo(new IPEndPoint(IPAddress.Parse("2001:67c:4e8:f004::a"), 443)));
    }

    [Test]
    public void The_media_address_of_mtcute_is_passed_over()
    {
        var session = SessionString.Parse(MtcuteWithMediaDc);

        Assert.That(session.Address, Is.EqualTo(new IPEndPoint(IPAddress.Parse("149.154.167.51"), 443)));
        Assert.That(session.UserId, Is.Null);
    }

    [Test]
    public void Padding_and_space_around_do_not_matter()
    {
        var session = SessionString.Parse($"  {Telethon.TrimEnd('=')}\n");

        Assert.That(session.AuthKey, Is.EqualTo(Key));
    }

    [TestCase("")]
    [TestCase("1")]
    [TestCase("1234")]
    [TestCase("hello")]
    [TestCase("AwAAAAA")]
    [TestCase("%%%%")]
    public void Anything_else_is_refused(string text)
    {
        Assert.That(() => SessionString.Parse(text), Throws.InstanceOf<SessionStringException>());
    }

    [Test]
    public void A_string_cut_anywhere_is_refused(
        [Values(Telethon, GramJs, Mtcute, Pyrogram)] string text,
        [Values(1, 2, 3, 4, 50, 200, 300)] int cut
    )
    {
        Assert.That(() => SessionString.Parse(text.TrimEnd('=')[..^cut]), Throws.InstanceOf<SessionStringException>());
    }

    [Test]
    public void A_format_that_needs_more_than_there_is_is_refused_and_the_message_holds_no_key()
    {
        var session = Full with { UserId = null };

        Assert.That(
            () => SessionString.Write(session, SessionFormat.Pyrogram),
            Throws.InstanceOf<SessionStringException>().With.Message.Contains("a user id")
        );
    }

    [Property]
    public void Whatever_the_text_nothing_but_the_one_exception_comes_out(string? text)
    {
        try
        {
            SessionString.Parse(text ?? "");
        }
        catch (SessionStringException)
        {
            // the one exception
        }
    }

    [Test]
    public void No_secret_is_in_the_text_form()
    {
        Assert.That(Full.ToString(), Is.EqualTo("PortableSession { Dc = 2 }"));
    }
}
