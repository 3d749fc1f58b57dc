using System.Text.Json;
using Fleet.Hosting;
using Fleet.Intake;
using Fleet.Intake.Api;
using Fleet.Jobs;

namespace Fleet.UnitTests.Intake;

[Category("front")]
public sealed class RequestTests
{
    static readonly JobPosition Place = new(
        new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
        Guid.Parse("01a202b3-5c7c-7214-ae49-e8db19cfdaae")
    );

    [TestCase("""{"a":1,"b":[1,2]}""", """ { "b" : [ 1, 2 ], "a" : 1 } """, true)]
    [TestCase("""{"a":{"x":1,"y":2}}""", """{"a":{"y":2,"x":1}}""", true)]
    [TestCase("""{"a":[1,2]}""", """{"a":[2,1]}""", false)]
    [TestCase("""{"a":1}""", """{"a":"1"}""", false)]
    [TestCase("""{"a":1}""", """{"a":1,"b":null}""", false)]
    public void Bodies_have_one_fingerprint_when_they_mean_the_same(string one, string other, bool equal)
    {
        using var first = JsonDocument.Parse(one);
        using var second = JsonDocument.Parse(other);

        var same = JsonBody
            .Fingerprint(first.RootElement)
            .AsSpan()
            .SequenceEqual(JsonBody.Fingerprint(second.RootElement));

        Assert.That(same, Is.EqualTo(equal));
    }

    [TestCase("abc", "abc")]
    [TestCase("\"abc\"", "abc")]
    public void An_idempotency_key_may_be_quoted_or_bare(string header, string key)
    {
        Assert.That(IdempotencyHeader.Parse(header), Is.EqualTo(key));
    }

    [TestCase("")]
    [TestCase("\"\"")]
    [TestCase("a b")]
    [TestCase("ключ")]
    public void Other_idempotency_keys_are_refused(string header)
    {
        var refused = Assert.Throws<ProblemException>(() => IdempotencyHeader.Parse(header));

        Assert.That(refused!.Type, Is.EqualTo(IntakeProblems.InvalidIdempotencyKey));
    }

    [Test]
    public void A_cursor_leads_back_to_its_job()
    {
        Assert.That(JobCursor.ParseOrNull(JobCursor.Of(Place, "queued"), "queued"), Is.EqualTo(Place));
    }

    [Test]
    public void A_cursor_of_another_filter_is_none()
    {
        Assert.That(JobCursor.ParseOrNull(JobCursor.Of(Place, "queued"), ""), Is.Null);
    }

    [TestCase("")]
    [TestCase("AAAA")]
    [TestCase("____________________________________!")]
    [TestCase("//////////////////////////////////////")]
    public void Any_other_text_is_no_cursor(string text)
    {
        Assert.That(JobCursor.ParseOrNull(text, "queued"), Is.Null);
    }

    [TestCase("$", "/")]
    [TestCase("$.options.audio.languages[0]", "/options/audio/languages/0")]
    public void A_fault_is_named_by_a_pointer(string path, string pointer)
    {
        Assert.That(JsonBody.PointerOf(path), Is.EqualTo(pointer));
    }

    [Test]
    public void Codes_mean_the_same_wherever_they_appear()
    {
        var twice = IntakeProblems.All.GroupBy(entry => entry.Code, StringComparer.Ordinal).Where(g => g.Count() > 2);

        Assert.That(twice, Is.Empty);
    }
}
