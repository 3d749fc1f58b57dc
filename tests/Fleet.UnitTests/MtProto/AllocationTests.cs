using System.Buffers.Binary;
using Fleet.MtProto;
using Fleet.MtProto.Crypto;
using Fleet.Tl.Api;
using Fleet.Tl.Methods;
using Fleet.Tl.Mtp;

namespace Fleet.UnitTests.MtProto;

[Category("engine")]
[NonParallelizable]
sealed class AllocationTests
{
    const int PartBytes = 65_536;
    const int Parts = 400;

#pragma warning disable CA2012, VSTHRD002 // An await would count its own state machine; the call is complete by then.
    [Test]
    public void A_call_and_its_answer_allocate_nothing()
    {
        var (session, question) = (UpkeepTests.NewSession(), Lane.Question);
        var (sink, answer) = (new Sinks.Discard(), Array.Empty<byte>());
        var (allocated, answered) = (0L, 0);
        for (var i = 0; i < 3000; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var call = session.CallAsync(question, sink, CancellationToken.None);
            var payload = session.Compose();
            allocated = i < 1500 ? 0 : allocated + GC.GetAllocatedBytesForCurrentThread() - before;

            answer = Answer(session.ComposedFrame.Span[..(MessageCrypto.Headroom + payload)].ToArray(), i);

            before = GC.GetAllocatedBytesForCurrentThread();
            session.OnFrame(answer);
            if (call.IsCompleted)
                answered += 1 + call.GetAwaiter().GetResult();
            allocated = i < 1500 ? 0 : allocated + GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.That((answered, allocated), Is.EqualTo((3000, 0L)));
    }
#pragma warning restore CA2012, VSTHRD002

    // Four calls in flight over real sockets, both loops and the timers included; with four connections frames also wait
    // for the one batch and are decrypted together. A debug build makes objects of async methods and pools fill as they
    // go; a buffer per part would still be thirty times as much as is allowed.
    [TestCase(1)]
    [TestCase(4)]
    public async Task Parts_are_received_without_allocating(int count)
    {
        var decryptor = new Decryptor(1);
        var servers = Enumerable.Range(0, count).Select(_ => new PartServer(PartBytes)).ToArray();
        var connections = await Task.WhenAll(
            servers.Select(s => MtConnection.ConnectAsync(Options(s, decryptor), CancellationToken.None))
        );
        var lanes = Enumerable.Range(0, 4).Select(i => new Lane(connections[i % count])).ToArray();
        await Task.WhenAll(lanes.Select(l => l.ReadAsync(Parts))); // pools fill, code is compiled

        var before = GC.GetTotalAllocatedBytes(precise: true);
        await Task.WhenAll(lanes.Select(l => l.ReadAsync(Parts)));
        var perPart = (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)(lanes.Length * Parts);

        foreach (var connection in connections)
            await connection.DisposeAsync();
        foreach (var server in servers)
            server.Dispose();
        Assert.That(lanes.Select(l => l.BytesTaken), Is.All.EqualTo(2L * Parts * PartBytes));
        Assert.That(perPart, Is.LessThan(2048));
        Assert.That(decryptor.IsIdle);
    }

    /// <summary>A pong as the result of the call in <paramref name="frame"/>.</summary>
    static byte[] Answer(byte[] frame, int number)
    {
        var question = MessageCrypto.Decrypt(frame, Peer.Key, MessageDirection.ToServer);
        var isContainer = BinaryPrimitives.ReadUInt32LittleEndian(question[32..]) == MsgContainer.TlId;
        var messageId = BinaryPrimitives.ReadInt64LittleEndian(question[(isContainer ? 40 : 16)..]);
        var answer = new byte[MessageCrypto.PlaintextOffset + 32 + 32 + 16];
        var plaintext = answer.AsSpan(MessageCrypto.PlaintextOffset);
        question.Slice(8, 8).CopyTo(plaintext[8..]);
        BinaryPrimitives.WriteInt64LittleEndian(plaintext[16..], messageId + (number * 4L) + 1);
        BinaryPrimitives.WriteInt32LittleEndian(plaintext[24..], 1);
        BinaryPrimitives.WriteInt32LittleEndian(plaintext[28..], 32);
        BinaryPrimitives.WriteUInt32LittleEndian(plaintext[32..], RpcResult.TlId);
        BinaryPrimitives.WriteInt64LittleEndian(plaintext[36..], messageId);
        BinaryPrimitives.WriteUInt32LittleEndian(plaintext[44..], Pong.TlId);
        MessageCrypto.Encrypt(answer, Peer.Key, MessageDirection.ToClient);
        return answer;
    }

    static ConnectionOptions Options(PartServer server, Decryptor decryptor) =>
        new()
        {
            Address = new DcAddress(2, "127.0.0.1", server.Port),
            Client = new ClientInfo(1),
            AuthKey = Peer.Key,
            Decryptor = decryptor,
        };

    /// <summary>One call after another, each into the same place.</summary>
    sealed class Lane(MtConnection connection) : IReplySink
    {
        public static readonly UploadGetFile Question = new()
        {
            Location = new InputDocumentFileLocation
            {
                Id = 1,
                AccessHash = 2,
                FileReference = [3],
                ThumbSize = "",
            },
            Offset = 0,
            Limit = PartBytes,
        };

        readonly byte[] _place = new byte[PartBytes];

        public long BytesTaken { get; private set; }

        public async Task ReadAsync(int parts)
        {
            for (var i = 0; i < parts; i++)
                BytesTaken += await connection.CallAsync(Question, this, CancellationToken.None);
        }

        // upload.file 4, type 4, mtime 4, length 4
        public int OnReply(ReadOnlySpan<byte> reply)
        {
            var length = (int)(BinaryPrimitives.ReadUInt32LittleEndian(reply[12..]) >> 8);
            reply.Slice(16, length).CopyTo(_place);
            return length;
        }
    }
}
