using System.Text;
using Fleet.Notifier.Sending;

namespace Fleet.UnitTests.Notifier;

[Category("front")]
public sealed class WebhookSignatureTests
{
    const string Id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const long Timestamp = 1614265330;

    static readonly byte[] Body = Encoding.UTF8.GetBytes("""{"test": 2432232314}""");

    [Test]
    public void The_published_vector_is_signed_as_published()
    {
        var signature = WebhookSignature.Sign(Secret, Id, Timestamp, Body);

        Assert.That(signature, Is.EqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    }

    [TestCase("msg_p5jXN8AQM9LWM0D4loKWxJeK", Timestamp, """{"test": 2432232314}""")]
    [TestCase(Id, Timestamp + 1, """{"test": 2432232314}""")]
    [TestCase(Id, Timestamp, """{"test":2432232314}""")]
    public void Another_id_time_or_body_has_another_signature(string id, long timestamp, string body)
    {
        var signature = WebhookSignature.Sign(Secret, id, timestamp, Encoding.UTF8.GetBytes(body));

        Assert.That(signature, Is.Not.EqualTo(WebhookSignature.Sign(Secret, Id, Timestamp, Body)));
    }

    [TestCase("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [TestCase("whsec_")]
    [TestCase("whsec_not base64!")]
    [TestCase("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==")] // 22 bytes
    [TestCase("whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    public void A_secret_of_another_form_signs_nothing(string secret)
    {
        Assert.That(() => WebhookSignature.Sign(secret, Id, Timestamp, Body), Throws.TypeOf<FormatException>());
    }

    [Test]
    public void A_secret_longer_than_64_bytes_signs_nothing()
    {
        var secret = WebhookSignature.SecretPrefix + Convert.ToBase64String(new byte[65]);

        Assert.That(() => WebhookSignature.Sign(secret, Id, Timestamp, Body), Throws.TypeOf<FormatException>());
    }

    [Test]
    public void An_id_with_a_dot_could_pose_as_another_message()
    {
        Assert.That(() => WebhookSignature.Sign(Secret, "msg_1.2", Timestamp, Body), Throws.TypeOf<FormatException>());
    }
}
