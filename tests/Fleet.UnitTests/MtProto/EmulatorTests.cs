using Fleet.Emulator;
using Fleet.MtProto;
using Fleet.MtProto.Crypto;
using Fleet.MtProto.Transport;
using Fleet.Tl.Methods;
using RpcException = Fleet.MtProto.RpcException;

namespace Fleet.UnitTests.MtProto;

/// <summary>Against a server whose protocol was written apart from ours.</summary>
[Category("engine")]
sealed class EmulatorTests
{
    TelegramEmulator _telegram = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _telegram = await TelegramEmulator.StartAsync();

    [OneTimeTearDown]
    public ValueTask StopAsync() => _telegram.DisposeAsync();

    [Test]
    public async Task A_new_key_serves_calls_over_every_transport([Values] TransportKind kind)
    {
        await using var connection = await ConnectAsync(o => o with { Transport = kind });

        Assert.That((await ConfigAsync(connection)).ThisDc, Is.EqualTo(2));
    }

    [Test]
    public async Task A_key_and_its_salt_serve_again_on_another_connection()
    {
        await using var first = await ConnectAsync();
        await ConfigAsync(first);

        var key = AuthKey.Import(first.AuthKey.Export());
        await using var second = await ConnectAsync(o => o with { AuthKey = key, ServerSalt = first.ServerSalt });

        Assert.That((await ConfigAsync(second)).ThisDc, Is.EqualTo(2));
    }

    [Test]
    public async Task A_wrong_salt_costs_no_call()
    {
        await using var connection = await ConnectAsync();
        _telegram.Faults.FailNext("help.getConfig", "WRONG_SALT");

        Assert.That((await ConfigAsync(connection)).ThisDc, Is.EqualTo(2));
    }

    [Test]
    public async Task A_key_the_server_does_not_know_is_error_404()
    {
        var stranger = AuthKey.Import(Vectors.AuthKey);
        await using var connection = await ConnectAsync(o => o with { AuthKey = stranger });

        var error = Assert.ThrowsAsync<TransportErrorException>(() => ConfigAsync(connection));
        Assert.That((error!.Code, error.Recovery), Is.EqualTo((-404, Recovery.NewAuthKey)));
    }

    [Test]
    public void A_server_without_a_key_we_trust_is_refused()
    {
        var error = Assert.ThrowsAsync<KeyExchangeException>(() =>
            ConnectAsync(o => o with { ServerKeys = RsaKeySet.Production })
        );
        Assert.That(error!.Fault, Is.EqualTo(KeyExchangeFault.UnknownServerKey));
    }

    [TestCase("DUPLICATE")]
    [TestCase("REORDER")]
    [TestCase("PACKED")]
    [TestCase("NEW_SESSION")]
    [TestCase("LOST_ANSWER")]
    [TestCase("BAD_MSG_16")]
    [TestCase("BAD_MSG_17")]
    [TestCase("BAD_MSG_32")]
    [TestCase("BAD_MSG_48")]
    [TestCase("BAD_MSG_64")]
    public async Task Trouble_below_the_calls_costs_none_of_them(string fault)
    {
        await using var connection = await ConnectAsync(o => o with { AnswerPatience = TimeSpan.FromSeconds(1) });
        await ConfigAsync(connection);
        _telegram.Faults.FailNext("help.getConfig", fault, count: 5, afterCalls: 2);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ConfigAsync(connection)));

        Assert.That(answers.Select(a => a.ThisDc), Is.All.EqualTo(2));
        Assert.That(_telegram.Faults.PendingCount, Is.Zero);
    }

    [TestCase("DROP")]
    [TestCase("CUT")]
    [TestCase("GARBAGE")]
    public async Task A_connection_that_ends_badly_says_so(string fault)
    {
        await using var connection = await ConnectAsync();
        await ConfigAsync(connection);
        _telegram.Faults.FailNext("help.getConfig", fault);

        Assert.CatchAsync<ConnectionLostException>(() => ConfigAsync(connection));
    }

    [Test]
    public async Task A_flood_wait_has_its_seconds()
    {
        await using var connection = await ConnectAsync();
        _telegram.Faults.FailNext("help.getConfig", "FLOOD_WAIT_17");

        var error = Assert.ThrowsAsync<RpcException>(() => ConfigAsync(connection));
        Assert.That(error!.Wait, Is.EqualTo(TimeSpan.FromSeconds(17)));
    }

    [Test]
    public async Task Many_calls_at_once_are_all_answered()
    {
        await using var connection = await ConnectAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => ConfigAsync(connection)));

        Assert.That(answers.Select(a => a.ThisDc), Is.All.EqualTo(2));
    }

    Task<MtConnection> ConnectAsync(Func<ConnectionOptions, ConnectionOptions>? change = null)
    {
        var dc = _telegram.Dcs.First(d => d.Id == 2 && !d.MediaOnly);
        var options = new ConnectionOptions
        {
            Address = new DcAddress(dc.Id, dc.Host, dc.Port),
            Client = new ClientInfo(_telegram.Options.ApiId),
            ServerKeys = RsaKeySet.FromPem([_telegram.PublicKeyPem]),
        };
        return MtConnection.ConnectAsync(change?.Invoke(options) ?? options, CancellationToken.None);
    }

    static Task<Fleet.Tl.Api.Config> ConfigAsync(MtConnection connection) =>
        connection.CallAsync(new HelpGetConfig(), CancellationToken.None);
}
