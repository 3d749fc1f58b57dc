using System.ComponentModel.DataAnnotations;
using Fleet.Storage;

namespace Fleet.UnitTests.Storage;

[Category("pipeline")]
public sealed class StorageOptionsTests
{
    static readonly StorageOptions Directory = new()
    {
        Directory = "/var/lib/fleet",
        PublicUrl = new("http://127.0.0.1:8080"),
        LinkKey = new('k', 32),
    };

    static readonly StorageOptions S3 = new()
    {
        Kind = StorageKind.S3,
        Bucket = "fleet",
        AccessKey = "key",
        SecretKey = "very-secret",
        Endpoint = new("http://127.0.0.1:9000"),
    };

    [Test]
    public void Complete_settings_of_either_kind_are_valid() =>
        Assert.That(Faults(Directory).Concat(Faults(S3)), Is.Empty);

    [Test]
    public void Every_missing_setting_is_named()
    {
        Assert.That(Faults(new()), Is.EqualTo(["Directory", "PublicUrl", "LinkKey"]));
        Assert.That(Faults(new() { Kind = StorageKind.S3 }), Is.EqualTo(["Bucket", "AccessKey"]));
    }

    [Test]
    public void A_relative_directory_a_short_key_and_a_strange_address_are_refused() =>
        Assert.That(
            Faults(Directory with { Directory = "data", LinkKey = "short", PublicUrl = new("ftp://x") }),
            Is.EqualTo(["Directory", "PublicUrl", "LinkKey"])
        );

    [Test]
    public void Secrets_are_not_in_the_text_form() =>
        Assert.That(Directory.ToString() + S3, Does.Not.Contain("very-secret").And.Not.Contain("kkkk"));

    static IEnumerable<string> Faults(StorageOptions options)
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new(options), results, validateAllProperties: true);
        return results.SelectMany(r => r.MemberNames);
    }
}
