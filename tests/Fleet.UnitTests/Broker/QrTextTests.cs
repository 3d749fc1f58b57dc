using Fleet.Broker.Verbs;

namespace Fleet.UnitTests.Broker;

[Category("broker")]
public sealed class QrTextTests
{
    [Test]
    public void A_code_is_a_square_of_half_blocks_with_a_light_margin()
    {
        var lines = QrText.Of("tg://login?token=" + new string('a', 43)).Split('\n');

        var width = lines[0].Length;
        Assert.That(lines, Has.All.Property(nameof(string.Length)).EqualTo(width));
        Assert.That(lines, Has.Length.EqualTo((width + 1) / 2));
        Assert.That(lines.Take(2), Has.All.EqualTo(new string('█', width)), "four light modules above");
        Assert.That(lines[2][4..11], Is.EqualTo(" ▄▄▄▄▄ "), "two rows of the upper left finder");
    }
}
