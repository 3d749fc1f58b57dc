using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Fleet.MtProto;
using Fleet.MtProto.Crypto;
using Fleet.MtProto.Transport;
using Fleet.Testing;

namespace Fleet.UnitTests.MtProto;

/// <summary>Servers that mean no good: each ends in one clear exception in time, and no buffer stays rented.</summary>
[Category("engine")]
sealed class HostileServerTests
{
    const int Seed = 7;
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    // The client draws the same numbers each time, so the answers that were right once are right again.
    [Test]
    public async Task A_server_that_resets_at_any_byte_of_a_key_exchange_is_a_lost_connection()
    {
        var (answers, keys) = await RecordAsync();
        var pool = new CountingPool();

        for (var bytes = 0; bytes < answers.Length; bytes++)
        {
            using var server = new Listener();
            var connecting = ConnectAsync(server, pool, keys: keys);
            using (var client = await server.AcceptAsync())
            {
                await client.SendAsync(answers.AsMemory(0, bytes));
                client.LingerState = new LingerOption(enable: true, seconds: 0);
            }
            var error = Assert.CatchAsync<MtProtoException>(() => connecting, $"after {bytes} of {answers.Length}");
            Assert.That(error, Is.InstanceOf<ConnectionLostException>(), $"after {bytes} of {answers.Length}");
        }

        Assert.That(pool.Outstanding, Is.Zero);
    }

    [Test]
    public async Task A_server_that_ends_the_stream_at_any_byte_of_an_answer_is_a_lost_connection(
        [Values(0, 1, 3, 4, 5, 20, 50, 99)] int bytes
    )
    {
        var (answers, keys) = await RecordAsync();
        var pool = new CountingPool();
        using var server = new Listener();
        var connecting = ConnectAsync(server, pool, keys: keys);
        using (var client = await server.AcceptAsync())
        {
            await client.SendAsync(answers.AsMemory(0, bytes));
            client.Shutdown(SocketShutdown.Send);
            Assert.CatchAsync<ConnectionLostException>(() => connecting);
        }

        Assert.That(pool.Outstanding, Is.Zero);
    }

    [Test]
    public async Task A_server_that_answers_a_byte_at_a_time_is_given_up_at_the_deadline()
    {
        var (time, pool) = (new FakeTime(), new CountingPool());
        var (answers, keys) = await RecordAsync();
        using var server = new Listener();
        var connecting = ConnectAsync(server, pool, time, keys: keys);
        using var client = await server.AcceptAsync();

        for (var second = 0; second < Deadline.TotalSeconds; second++)
        {
            Assert.That(connecting.IsCompleted, Is.False);
            await client.SendAsync(answers.AsMemory(second, 1));
            time.Advance(TimeSpan.FromSeconds(1));
        }

        var error = Assert.ThrowsAsync<KeyExchangeException>(() => connecting);
        Assert.That((error!.Fault, pool.Outstanding), Is.EqualTo((KeyExchangeFault.Timeout, 0)));
    }

    [Test]
    public async Task A_server_that_never_answers_is_given_up_at_the_deadline([Values] TransportKind transport)
    {
        var (time, pool) = (new FakeTime(), new CountingPool());
        using var server = new Listener();
        var connecting = ConnectAsync(server, pool, time, transport);
        using var client = await server.AcceptAsync(transport);

        time.Advance(Deadline);

        var error = Assert.ThrowsAsync<KeyExchangeException>(() => connecting);
        Assert.That((error!.Fault, pool.Outstanding), Is.EqualTo((KeyExchangeFault.Timeout, 0)));
    }

    [TestCase(TransportKind.Intermediate, "ffffff7f")]
    [TestCase(TransportKind.Intermediate, "00000000")]
    [TestCase(TransportKind.PaddedIntermediate, "ffffff7f")]
    [TestCase(TransportKind.PaddedIntermediate, "03000000")]
    [TestCase(TransportKind.Abridged, "7fffffff")]
    [TestCase(TransportKind.Abridged, "00")]
    [TestCase(TransportKind.Full, "ffffffff00000000")]
    [TestCase(TransportKind.Full, "0c00000000000000")]
    public async Task A_length_that_no_frame_has_ends_the_connection_before_anything_is_waited_for(
        TransportKind transport,
        string header
    )
    {
        var error = await AnswerAsync(transport, header, staysOpen: true);

        Assert.That(error.Violation, Is.EqualTo(Violation.FrameLength));
    }

    [TestCase(TransportKind.Intermediate, "0000100001020304")]
    [TestCase(TransportKind.PaddedIntermediate, "0000100001020304")]
    [TestCase(TransportKind.Abridged, "7f00000401020304")]
    [TestCase(TransportKind.Full, "000010000000000001020304")]
    public async Task A_length_that_is_not_kept_is_a_truncated_stream(TransportKind transport, string bytes)
    {
        var error = await AnswerAsync(transport, bytes, staysOpen: false);

        Assert.That(error.Violation, Is.EqualTo(Violation.TruncatedStream));
    }

    [Test]
    public async Task A_frame_of_the_full_transport_with_another_sum_ends_the_connection()
    {
        var error = await AnswerAsync(
            TransportKind.Full,
            "1000000000000000" + "01020304" + "05060708",
            staysOpen: true
        );

        Assert.That(error.Violation, Is.EqualTo(Violation.Checksum));
    }

    static async Task<Fleet.MtProto.ProtocolViolationException> AnswerAsync(
        TransportKind transport,
        string bytes,
        bool staysOpen
    )
    {
        var pool = new CountingPool();
        using var server = new Listener();
        var connecting = ConnectAsync(server, pool, transport: transport);
        using var client = await server.AcceptAsync();
        await client.SendAsync(Convert.FromHexString(bytes));
        if (!staysOpen)
            client.Shutdown(SocketShutdown.Send);
        var error = Assert.ThrowsAsync<Fleet.MtProto.ProtocolViolationException>(() => connecting);
        Assert.That(pool.Outstanding, Is.Zero);
        return error!;
    }

    static async Task<(byte[] Answers, RsaKeySet Keys)> RecordAsync()
    {
        await using var server = new HandshakeServer();
        var options = server.Listen();
        await using (
            await MtConnection.ConnectAsync(
                options with
                {
                    Random = new Random(Seed).NextBytes,
                    Time = new FakeTime(),
                },
                CancellationToken.None
            )
        ) { }
        return ([.. server.Sent], options.ServerKeys);
    }

    static Task ConnectAsync(
        Listener server,
        CountingPool pool,
        FakeTime? time = null,
        TransportKind transport = TransportKind.Intermediate,
        RsaKeySet? keys = null
    ) =>
        MtConnection.ConnectAsync(
            new ConnectionOptions
            {
                Address = new DcAddress(2, "127.0.0.1", server.Port),
                Client = new ClientInfo(1),
                ServerKeys = keys ?? RsaKeySet.Production,
                Transport = transport,
                KeyExchangeTimeout = Deadline,
                Random = new Random(Seed).NextBytes,
                Time = time ?? new FakeTime(),
                Buffers = pool,
            },
            CancellationToken.None
        );

    /// <summary>A port; whoever connects has sent its first question when it is accepted.</summary>
    sealed class Listener : IDisposable
    {
        readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public Listener() => _listener.Start();

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public async Task<Socket> AcceptAsync(TransportKind transport = TransportKind.Intermediate)
        {
            const int LeastQuestionBytes = 40;
            var leastHelloBytes = transport.IsObfuscated() ? 64 : 1;
            var client = await _listener.AcceptSocketAsync();
            for (var received = 0; received < leastHelloBytes + LeastQuestionBytes; )
                received += await client.ReceiveAsync(new byte[256]) is var read and > 0
                    ? read
                    : throw new IOException();
            return client;
        }

        public void Dispose() => _listener.Dispose();
    }

    /// <summary>Knows how many of its buffers are not back.</summary>
    sealed class CountingPool : ArrayPool<byte>
    {
        int _outstanding;

        public int Outstanding => Volatile.Read(ref _outstanding);

        public override byte[] Rent(int minimumLength)
        {
            Interlocked.Increment(ref _outstanding);
            return Shared.Rent(minimumLength);
        }

        public override void Return(byte[] array, bool clearArray = false)
        {
            Interlocked.Decrement(ref _outstanding);
            Shared.Return(array, clearArray);
        }
    }
}
