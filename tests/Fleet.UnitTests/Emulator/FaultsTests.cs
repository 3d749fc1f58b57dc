using Fleet.Emulator;

namespace Fleet.UnitTests.Emulator;

[Category("engine")]
sealed class FaultsTests
{
    const string GetFile = "upload.getFile";

    [Test]
    public void A_fault_lets_the_asked_number_of_calls_pass_then_spoils_the_asked_number()
    {
        var faults = new Faults();
        faults.FailNext(GetFile, "FLOOD_WAIT_5", count: 2, afterCalls: 1);

        var taken = Enumerable.Range(0, 5).Select(_ => faults.TakeOrNull(GetFile, userId: 1, dc: 2)?.Error?.Message);

        Assert.That(taken, Is.EqualTo(new[] { null, "FLOOD_WAIT_5", "FLOOD_WAIT_5", null, null }));
    }

    [TestCase("upload.getFile", 1L, 4, true)]
    [TestCase("help.getConfig", 1L, 4, false)]
    [TestCase("upload.getFile", 2L, 4, false)]
    [TestCase("upload.getFile", null, 4, false)]
    [TestCase("upload.getFile", 1L, 2, false)]
    public void A_filtered_fault_meets_only_calls_that_fit(string method, long? userId, int dc, bool met)
    {
        var faults = new Faults();
        faults.FailNext(GetFile, "RPC_CALL_FAIL", userId: 1, dc: 4);

        Assert.That(faults.TakeOrNull(method, userId, dc) is not null, Is.EqualTo(met));
    }

    [Test]
    public void Faults_of_one_method_are_used_up_in_order()
    {
        var faults = new Faults();
        faults.FailNext(GetFile, "FLOOD_WAIT_1");
        faults.FailNext("*", "DROP");

        var kinds = new[] { faults.TakeOrNull(GetFile, 1, 2)!.Kind, faults.TakeOrNull(GetFile, 1, 2)!.Kind };

        Assert.That(kinds, Is.EqualTo(new[] { FaultKind.Error, FaultKind.Drop }));
        Assert.That(faults.PendingCount, Is.Zero);
    }

    [TestCase("FLOOD_WAIT_5", 420, 5)]
    [TestCase("FLOOD_PREMIUM_WAIT_3", 420, 3)]
    [TestCase("FILE_MIGRATE_4", 303, 4)]
    [TestCase("FILE_REFERENCE_EXPIRED", 400, null)]
    [TestCase("FILEREF_UPGRADE_NEEDED", 406, null)]
    [TestCase("AUTH_KEY_DUPLICATED", 406, null)]
    [TestCase("AUTH_KEY_UNREGISTERED", 401, null)]
    [TestCase("SESSION_PASSWORD_NEEDED", 401, null)]
    [TestCase("RPC_CALL_FAIL", 500, null)]
    [TestCase("Timedout", -503, null)]
    public void A_bare_error_name_gets_Telegrams_code(string name, int code, int? argument)
    {
        var error = RpcError.Parse(name);

        Assert.That((error.Code, error.Message, error.Argument), Is.EqualTo((code, name, argument)));
    }

    [Test]
    public void An_error_may_state_its_own_code() =>
        Assert.That(RpcError.Parse("418:TEAPOT"), Is.EqualTo(new RpcError(418, "TEAPOT")));

    [TestCase("BAD_MSG_64", 64)]
    [TestCase("BAD_MSG_16", 16)]
    public void A_refusal_names_its_code(string name, int code) =>
        Assert.That(Fault.Parse(name), Is.EqualTo(new Fault(FaultKind.BadMessage, Code: code)));

    [TestCase("BAD_MSG_21")]
    [TestCase("BAD_MSG_")]
    public void A_refusal_by_a_code_that_no_server_has_is_a_mistake(string name) =>
        Assert.That(() => Fault.Parse(name), Throws.ArgumentException);

    [Test]
    public void More_faults_than_the_bound_are_refused()
    {
        var faults = new Faults();
        for (var i = 0; i < Faults.MaxPending; i++)
            faults.FailNext(GetFile, "DROP");

        Assert.That(() => faults.FailNext(GetFile, "DROP"), Throws.InvalidOperationException);
    }
}
