using Fleet.Storage;

namespace Fleet.UnitTests.Storage;

[Category("pipeline")]
public sealed class ObjectKeyTests
{
    [TestCase("a")]
    [TestCase("assets/0123456789abcdef/42/file.mp4")]
    [TestCase("a/b_c-d/E.f.g")]
    public void Plain_ascii_segments_are_a_key(string key) => Assert.That(ObjectKey.IsValid(key), Is.True);

    [TestCase(null)]
    [TestCase("")]
    [TestCase("/a")]
    [TestCase("a/")]
    [TestCase("a//b")]
    [TestCase(".")]
    [TestCase("..")]
    [TestCase("../a")]
    [TestCase("a/../b")]
    [TestCase("a/.hidden")]
    [TestCase("a\\b")]
    [TestCase("a b")]
    [TestCase("a%2e%2e/b")]
    [TestCase("a\0b")]
    [TestCase("a?b")]
    [TestCase("é")]
    [TestCase("a\nb")]
    public void Anything_that_could_leave_the_directory_or_need_escaping_is_not_a_key(string? key) =>
        Assert.That(ObjectKey.IsValid(key), Is.False);

    [Test]
    public void A_key_has_at_most_512_characters()
    {
        var longest = new string('a', 512);

        Assert.That((ObjectKey.IsValid(longest), ObjectKey.IsValid(longest + "a")), Is.EqualTo((true, false)));
    }

    [Test]
    public void The_key_of_an_attempt_contains_its_fence()
    {
        var key = ObjectKey.ForAsset(Guid.Parse("0198c0de-0000-7000-8000-000000000001"), 42, "file.mp4");

        Assert.That(key, Is.EqualTo("assets/0198c0de000070008000000000000001/42/file.mp4"));
    }

    [Test]
    public void A_bad_key_is_refused_without_repeating_it()
    {
        var error = Assert.Throws<StorageException>(() => ObjectKey.Checked("../etc/passwd"));

        Assert.That(error.Error, Is.EqualTo(StorageError.InvalidKey));
        Assert.That(error.Message, Does.Not.Contain("passwd"));
    }
}
