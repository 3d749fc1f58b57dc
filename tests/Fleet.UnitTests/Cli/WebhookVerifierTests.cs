using System.Text;
using Fleet.Cli;
using Fleet.Notifier.Sending;
using Fleet.Testing;

namespace Fleet.UnitTests.Cli;

[Category("front")]
public sealed class WebhookVerifierTests
{
    const string Id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const string Timestamp = "1614265330";
    const string Good = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    const string Other = "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=";

    static readonly byte[] Body = Encoding.UTF8.GetBytes("""{"test": 2432232314}""");

    [TestCase(Good)]
    [TestCase($"{Other} {Good}")]
    [TestCase($"v1a,Zm9v {Good}")]
    [TestCase($"v1, v1,!!! nonsense {Good} v2,AAAA")]
    public void One_good_signature_among_others_is_enough(string signatures)
    {
        Assert.That(Verifier().FaultOrNull(Id, Timestamp, signatures, Body), Is.Null);
    }

    [TestCase(Other)]
    [TestCase("v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")]
    [TestCase("g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")]
    [TestCase("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE")]
    [TestCase("v1,")]
    [TestCase("v1")]
    public void Without_a_good_signature_it_is_not_genuine(string signatures)
    {
        Assert.That(Verifier().FaultOrNull(Id, Timestamp, signatures, Body), Is.EqualTo("no signature matches"));
    }

    [TestCase(null, Timestamp, Good)]
    [TestCase(Id, null, Good)]
    [TestCase(Id, Timestamp, null)]
    [TestCase("", Timestamp, Good)]
    public void A_missing_header_is_a_fault(string? id, string? timestamp, string? signatures)
    {
        Assert.That(Verifier().FaultOrNull(id, timestamp, signatures, Body), Is.EqualTo("a header is missing"));
    }

    [TestCase(-301, false)]
    [TestCase(-300, true)]
    [TestCase(300, true)]
    [TestCase(301, false)]
    public void A_webhook_counts_for_five_minutes_around_its_time(int late, bool genuine)
    {
        Assert.That(Verifier(late).FaultOrNull(Id, Timestamp, Good, Body) is null, Is.EqualTo(genuine));
    }

    [TestCase("soon")]
    [TestCase("-5")]
    [TestCase("1614265330.5")]
    public void A_timestamp_that_is_no_number_is_a_fault(string timestamp)
    {
        Assert.That(Verifier().FaultOrNull(Id, timestamp, Good, Body), Is.EqualTo("the timestamp is no number"));
    }

    [Test]
    public void What_the_notifier_signs_verifies()
    {
        var signature = WebhookSignature.Sign(Secret, "msg_1", 1614265330, "körper"u8);

        Assert.That(Verifier().FaultOrNull("msg_1", Timestamp, signature, "körper"u8), Is.Null);
    }

    static WebhookVerifier Verifier(int late = 0) =>
        new(Secret, new FakeTime(DateTimeOffset.FromUnixTimeSeconds(1614265330 + late)));
}
