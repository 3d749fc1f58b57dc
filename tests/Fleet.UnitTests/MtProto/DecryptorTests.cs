using System.Buffers.Binary;
using Fleet.MtProto;
using Fleet.MtProto.Crypto;

namespace Fleet.UnitTests.MtProto;

[Category("engine")]
sealed class DecryptorTests
{
    const int PartBytes = 65_536;

    [Test]
    public async Task Frames_that_wait_are_decrypted_together_and_the_next_one_leads_the_rest()
    {
        var decryptor = new Decryptor(1);
        var first = new Decryption(decryptor, Peer.Key);
        var batch = decryptor.EnterOrNull(first)!;
        var messages = Enumerable.Range(1, 9).Select(n => new Message(new Random(n), 100 * n)).ToArray();
        var received = messages.Select(m => new Decryption(decryptor, Peer.Key).RunAsync(m.Frame).AsTask()).ToArray();
        Assert.That(received.Any(r => r.IsCompleted), Is.False);

        decryptor.Run(batch, first);
        await Task.WhenAll(received);

        Assert.That(messages.Select(m => m.IsRight), Is.All.True);
        Assert.That(decryptor.IsIdle);
    }

#pragma warning disable CA2012, VSTHRD002 // An await would count its own state machine; the task is complete by then.
    [Test]
    public void A_frame_that_nothing_is_before_is_decrypted_at_once_and_without_allocating()
    {
        var decryption = new Decryption(new Decryptor(1), Peer.Key);
        var message = new Message(new Random(1), 4096);
        var (allocated, atOnce) = (0L, 0);
        for (var i = 0; i < 200; i++)
        {
            MessageCrypto.Encrypt(message.Frame, Peer.Key, MessageDirection.ToClient);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var received = decryption.RunAsync(message.Frame);
            atOnce += received.IsCompleted ? 1 : 0;
            received.GetAwaiter().GetResult();
            allocated = i < 100 ? 0 : allocated + GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.That((atOnce, allocated), Is.EqualTo((200, 0L)));
    }
#pragma warning restore CA2012, VSTHRD002

    [Test]
    public async Task Among_many_connections_each_gets_its_own_bytes_and_only_corrupted_frames_fail(
        [Values(1, 2)] int batches
    )
    {
        var decryptor = new Decryptor(batches);

        var outcomes = await Task.WhenAll(
            Enumerable.Range(0, 12).Select(n => Task.Run(() => ReceiveAsync(decryptor, n)))
        );

        Assert.That(outcomes, Is.All.EqualTo((Right: 39, Refused: 1, Untouched: 40)));
        Assert.That(decryptor.IsIdle);
    }

    [Test]
    public async Task A_corrupted_frame_ends_its_own_connection_only()
    {
        var decryptor = new Decryptor(1);
        await using var broken = await Peer.ConnectIntroducedAsync(o => o with { Decryptor = decryptor });
        await using var whole = await Peer.ConnectIntroducedAsync(o => o with { Decryptor = decryptor });
        var corrupted = new Message(new Random(1), 4096).Frame;
        corrupted[^1] ^= 1;

        await broken.SendFrameAsync(corrupted[MessageCrypto.Headroom..]);
        var violation = await broken.ViolationAsync();
        var answer = whole.AskAsync();
        await whole.AnswerAsync(await whole.ReadCallAsync(), 7);

        Assert.That(violation, Is.EqualTo(Violation.MessageKey));
        Assert.That((await answer).NearestDcValue, Is.EqualTo(7));
        Assert.That(decryptor.IsIdle);
    }

    [Test]
    public async Task Connections_closed_in_the_middle_leave_the_others_and_the_decryptor_whole()
    {
        var decryptor = new Decryptor(1);
        var servers = Enumerable.Range(0, 6).Select(_ => new PartServer(PartBytes)).ToArray();
        var connections = await Task.WhenAll(servers.Select(s => ConnectAsync(s, decryptor)));
        var readers = connections.Select(c => new Reader(c)).ToArray();
        var reading = readers.Select((r, i) => r.ReadAsync(i < 3 ? int.MaxValue : 150)).ToArray();

        for (var i = 0; i < 3; i++)
        {
            await Task.WhenAny(readers[i].Begun, reading[i]);
            await connections[i].DisposeAsync();
        }
        var closed = await Task.WhenAll(reading.Take(3));
        var others = await Task.WhenAll(reading.Skip(3));
        foreach (var connection in connections)
            await connection.DisposeAsync();
        foreach (var server in servers)
            server.Dispose();

        Assert.That(closed, Is.All.GreaterThan(0));
        Assert.That(others, Is.All.EqualTo(150));
        Assert.That(decryptor.IsIdle);
    }

    // Overwrites each frame as soon as it is its own again, as the next user of a pooled buffer would.
    static async Task<(int Right, int Refused, int Untouched)> ReceiveAsync(Decryptor decryptor, int number)
    {
        var (random, decryption) = (new Random(number), new Decryption(decryptor, Peer.Key));
        var (right, refused, released) = (0, 0, new List<byte[]>());
        for (var i = 0; i < 40; i++)
        {
            var message = new Message(random, 1 + random.Next(1500));
            if (i == number)
                message.Frame[MessageCrypto.PlaintextOffset + random.Next(16)] ^= 1;
            try
            {
                await decryption.RunAsync(message.Frame);
                right += message.IsRight ? 1 : 0;
            }
            catch (ProtocolViolationException e) when (e.Violation == Violation.MessageKey)
            {
                refused++;
            }
            message.Frame.AsSpan().Fill(0xee);
            released.Add(message.Frame);
        }
        return (right, refused, released.Count(frame => !frame.AsSpan().ContainsAnyExcept((byte)0xee)));
    }

    static Task<MtConnection> ConnectAsync(PartServer server, Decryptor decryptor) =>
        MtConnection.ConnectAsync(
            new ConnectionOptions
            {
                Address = new DcAddress(2, "127.0.0.1", server.Port),
                Client = new ClientInfo(1),
                AuthKey = Peer.Key,
                Decryptor = decryptor,
            },
            CancellationToken.None
        );

    /// <summary>A frame of random content, encrypted.</summary>
    sealed class Message
    {
        readonly byte[] _plaintext;

        public Message(Random random, int blocks)
        {
            _plaintext = new byte[AesIge.BlockBytes * blocks];
            random.NextBytes(_plaintext);
            Frame = [.. new byte[MessageCrypto.PlaintextOffset], .. _plaintext];
            MessageCrypto.Encrypt(Frame, Peer.Key, MessageDirection.ToClient);
        }

        public byte[] Frame { get; }

        public bool IsRight => Frame.AsSpan(MessageCrypto.PlaintextOffset).SequenceEqual(_plaintext);
    }

    /// <summary>One call after another until there are enough or the connection ends.</summary>
    sealed class Reader(MtConnection connection) : IReplySink
    {
        readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Begun => _begun.Task;

        /// <returns>Parts taken.</returns>
        public async Task<int> ReadAsync(int parts)
        {
            var taken = 0;
            try
            {
                for (; taken < parts; taken++)
                {
                    await connection.CallAsync(Peer.Question, this, CancellationToken.None);
                    _begun.TrySetResult();
                }
            }
            catch (ConnectionLostException)
            {
                // closed by the test
            }
            return taken;
        }

        public int OnReply(ReadOnlySpan<byte> reply) =>
            (int)(BinaryPrimitives.ReadUInt32LittleEndian(reply[12..]) >> 8);
    }
}
