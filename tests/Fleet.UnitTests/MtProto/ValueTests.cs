using Fleet.MtProto;

namespace Fleet.UnitTests.MtProto;

[Category("engine")]
sealed class ValueTests
{
    [TestCase("2=127.0.0.1:443", 2, "127.0.0.1", 443, false)]
    [TestCase("4=[2001:67c:4e8:f004::a]:80,media", 4, "2001:67c:4e8:f004::a", 80, true)]
    [TestCase("203=cdn.example:5222", 203, "cdn.example", 5222, false)]
    [TestCase("203=cdn.example:5222,cdn", 203, "cdn.example", 5222, false, true)]
    public void An_address_is_read_and_written(string text, int dc, string host, int port, bool media, bool cdn = false)
    {
        var address = DcAddress.Parse(text);

        Assert.That((address, address.ToString()), Is.EqualTo((new DcAddress(dc, host, port, media, Cdn: cdn), text)));
    }

    [TestCase("2=127.0.0.1:443,obfuscated", false)]
    [TestCase("2=127.0.0.1:443,media,obfuscated", true)]
    public void An_address_may_take_obfuscated_transports_only(string text, bool media)
    {
        var address = DcAddress.Parse(text);

        Assert.That(
            (address, address.ToString()),
            Is.EqualTo((new DcAddress(2, "127.0.0.1", 443, media, Obfuscated: true), text))
        );
    }

    [TestCase("")]
    [TestCase("2=host:443,media,media")]
    [TestCase("127.0.0.1:443")]
    [TestCase("2=127.0.0.1")]
    [TestCase("2=:443")]
    [TestCase("0=host:443")]
    [TestCase("-2=host:443")]
    [TestCase("2=host:0")]
    [TestCase("2=host:65536")]
    [TestCase("2=host:443,media,cdn")]
    [TestCase("2=host:443,other")]
    public void Other_text_is_no_address(string text)
    {
        Assert.That(() => DcAddress.Parse(text), Throws.InstanceOf<FormatException>());
    }

    [TestCase(420, "FLOOD_WAIT_5", "FLOOD_WAIT", 5, Recovery.Wait)]
    [TestCase(420, "FLOOD_PREMIUM_WAIT_12", "FLOOD_PREMIUM_WAIT", 12, Recovery.Wait)]
    [TestCase(303, "FILE_MIGRATE_4", "FILE_MIGRATE", 4, Recovery.Migrate)]
    [TestCase(400, "FILE_REFERENCE_EXPIRED", "FILE_REFERENCE_EXPIRED", null, Recovery.RenewFileReference)]
    [TestCase(400, "FILE_REFERENCE_0_EXPIRED", "FILE_REFERENCE_EXPIRED", 0, Recovery.RenewFileReference)]
    [TestCase(406, "FILEREF_UPGRADE_NEEDED", "FILEREF_UPGRADE_NEEDED", null, Recovery.RenewFileReference)]
    [TestCase(401, "AUTH_KEY_UNREGISTERED", "AUTH_KEY_UNREGISTERED", null, Recovery.SignIn)]
    [TestCase(401, "SESSION_PASSWORD_NEEDED", "SESSION_PASSWORD_NEEDED", null, Recovery.None)]
    [TestCase(406, "AUTH_KEY_DUPLICATED", "AUTH_KEY_DUPLICATED", null, Recovery.SignIn)]
    [TestCase(420, "2FA_CONFIRM_WAIT_3600", "2FA_CONFIRM_WAIT", 3600, Recovery.Wait)]
    [TestCase(500, "INTERDC_2_CALL_ERROR", "INTERDC_CALL_ERROR", 2, Recovery.Retry)]
    [TestCase(-503, "Timedout", "Timedout", null, Recovery.Retry)]
    [TestCase(400, "17", "17", null, Recovery.None)]
    [TestCase(400, "", "", null, Recovery.None)]
    public void The_number_in_an_error_is_its_argument(
        int code,
        string text,
        string type,
        int? argument,
        Recovery recovery
    )
    {
        var error = RpcException.Parse(code, text);

        Assert.That(
            (error.Code, error.Type, error.Argument, error.Recovery),
            Is.EqualTo((code, type, argument, recovery))
        );
    }

    /// <summary>Every error that the rules name (facts: DCs, flood, file references, takeout), and what is done about it.</summary>
    [TestCase(420, "FLOOD_WAIT_31", Recovery.Wait)]
    [TestCase(420, "FLOOD_PREMIUM_WAIT_3", Recovery.Wait)]
    [TestCase(420, "FLOOD_SKIP_FAILED_WAIT", Recovery.Wait)]
    [TestCase(420, "FLOOD_TEST_PHONE_WAIT_9", Recovery.Wait)]
    [TestCase(420, "SLOWMODE_WAIT_10", Recovery.Wait)]
    [TestCase(420, "TAKEOUT_INIT_DELAY_86400", Recovery.Wait)]
    [TestCase(420, "2FA_CONFIRM_WAIT_604800", Recovery.Wait)]
    [TestCase(500, "No workers running", Recovery.Retry)]
    [TestCase(500, "RPC_CALL_FAIL", Recovery.Retry)]
    [TestCase(500, "RPC_MCGET_FAIL", Recovery.Retry)]
    [TestCase(500, "WORKER_BUSY_TOO_LONG_RETRY", Recovery.Retry)]
    [TestCase(500, "memory limit exit", Recovery.Retry)]
    [TestCase(400, "RPC_CALL_FAIL", Recovery.Retry)]
    [TestCase(400, "WORKER_BUSY_TOO_LONG_RETRY", Recovery.Retry)]
    [TestCase(-503, "Timedout", Recovery.Retry)]
    [TestCase(-500, "No workers running", Recovery.Retry)]
    [TestCase(400, "FILE_REFERENCE_EXPIRED", Recovery.RenewFileReference)]
    [TestCase(400, "FILE_REFERENCE_INVALID", Recovery.RenewFileReference)]
    [TestCase(400, "FILE_REFERENCE_EMPTY", Recovery.RenewFileReference)]
    [TestCase(400, "FILE_REFERENCE_0_EXPIRED", Recovery.RenewFileReference)]
    [TestCase(400, "FILE_REFERENCE_12_INVALID", Recovery.RenewFileReference)]
    [TestCase(406, "FILEREF_UPGRADE_NEEDED", Recovery.RenewFileReference)]
    [TestCase(303, "FILE_MIGRATE_4", Recovery.Migrate)]
    [TestCase(303, "USER_MIGRATE_5", Recovery.Migrate)]
    [TestCase(303, "PHONE_MIGRATE_1", Recovery.Migrate)]
    [TestCase(303, "NETWORK_MIGRATE_3", Recovery.Migrate)]
    [TestCase(400, "MTPROTO_CLUSTER_INVALID", Recovery.ReloadConfig)]
    [TestCase(500, "MTPROTO_CLUSTER_INVALID", Recovery.ReloadConfig)]
    [TestCase(400, "TAKEOUT_INVALID", Recovery.RestartTakeout)]
    [TestCase(403, "TAKEOUT_REQUIRED", Recovery.RestartTakeout)]
    [TestCase(401, "AUTH_KEY_UNREGISTERED", Recovery.SignIn)]
    [TestCase(401, "SESSION_REVOKED", Recovery.SignIn)]
    [TestCase(401, "USER_DEACTIVATED", Recovery.SignIn)]
    [TestCase(406, "AUTH_KEY_DUPLICATED", Recovery.SignIn)]
    [TestCase(400, "LOCATION_INVALID", Recovery.None)]
    [TestCase(400, "OFFSET_INVALID", Recovery.None)]
    [TestCase(400, "LIMIT_INVALID", Recovery.None)]
    [TestCase(400, "FILE_ID_INVALID", Recovery.None)]
    public void Every_error_says_what_to_do_about_it(int code, string text, Recovery recovery)
    {
        var error = RpcException.Parse(code, text);

        Assert.That((error.Recovery, error.Wait > TimeSpan.Zero), Is.EqualTo((recovery, recovery == Recovery.Wait)));
    }

    [TestCase("FLOOD_WAIT_5", 5)]
    [TestCase("FLOOD_WAIT_0", 1)]
    [TestCase("FLOOD_WAIT", 1)]
    [TestCase("FLOOD_SKIP_FAILED_WAIT", 1)]
    [TestCase("FLOOD_WAIT_1209600", 1_209_600)]
    [TestCase("FLOOD_WAIT_1209601", 1_209_600)]
    [TestCase("TAKEOUT_INIT_DELAY_2147483647", 1_209_600)]
    public void A_wait_lasts_from_a_second_to_two_weeks(string text, int seconds)
    {
        Assert.That(RpcException.Parse(420, text).Wait, Is.EqualTo(TimeSpan.FromSeconds(seconds)));
    }

    [Test]
    public void An_auth_key_does_not_show_itself()
    {
        var key = AuthKey.Import(Vectors.AuthKey);

        Assert.That((key.ToString(), key.Export()), Is.EqualTo(("auth key 95a856cbb75bfa40", Vectors.AuthKey)));
    }
}
