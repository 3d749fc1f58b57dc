using System.Security.Cryptography;
using System.Text;
using Fleet.Sessions;

namespace Fleet.UnitTests.Sessions;

[Category("broker")]
public sealed class SessionSealerTests
{
    static readonly SessionKey OldKey = SessionKey.Create();
    static readonly SessionKey NewKey = SessionKey.Create();

    [Test]
    public void What_is_sealed_for_an_account_and_a_purpose_opens_for_them()
    {
        var sealer = new SessionSealer(NewKey);

        var record = sealer.Seal("secret"u8, "a1", "account");

        Assert.That(Encoding.UTF8.GetString(sealer.Open(record, "a1", "account")), Is.EqualTo("secret"));
        Assert.That(record.KeyId, Is.EqualTo(NewKey.Id));
    }

    [Test]
    public void Sealing_twice_gives_different_bytes()
    {
        var sealer = new SessionSealer(NewKey);

        var first = sealer.Seal("secret"u8, "a1", "account");
        var second = sealer.Seal("secret"u8, "a1", "account");

        Assert.That(first.Data, Is.Not.EqualTo(second.Data));
    }

    [TestCase("a2", "account")]
    [TestCase("a1", "dc-key-2")]
    [TestCase("a1a", "ccount")]
    public void A_record_of_another_row_does_not_open(string account, string purpose)
    {
        var sealer = new SessionSealer(NewKey);
        var record = sealer.Seal("secret"u8, "a1", "account");

        Assert.That(ErrorOf(() => sealer.Open(record, account, purpose)), Is.EqualTo(SealError.NotAuthentic));
    }

    [Test]
    public void A_change_of_any_byte_is_noticed()
    {
        var sealer = new SessionSealer(NewKey);
        var record = sealer.Seal("secret"u8, "a1", "account");

        for (var i = 0; i < record.Data.Length; i++)
        {
            var data = record.Data.ToArray();
            data[i] ^= 1;
            var expected = i == 0 ? SealError.Malformed : SealError.NotAuthentic;
            Assert.That(ErrorOf(() => sealer.Open(record with { Data = data }, "a1", "account")), Is.EqualTo(expected));
        }
    }

    [Test]
    public void A_truncated_record_is_malformed()
    {
        var sealer = new SessionSealer(NewKey);
        var record = sealer.Seal([], "a1", "account");

        Assert.That(
            ErrorOf(() => sealer.Open(record with { Data = record.Data[..^1] }, "a1", "account")),
            Is.EqualTo(SealError.Malformed)
        );
    }

    [Test]
    public void After_rotation_old_records_open_and_are_outdated()
    {
        var record = new SessionSealer(OldKey).Seal("secret"u8, "a1", "account");
        var rotated = new SessionSealer(NewKey, OldKey);

        Assert.That(Encoding.UTF8.GetString(rotated.Open(record, "a1", "account")), Is.EqualTo("secret"));
        Assert.That(rotated.IsOutdated(record), Is.True);
        Assert.That(rotated.IsOutdated(rotated.Seal("secret"u8, "a1", "account")), Is.False);
    }

    [Test]
    public void A_record_of_a_key_that_is_not_configured_names_the_key()
    {
        var record = new SessionSealer(OldKey).Seal("secret"u8, "a1", "account");

        var error = Assert.Throws<SealException>(() => new SessionSealer(NewKey).Open(record, "a1", "account"));

        Assert.That(error.Error, Is.EqualTo(SealError.UnknownKey));
        Assert.That(error.Message, Does.Contain(OldKey.Id));
    }

    [Test]
    public void A_key_comes_from_base64_or_from_a_file()
    {
        var text = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        var path = Path.GetTempFileName();
        File.WriteAllText(path, text + "\n");

        var fromText = SessionSealer.From(new SessionsOptions { Key = text });
        var fromFile = SessionSealer.From(new SessionsOptions { KeyFile = path });
        File.Delete(path);

        Assert.That(fromFile.CurrentKeyId, Is.EqualTo(fromText.CurrentKeyId));
    }

    [TestCase("")]
    [TestCase("not base64 at all")]
    [TestCase("c2hvcnQ=")]
    [TestCase("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void A_bad_key_is_refused_and_not_repeated(string text)
    {
        var error = Assert.Throws<SealException>(() => SessionKey.Parse(text));

        Assert.That(error.Error, Is.EqualTo(SealError.BadKey));
        if (text.Length > 0)
            Assert.That(error.Message, Does.Not.Contain(text));
    }

    [Test]
    public void A_missing_key_file_is_named()
    {
        var error = Assert.Throws<SealException>(() => SessionKey.FromFile("/does/not/exist"));

        Assert.That(error.Message, Does.Contain("/does/not/exist"));
    }

    [Test]
    public void An_account_and_its_keys_survive_sealing()
    {
        var sealer = new SessionSealer(NewKey);
        var account = Samples.Account;
        var key = new DcKeyRecord
        {
            Dc = 4,
            AuthKey = RandomNumberGenerator.GetBytes(256),
            ServerSalt = -5,
        };

        var openedAccount = sealer.OpenAccount("a1", sealer.Seal("a1", account));
        var openedKey = sealer.OpenDcKey("a1", 4, sealer.Seal("a1", key));

        Assert.That(openedAccount with { AuthKey = account.AuthKey }, Is.EqualTo(account));
        Assert.That(openedAccount.AuthKey, Is.EqualTo(account.AuthKey));
        Assert.That(openedKey with { AuthKey = key.AuthKey }, Is.EqualTo(key));
        Assert.That(openedKey.AuthKey, Is.EqualTo(key.AuthKey));
    }

    [Test]
    public void A_key_of_one_data_centre_does_not_open_as_the_key_of_another()
    {
        var sealer = new SessionSealer(NewKey);
        var record = sealer.Seal("a1", new DcKeyRecord { Dc = 4, AuthKey = new byte[256] });

        Assert.That(ErrorOf(() => sealer.OpenDcKey("a1", 2, record)), Is.EqualTo(SealError.NotAuthentic));
    }

    [Test]
    public void No_text_form_shows_a_secret()
    {
        var shown = string.Join(
            "\n",
            Samples.Account,
            NewKey,
            new SessionsOptions { Key = "a2V5" },
            new BrokerOptions { Token = "token-of-the-fleet" },
            Samples.Grant
        );

        foreach (
            var secret in (string[])["a2V5", "token-of-the-fleet", Samples.Account.ApiHash, Samples.Account.Phone!]
        )
            Assert.That(shown, Does.Not.Contain(secret));
    }

    static SealError ErrorOf(Action act) => Assert.Throws<SealException>(act)!.Error;
}
