using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using Fleet.Emulator;
using Fleet.MtProto;
using Fleet.Tl;
using Fleet.Tl.Methods;

namespace Fleet.UnitTests.Emulator;

/// <summary>What the server does below the API, seen by a client that breaks rules.</summary>
[Category("engine")]
sealed class SessionTests
{
    const uint Pong = 0x347773c5;
    const uint NewSession = 0x9ec20908;
    const uint BadMessage = 0xa7eff811;
    const uint BadSalt = 0xedab447b;
    const uint Container = 0x73f1f8dc;
    const uint GetNearestDc = 0x1fb33026;
    const uint RpcResult = 0xf35c6d01;

    TelegramEmulator _telegram = null!;
    (AuthKey Key, long Salt) _key;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _telegram = await TelegramEmulator.StartAsync();
        _key = await RawClient.MakeKeyAsync(_telegram);
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _telegram.DisposeAsync();

    [TestCase(RawTransport.Abridged, false)]
    [TestCase(RawTransport.Abridged, true)]
    [TestCase(RawTransport.Intermediate, false)]
    [TestCase(RawTransport.Intermediate, true)]
    [TestCase(RawTransport.Padded, false)]
    [TestCase(RawTransport.Padded, true)]
    [TestCase(RawTransport.Full, false)]
    public async Task Every_transport_is_understood_and_answered_in_kind(RawTransport transport, bool obfuscated)
    {
        using var client = RawClient.Connect(_telegram, _key, transport, obfuscated);

        client.Send(RawClient.Ping(42));

        Assert.That((await client.ReadAsync()).Constructor, Is.EqualTo(NewSession));
        Assert.That(PingOf(await client.ReadAsync()), Is.EqualTo(42));
    }

    [TestCase(18, 1L, 0, Description = "id not divisible by 4")]
    [TestCase(16, -400L << 32, 0, Description = "too old")]
    [TestCase(17, 60L << 32, 0, Description = "too new")]
    public async Task A_message_id_out_of_order_is_refused(int code, long shift, int seqNo)
    {
        using var client = await GreetedAsync();

        var id = client.Send(RawClient.Ping(1), seqNo, client.NextId() + shift);

        Assert.That(await RefusalAsync(client), Is.EqualTo((id, code)));
    }

    [Test]
    public async Task A_call_with_an_even_number_and_a_container_with_an_odd_one_are_refused()
    {
        using var client = await GreetedAsync();

        var call = client.Send(Call(), seqNo: 2);
        var first = await RefusalAsync(client);
        var container = client.Send(ContainerOf(client.NextId(), RawClient.Ping(1)), seqNo: 3);

        Assert.That((first, await RefusalAsync(client)), Is.EqualTo(((call, 35), (container, 34))));
    }

    [Test]
    public async Task Numbers_that_fall_while_ids_rise_are_refused()
    {
        using var client = await GreetedAsync();
        client.Send(Call(), seqNo: 9);
        await client.ReadAsync();

        var id = client.Send(Call(), seqNo: 7);

        Assert.That(await RefusalAsync(client), Is.EqualTo((id, 32)));
    }

    [Test]
    public async Task A_container_older_than_its_content_is_refused()
    {
        using var client = await GreetedAsync();
        var id = client.NextId();

        client.Send(ContainerOf(id + 4, RawClient.Ping(1)), id: id);

        Assert.That(await RefusalAsync(client), Is.EqualTo((id, 64)));
    }

    [Test]
    public async Task A_wrong_salt_is_answered_with_the_right_one()
    {
        using var client = RawClient.Connect(_telegram, _key);
        var right = client.Salt;
        client.Salt++;

        var id = client.Send(RawClient.Ping(1));

        var answer = await client.ReadAsync();
        Assert.That(
            (answer.Constructor, IdIn(answer), BinaryPrimitives.ReadInt64LittleEndian(answer.Body.AsSpan(20))),
            Is.EqualTo((BadSalt, id, right))
        );
    }

    [Test]
    public async Task A_message_sent_twice_on_one_connection_is_answered_once()
    {
        using var client = await GreetedAsync();

        var id = client.Send(RawClient.Ping(1));
        client.Send(RawClient.Ping(1), id: id);
        client.Send(RawClient.Ping(2));

        Assert.That((PingOf(await client.ReadAsync()), PingOf(await client.ReadAsync())), Is.EqualTo((1L, 2L)));
    }

    [Test]
    public async Task Packed_messages_are_unpacked_with_gzip_and_with_zlib_headers([Values] bool zlib)
    {
        using var client = await GreetedAsync();

        client.Send(Packed(RawClient.Ping(7), zlib));

        Assert.That(PingOf(await client.ReadAsync()), Is.EqualTo(7));
    }

    [Test]
    public async Task The_state_of_messages_is_told()
    {
        using var client = await GreetedAsync();
        var known = client.Send(RawClient.Ping(1));
        await client.ReadAsync();

        client.Send(
            RawClient.Body(w =>
            {
                w.WriteUInt32(0xda69fb52);
                w.WriteVector([known, known + 400]);
            })
        );

        var info = new TlReader((await client.ReadAsync()).Body.AsSpan(12));
        Assert.That(info.ReadBytes(), Is.EqualTo(new byte[] { 4, 1 }));
    }

    [Test]
    public async Task A_duplicated_answer_comes_twice_under_one_id()
    {
        using var client = await GreetedAsync();
        _telegram.Faults.FailNext("help.getNearestDc", "DUPLICATE");

        client.Send(IntroducedCall(), seqNo: 1);

        var (one, two) = (await client.ReadAsync(), await client.ReadAsync());
        Assert.That((two.Id, two.Body), Is.EqualTo((one.Id, one.Body)));
    }

    [Test]
    public async Task A_reordered_answer_comes_behind_the_one_numbered_after_it()
    {
        using var client = await GreetedAsync();
        _telegram.Faults.FailNext("help.getNearestDc", "REORDER");

        var first = client.Send(IntroducedCall(), seqNo: 1);
        var second = client.Send(IntroducedCall(), seqNo: 3);

        var (one, two) = (await client.ReadAsync(), await client.ReadAsync());
        Assert.That((IdIn(one), IdIn(two), one.Id > two.Id), Is.EqualTo((second, first, true)));
    }

    [Test]
    public async Task A_lost_answer_stays_until_it_is_asked_for()
    {
        using var client = await GreetedAsync();
        _telegram.Faults.FailNext("help.getNearestDc", "LOST_ANSWER");
        var call = client.Send(IntroducedCall(), seqNo: 1);

        client.Send(About(0xda69fb52, call));
        var states = await client.ReadAsync();
        client.Send(About(0x8610baeb, call));
        var answer = await client.ReadAsync();

        Assert.That(new TlReader(states.Body.AsSpan(12)).ReadBytes(), Is.EqualTo(new byte[] { 4 + 64 }));
        Assert.That((answer.Constructor, IdIn(answer)), Is.EqualTo((RpcResult, call)));
    }

    [Test]
    public async Task A_session_that_is_forgotten_is_announced_anew_and_knows_nothing_of_before()
    {
        using var client = await GreetedAsync();
        _telegram.Faults.FailNext("help.getNearestDc", "NEW_SESSION");

        var call = client.Send(IntroducedCall(), seqNo: 1);
        var notice = await client.ReadAsync();
        client.Send(About(0xda69fb52, call));

        Assert.That((notice.Constructor, IdIn(notice) > call), Is.EqualTo((NewSession, true)));
        Assert.That(new TlReader((await client.ReadAsync()).Body.AsSpan(12)).ReadBytes(), Is.EqualTo(new byte[] { 1 }));
    }

    [Test]
    public async Task Future_salts_start_with_the_one_in_use()
    {
        using var client = await GreetedAsync();

        client.Send(
            RawClient.Body(w =>
            {
                w.WriteUInt32(0xb921bd04);
                w.WriteInt32(2);
            })
        );

        var body = (await client.ReadAsync()).Body;
        Assert.That(
            (
                BinaryPrimitives.ReadInt32LittleEndian(body.AsSpan(16)),
                BinaryPrimitives.ReadInt64LittleEndian(body.AsSpan(28))
            ),
            Is.EqualTo((2, client.Salt))
        );
    }

    [Test]
    public async Task A_key_that_nobody_knows_is_told_so_and_the_connection_ends()
    {
        var stranger = AuthKey.Import(RandomNumberGenerator.GetBytes(256));
        using var client = RawClient.Connect(_telegram, (stranger, 0));

        client.Send(RawClient.Ping(1));

        Assert.That(BitConverter.ToInt32(await client.ReadFrameAsync()), Is.EqualTo(-404));
        Assert.That(await client.ReadFrameAsync(), Is.Null);
    }

    [Test]
    public async Task Bytes_that_the_key_did_not_make_end_the_connection()
    {
        using var client = await GreetedAsync();

        client.SendFrame(RandomNumberGenerator.GetBytes(7));

        Assert.That(await client.ReadFrameAsync(), Is.Null);
    }

    /// <summary>A client whose session the server knows already.</summary>
    async Task<RawClient> GreetedAsync()
    {
        var client = RawClient.Connect(_telegram, _key);
        client.Send(RawClient.Ping(0));
        await client.ReadAsync();
        await client.ReadAsync();
        return client;
    }

    static byte[] Call() => RawClient.Body(w => w.WriteUInt32(GetNearestDc));

    static byte[] IntroducedCall() =>
        RawClient.Body(w =>
            w.WriteObject(new InvokeWithLayer { Layer = TlSchema.Layer, Query = new HelpGetNearestDc() })
        );

    /// <summary>msgs_state_req and its like.</summary>
    static byte[] About(uint constructor, long id) =>
        RawClient.Body(w =>
        {
            w.WriteUInt32(constructor);
            w.WriteVector([id]);
        });

    static byte[] ContainerOf(long id, byte[] body) =>
        RawClient.Body(w =>
        {
            w.WriteUInt32(Container);
            w.WriteInt32(1);
            w.WriteInt64(id);
            w.WriteInt32(0);
            w.WriteInt32(body.Length);
            w.WriteRaw(body);
        });

    static byte[] Packed(byte[] body, bool zlib)
    {
        using var output = new MemoryStream();
        using (
            Stream packer = zlib
                ? new ZLibStream(output, CompressionLevel.Fastest, leaveOpen: true)
                : new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true)
        )
            packer.Write(body);
        return RawClient.Body(w =>
        {
            w.WriteUInt32(0x3072cfa1);
            w.WriteBytes(output.ToArray());
        });
    }

    static long PingOf(RawMessage message) =>
        message.Constructor == Pong
            ? BinaryPrimitives.ReadInt64LittleEndian(message.Body.AsSpan(12))
            : throw new InvalidDataException($"{message.Constructor:x8} is no pong.");

    static async Task<(long Id, int Code)> RefusalAsync(RawClient client)
    {
        var message = await client.ReadAsync();
        Assert.That(message.Constructor, Is.EqualTo(BadMessage));
        return (IdIn(message), BinaryPrimitives.ReadInt32LittleEndian(message.Body.AsSpan(16)));
    }

    static long IdIn(RawMessage message) => BinaryPrimitives.ReadInt64LittleEndian(message.Body.AsSpan(4));
}
