using System.Net;
using System.Net.Sockets;
using Fleet.Emulator;
using Fleet.Emulator.Wire;
using Fleet.Testing;

namespace Fleet.UnitTests.Emulator;

/// <summary>Which rules fit a connection, and that the wire obeys them.</summary>
[Category("engine")]
sealed class NetworkTests
{
    const long Somebody = 77;
    const uint GetNearestDc = 0x1fb33026;

    /// <summary>length 4, auth_key_id 8, message_id 8, length 4, resPQ of 64 bytes with one key.</summary>
    const int FirstAnswerBytes = 4 + 20 + 64;

    [TestCase(4, true, Somebody, 50)]
    [TestCase(4, true, null, 0)]
    [TestCase(4, false, Somebody, 0)]
    [TestCase(2, true, Somebody, 0)]
    public void A_rule_fits_by_data_centre_address_and_account(int dc, bool mediaOnly, long? userId, int expected)
    {
        var network = new Network();
        network.Add(
            new NetworkRule
            {
                Dc = 4,
                MediaOnly = true,
                UserId = Somebody,
                Latency = TimeSpan.FromMilliseconds(50),
            }
        );
        var line = new Line(network, dc, mediaOnly);

        line.UsedBy(userId);

        Assert.That(line.Settings.Latency.TotalMilliseconds, Is.EqualTo(expected));
    }

    [Test]
    public void A_rule_for_the_second_connection_counts_only_those_that_its_filters_fit()
    {
        var network = new Network();
        network.Add(
            new NetworkRule
            {
                Dc = 4,
                Connection = 2,
                BytesPerSecond = 9,
            }
        );

        var rates = new[] { 4, 2, 4, 4 }.Select(dc => new Line(network, dc, mediaOnly: true).Settings.BytesPerSecond);

        Assert.That(rates, Is.EqualTo(new long[] { 0, 0, 9, 0 }));
    }

    [Test]
    public void The_last_rule_decides_what_it_sets_and_leaves_the_rest()
    {
        var network = new Network { Latency = TimeSpan.FromSeconds(1), BytesPerSecond = 5 };
        network.Add(new NetworkRule { BytesPerSecond = 6, SliceBytes = 1 });
        var last = network.Add(new NetworkRule { BytesPerSecond = 7 });
        var line = new Line(network, dc: 2, mediaOnly: false);

        var both = line.Settings;
        network.Remove(last);
        var one = line.Settings;
        network.Clear();
        var none = line.Settings;

        Assert.That(
            new[] { both, one, none }.Select(s => (s.Latency.Seconds, s.BytesPerSecond, s.MostPerWrite)),
            Is.EqualTo(new[] { (1, 7L, 1), (1, 6L, 1), (1, 5L, 32 * 1024) })
        );
    }

    [TestCaseSource(nameof(WrongRules))]
    public void A_rule_out_of_range_is_refused(NetworkRule rule) =>
        Assert.That(() => new Network().Add(rule), Throws.ArgumentException);

    [Test]
    public void More_rules_than_the_bound_are_refused()
    {
        var network = new Network();
        for (var i = 0; i < Network.MaxRules; i++)
            network.Add(new NetworkRule { SliceBytes = 1 });

        Assert.That(() => network.Add(new NetworkRule { SliceBytes = 1 }), Throws.InvalidOperationException);
    }

    [Test]
    public async Task A_stream_ends_by_close_or_reset_at_the_very_byte_that_a_rule_names(
        [Values(0, 1, 4, 50, FirstAnswerBytes)] int at,
        [Values] bool byReset
    )
    {
        await using var telegram = await TelegramEmulator.StartAsync();
        telegram.Network.Add(
            byReset
                ? new NetworkRule { Connection = 1, ResetAtByte = at }
                : new NetworkRule { Connection = 1, CloseAtByte = at }
        );

        var first = await AskForExchangeAsync(telegram, ends: true);
        var second = await AskForExchangeAsync(telegram, ends: false);

        Assert.That(first, Is.EqualTo((at, byReset ? SocketError.ConnectionReset : SocketError.Success)));
        Assert.That(second, Is.EqualTo((FirstAnswerBytes, (SocketError?)null)));
    }

    [Test]
    public async Task Every_third_call_of_a_connection_ends_it()
    {
        await using var telegram = await TelegramEmulator.StartAsync();
        var key = await RawClient.MakeKeyAsync(telegram);
        telegram.Network.Add(new NetworkRule { Dc = 2, DropEveryCalls = 3 });
        using var client = RawClient.Connect(telegram, key);

        var answered = 0;
        for (var seqNo = 1; ; seqNo += 2)
        {
            client.Send(RawClient.Body(w => w.WriteUInt32(GetNearestDc)), seqNo);
            if (await client.ReadFrameAsync() is null)
                break;
            answered++;
        }

        Assert.That(answered, Is.EqualTo(2));
    }

    [Test]
    public async Task A_drip_sends_a_slice_and_waits_for_as_long_as_it_takes()
    {
        var time = new FakeTime();
        await using var telegram = await TelegramEmulator.StartAsync(new EmulatorOptions { Time = time });
        telegram.Network.Add(new NetworkRule { BytesPerSecond = 1, SliceBytes = 10 });
        using var socket = await ConnectAsync(telegram);
        await SendExchangeAsync(socket);
        var got = new byte[FirstAnswerBytes];

        var first = await socket.ReceiveAsync(got);
        await time.TimerArmedAsync(TimeSpan.FromSeconds(10));
        time.Advance(TimeSpan.FromSeconds(10));
        var second = await socket.ReceiveAsync(got);

        Assert.That((first, second), Is.EqualTo((10, 10)));
    }

    [Test]
    public async Task The_media_address_takes_no_part_in_the_rule_of_one_main_session()
    {
        await using var telegram = await TelegramEmulator.StartAsync();
        await using var account = await Telegram.TelegramAccount.LogInAsync(telegram);
        var message = telegram.World.Post(
            telegram.World.Chat(DemoWorld.PublicChannel),
            new Fleet.Emulator.Worlds.NewDocument(new Fleet.Emulator.Worlds.GeneratedContent(3, 6 << 20)) { Dc = 2 }
        );

        var hash = await account.HashAsync(message.Link, connections: 4);

        Assert.That(hash, Is.EqualTo(await message.Document!.Content.Sha256HexAsync()));
        Assert.That(telegram.Counters.DuplicateKeys, Is.Zero);
    }

    static IEnumerable<NetworkRule> WrongRules() =>
        [
            new(),
            new() { Dc = 4 },
            new() { Dc = 0, SliceBytes = 1 },
            new() { Connection = 0, SliceBytes = 1 },
            new() { Latency = TimeSpan.FromTicks(-1) },
            new() { BytesPerSecond = -1 },
            new() { SliceBytes = 0 },
            new() { SliceBytes = (1 << 20) + 1 },
            new() { DropEveryCalls = 0 },
            new() { CloseAtByte = -1 },
            new() { ResetAtByte = -1 },
            new() { CloseAtByte = 1, ResetAtByte = 1 },
        ];

    /// <summary>Reads the first answer of a key exchange: bytes that came, and how the stream ended; null when it did not.</summary>
    /// <param name="ends">Whether to wait for the end of the stream behind a whole answer.</param>
    static async Task<(int Bytes, SocketError? End)> AskForExchangeAsync(TelegramEmulator telegram, bool ends)
    {
        using var socket = await ConnectAsync(telegram);
        await SendExchangeAsync(socket);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        var answer = new byte[FirstAnswerBytes + 1];
        var got = 0;
        try
        {
            while (got < FirstAnswerBytes || ends)
            {
                var read = await socket.ReceiveAsync(answer.AsMemory(got), limit.Token);
                if (read == 0)
                    return (got, SocketError.Success);
                got += read;
            }
            return (got, null);
        }
        catch (SocketException e)
        {
            return (got, e.SocketErrorCode);
        }
    }

    static async Task<Socket> ConnectAsync(TelegramEmulator telegram)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, telegram.Dcs[0].Port);
        return socket;
    }

    // tag | length 4 | auth_key_id 8 = 0 | message_id 8 | length 4 | req_pq_multi, nonce 16
    static async Task SendExchangeAsync(Socket socket)
    {
        byte[] body = [.. BitConverter.GetBytes(0xbe7e8ef1), .. new byte[16]];
        byte[] frame = [.. new byte[8], .. BitConverter.GetBytes(4L), .. BitConverter.GetBytes(body.Length), .. body];
        await socket.SendAsync((byte[])[0xee, 0xee, 0xee, 0xee, .. BitConverter.GetBytes(frame.Length), .. frame]);
    }
}
