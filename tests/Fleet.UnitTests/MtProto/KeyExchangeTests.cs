using System.Numerics;
using Fleet.MtProto;
using Fleet.MtProto.Crypto;
using Fleet.Testing;
using Fleet.Tl;
using Fleet.Tl.Mtp;

namespace Fleet.UnitTests.MtProto;

[Category("engine")]
sealed class KeyExchangeTests
{
    static readonly byte[] Wrong = new byte[16];

    [Test]
    public async Task Both_sides_have_the_same_key_and_the_client_the_server_s_time()
    {
        await using var server = new HandshakeServer();

        await using var connection = await MtConnection.ConnectAsync(server.Listen(), CancellationToken.None);

        Assert.That(connection.AuthKey.Export(), Is.EqualTo(server.Key!.Export()));
        Assert.That(connection.TimeOffset, Is.EqualTo(TimeSpan.FromSeconds(100)).Within(TimeSpan.FromSeconds(20)));
        Assert.That(server.Request!.Dc, Is.EqualTo(2));
    }

    [TestCase(false, true, -2)]
    [TestCase(true, false, 10_002)]
    [TestCase(true, true, -10_002)]
    public async Task The_server_is_told_which_kind_of_data_centre_is_meant(bool test, bool media, int dc)
    {
        await using var server = new HandshakeServer();

        await server.FaultAsync(o => o with { TestMode = test, Address = o.Address with { MediaOnly = media } });

        Assert.That(server.Request!.Dc, Is.EqualTo(dc));
    }

    [Test]
    public async Task Asked_to_retry_the_client_names_the_key_it_had()
    {
        await using var server = new HandshakeServer { Retries = 2 };

        var fault = await server.FaultAsync();

        Assert.That(
            (fault, server.RetryIds.Count, server.RetryIds[0], server.RetryIds.Distinct().Count()),
            Is.EqualTo(((KeyExchangeFault?)null, 3, 0L, 3))
        );
    }

    [Test]
    public async Task Asked_to_retry_without_end_the_client_gives_up()
    {
        await using var server = new HandshakeServer { Retries = 100 };

        Assert.That(await server.FaultAsync(), Is.EqualTo(KeyExchangeFault.Refused));
    }

    static IEnumerable<TestCaseData> Lies()
    {
        static TestCaseData Lie<T>(Func<T, TlObject> lie, KeyExchangeFault fault, string name)
            where T : TlObject
        {
            TlObject Spoil(TlObject answer) => answer is T mine ? lie(mine) : answer;
            return new TestCaseData((Func<TlObject, TlObject>)Spoil, fault).SetArgDisplayNames(name);
        }
        yield return Lie<ResPQ>(a => Pq(a, nonce: Wrong), KeyExchangeFault.Mismatch, "resPQ nonce");
        yield return Lie<ResPQ>(
            a => Pq(a, pq: [1, 0, 0, 0, 0, 0, 0, 0, 1]),
            KeyExchangeFault.BadFactors,
            "pq too long"
        );
        yield return Lie<ResPQ>(a => Pq(a, pq: [251]), KeyExchangeFault.BadFactors, "pq prime");
        yield return Lie<ResPQ>(a => Pq(a, pq: []), KeyExchangeFault.BadFactors, "pq empty");
        yield return Lie<ResPQ>(a => Pq(a, keys: [1, 2]), KeyExchangeFault.UnknownServerKey, "unknown keys");
        yield return Lie<ResPQ>(_ => new Pong { MsgId = 1, PingId = 1 }, KeyExchangeFault.Content, "other answer");
        yield return Lie<ServerDHParamsOk>(a => Ok(a, nonce: Wrong), KeyExchangeFault.Mismatch, "DH params nonce");
        yield return Lie<ServerDHParamsOk>(a => Ok(a, server: Wrong), KeyExchangeFault.Mismatch, "DH server nonce");
        yield return Lie<ServerDHParamsOk>(a => Ok(a, answer: []), KeyExchangeFault.Content, "DH answer empty");
        yield return Lie<ServerDHParamsOk>(
            a => Ok(a, answer: new byte[600]),
            KeyExchangeFault.Content,
            "DH answer uneven"
        );
        yield return Lie<ServerDHParamsOk>(Fail, KeyExchangeFault.Mismatch, "DH fail by a stranger");
        yield return Lie<DhGenOk>(a => Gen(a, nonce: Wrong), KeyExchangeFault.Mismatch, "dh_gen nonce");
        yield return Lie<DhGenOk>(a => Gen(a, server: Wrong), KeyExchangeFault.Mismatch, "dh_gen server nonce");
        yield return Lie<DhGenOk>(a => Gen(a, hash: Wrong), KeyExchangeFault.Mismatch, "new_nonce_hash1");
        yield return Lie<DhGenOk>(a => AsFail(a), KeyExchangeFault.Mismatch, "dh_gen_fail by a stranger");
    }

    [TestCaseSource(nameof(Lies))]
    public async Task A_wrong_answer_is_refused(Func<TlObject, TlObject> lie, KeyExchangeFault fault)
    {
        await using var server = new HandshakeServer { Spoil = lie };

        Assert.That(await server.FaultAsync(), Is.EqualTo(fault));
    }

    static IEnumerable<TestCaseData> BadGroups()
    {
        static TestCaseData Bad(
            Func<ServerDHInnerData, ServerDHInnerData> spoil,
            KeyExchangeFault fault,
            string name
        ) => new TestCaseData(spoil, fault).SetArgDisplayNames(name);
        var p = DiffieHellman.KnownPrime;
        yield return Bad(g => Group(g, nonce: Wrong), KeyExchangeFault.Mismatch, "nonce");
        yield return Bad(g => Group(g, server: Wrong), KeyExchangeFault.Mismatch, "server nonce");
        yield return Bad(g => Group(g, g: 2), KeyExchangeFault.UnsafeGroup, "not a generator");
        yield return Bad(g => Group(g, prime: p - 2), KeyExchangeFault.UnsafeGroup, "not a prime");
        yield return Bad(g => Group(g, prime: p >> 8), KeyExchangeFault.UnsafeGroup, "too short");
        yield return Bad(g => Group(g, ga: 1), KeyExchangeFault.UnsafeGroup, "g_a is 1");
        yield return Bad(g => Group(g, ga: p - 1), KeyExchangeFault.UnsafeGroup, "g_a is p - 1");
        yield return Bad(g => Group(g, ga: p), KeyExchangeFault.UnsafeGroup, "g_a is p");
    }

    [TestCaseSource(nameof(BadGroups))]
    public async Task An_unsafe_group_is_refused(
        Func<ServerDHInnerData, ServerDHInnerData> spoil,
        KeyExchangeFault fault
    )
    {
        await using var server = new HandshakeServer { SpoilGroup = spoil };

        Assert.That(await server.FaultAsync(), Is.EqualTo(fault));
    }

    [Test]
    public async Task Parameters_that_their_hash_does_not_fit_are_refused()
    {
        await using var server = new HandshakeServer { SpoilPlain = plain => [(byte)(plain[0] ^ 1), .. plain[1..]] };

        Assert.That(await server.FaultAsync(), Is.EqualTo(KeyExchangeFault.Mismatch));
    }

    [Test]
    public async Task Parameters_with_a_block_too_much_are_refused()
    {
        await using var server = new HandshakeServer { SpoilPlain = plain => [.. plain, .. new byte[16]] };

        Assert.That(await server.FaultAsync(), Is.EqualTo(KeyExchangeFault.Content));
    }

    [Test]
    public async Task A_server_that_does_not_answer_is_given_up_at_the_deadline()
    {
        var time = new FakeTime();
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        var port = ((System.Net.IPEndPoint)silent.LocalEndpoint).Port;
        var connecting = MtConnection.ConnectAsync(
            new ConnectionOptions
            {
                Address = new DcAddress(2, "127.0.0.1", port),
                Client = new ClientInfo(1),
                Time = time,
                ConnectTimeout = TimeSpan.FromSeconds(60),
                KeyExchangeTimeout = TimeSpan.FromSeconds(20),
            },
            CancellationToken.None
        );

        await time.TimerArmedAsync(TimeSpan.FromSeconds(20));
        time.Advance(TimeSpan.FromSeconds(20));

        var error = Assert.ThrowsAsync<KeyExchangeException>(() => connecting);
        Assert.That(error!.Fault, Is.EqualTo(KeyExchangeFault.Timeout));
    }

    [Test]
    public void A_port_where_nobody_listens_is_a_lost_connection()
    {
        var options = new ConnectionOptions { Address = new DcAddress(2, "127.0.0.1", 1), Client = new ClientInfo(1) };

        Assert.ThrowsAsync<ConnectionLostException>(() => MtConnection.ConnectAsync(options, CancellationToken.None));
    }

    static ResPQ Pq(ResPQ a, byte[]? nonce = null, byte[]? pq = null, long[]? keys = null) =>
        new()
        {
            Nonce = nonce ?? a.Nonce,
            ServerNonce = a.ServerNonce,
            Pq = pq ?? a.Pq,
            ServerPublicKeyFingerprints = keys ?? a.ServerPublicKeyFingerprints,
        };

    static ServerDHParamsOk Ok(
        ServerDHParamsOk a,
        byte[]? nonce = null,
        byte[]? server = null,
        byte[]? answer = null
    ) =>
        new()
        {
            Nonce = nonce ?? a.Nonce,
            ServerNonce = server ?? a.ServerNonce,
            EncryptedAnswer = answer ?? a.EncryptedAnswer,
        };

    static ServerDHParamsFail Fail(ServerDHParamsOk a) =>
        new()
        {
            Nonce = a.Nonce,
            ServerNonce = a.ServerNonce,
            NewNonceHash = Wrong,
        };

    static DhGenOk Gen(DhGenOk a, byte[]? nonce = null, byte[]? server = null, byte[]? hash = null) =>
        new()
        {
            Nonce = nonce ?? a.Nonce,
            ServerNonce = server ?? a.ServerNonce,
            NewNonceHash1 = hash ?? a.NewNonceHash1,
        };

    static DhGenFail AsFail(DhGenOk a) =>
        new()
        {
            Nonce = a.Nonce,
            ServerNonce = a.ServerNonce,
            NewNonceHash3 = a.NewNonceHash1,
        };

    static ServerDHInnerData Group(
        ServerDHInnerData a,
        byte[]? nonce = null,
        byte[]? server = null,
        int g = 3,
        BigInteger? prime = null,
        BigInteger? ga = null
    ) =>
        new()
        {
            Nonce = nonce ?? a.Nonce,
            ServerNonce = server ?? a.ServerNonce,
            G = g,
            DhPrime = prime is { } p ? BigEndian.Write(p, 256) : a.DhPrime,
            GA = ga is { } value ? BigEndian.Write(value, 256) : a.GA,
            ServerTime = a.ServerTime,
        };
}
