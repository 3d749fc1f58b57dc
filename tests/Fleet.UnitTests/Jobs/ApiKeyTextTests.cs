using Fleet.Jobs;

namespace Fleet.UnitTests.Jobs;

[Category("front")]
public sealed class ApiKeyTextTests
{
    [Test]
    public void A_new_key_reads_back_as_itself()
    {
        var key = ApiKeyText.Create();

        Assert.That(ApiKeyText.ParseOrNull(key.Reveal()), Is.EqualTo(key));
    }

    [Test]
    public void A_mistyped_character_anywhere_is_noticed()
    {
        var text = ApiKeyText.Create().Reveal();

        var accepted = Enumerable
            .Range(0, text.Length)
            .Where(i => ApiKeyText.ParseOrNull(text[..i] + (text[i] == 'x' ? 'y' : 'x') + text[(i + 1)..]) is not null);

        Assert.That(accepted, Is.Empty);
    }

    [TestCase("")]
    [TestCase("flt_live_")]
    [TestCase("sk_live_00000000000000000000000000000000000000000000000000")]
    public void Other_texts_are_no_keys(string text)
    {
        Assert.That(ApiKeyText.ParseOrNull(text), Is.Null);
    }

    [Test]
    public void A_key_does_not_print_its_secret()
    {
        var key = ApiKeyText.Create();

        Assert.That($"{key}", Does.Not.Contain(key.Secret));
    }
}
