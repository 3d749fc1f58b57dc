using System.Net.Http.Headers;
using System.Text;
using Fleet.Storage;

namespace Fleet.UnitTests.Storage;

[Category("pipeline")]
public sealed class FileNameTests
{
    [TestCase("video.mp4", "video.mp4")]
    [TestCase("Фильм 1.mkv", "Фильм 1.mkv")]
    [TestCase("a/b\\c:d*e?f\"g<h>i|j.mp4", "a_b_c_d_e_f_g_h_i_j.mp4")]
    [TestCase("../../etc/passwd", "_.._etc_passwd")]
    [TestCase("...hidden", "hidden")]
    [TestCase("trailing. . ", "trailing")]
    [TestCase("a\r\nSet-Cookie: x", "aSet-Cookie_ x")]
    [TestCase("gpj.\u202Eexe", "gpj.exe")]
    [TestCase("a\u200Bb\u2066c\uFEFFd", "abcd")]
    [TestCase("CON", "_CON")]
    [TestCase("nul.txt", "_nul.txt")]
    [TestCase("com7.tar.gz", "_com7.tar.gz")]
    [TestCase("console.log", "console.log")]
    [TestCase("", "file")]
    [TestCase(null, "file")]
    [TestCase("...", "file")]
    [TestCase("😀.mp4", "😀.mp4")]
    public void A_name_becomes_safe_to_save_under(string? name, string safe) =>
        Assert.That(SafeFileName.From(name), Is.EqualTo(safe));

    [Test]
    public void Half_a_surrogate_pair_is_dropped() =>
        Assert.That(SafeFileName.From("a\uD83D.mp4"), Is.EqualTo("a.mp4"));

    [Test]
    public void A_long_name_is_cut_between_characters_and_keeps_its_extension()
    {
        var safe = SafeFileName.From(new string('я', 300) + ".mp4");

        Assert.That(safe, Does.EndWith("я.mp4").And.Matches<string>(s => Encoding.UTF8.GetByteCount(s) is 199 or 200));
    }

    [Test]
    public void The_header_carries_an_ascii_fallback_and_the_escaped_true_name() =>
        Assert.That(
            ContentDisposition.For("Ф'(1)*!% \"x\".mp4", inline: false),
            Is.EqualTo("attachment; filename=\"_'(1)_!_ _x_.mp4\"; filename*=UTF-8''%D0%A4%27%281%29_!%25%20_x_.mp4")
        );

    [TestCase("Über die Straße – Teil 1.mkv")]
    [TestCase("'()*!;=,.mp4")]
    [TestCase("東京 50%.mp4")]
    public void A_parser_that_is_not_ours_reads_the_true_name_back(string name)
    {
        var header = ContentDispositionHeaderValue.Parse(ContentDisposition.For(name, inline: true));

        Assert.That((header.DispositionType, header.FileNameStar), Is.EqualTo(("inline", SafeFileName.From(name))));
    }
}
