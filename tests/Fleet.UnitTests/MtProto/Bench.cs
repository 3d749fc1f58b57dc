using System.Buffers.Binary;
using Fleet.MtProto;
using Fleet.MtProto.Crypto;
using Fleet.MtProto.Session;
using Fleet.Testing;
using Fleet.Tl;
using Fleet.Tl.Api;
using Fleet.Tl.Methods;
using Fleet.Tl.Mtp;
using Fleet.UnitTests.Tl;

namespace Fleet.UnitTests.MtProto;

/// <summary>A session without a network, on one thread and a clock of its own, and the server's end of it. Calls have
/// numbers, and the answer to a call is its number.</summary>
sealed class Bench
{
    int _frames;
    int _ids;

    public Bench(Func<ConnectionOptions, ConnectionOptions>? change = null, FakeTime? time = null)
    {
        Time = time ?? new FakeTime();
        ServerTime = Time.GetUtcNow;
        var options = new ConnectionOptions
        {
            Address = DcAddress.Production[0],
            Client = new ClientInfo(1),
            Time = Time,
        };
        options = change?.Invoke(options) ?? options;
        Session = new MtSession(options, Peer.Key, options.ServerSalt, new MessageIds(Time), framesArePadded: false);
    }

    public FakeTime Time { get; }

    public MtSession Session { get; }

    /// <summary>The server's clock; right unless a test sets it.</summary>
    public Func<DateTimeOffset> ServerTime { get; set; }

    /// <summary>Of the last frame that the client sent.</summary>
    public long SessionId { get; private set; }

    /// <summary>A bench whose session knows the server's time and has been introduced.</summary>
    public static Bench Introduced(Func<ConnectionOptions, ConnectionOptions>? change = null)
    {
        var bench = new Bench(change);
        var call = bench.CallAsync(0);
        bench.Answer(bench.Flush().Single(m => m.IsCall));
#pragma warning disable VSTHRD002 // a bench is made synchronously; the answer is there, only its continuation is not
        Assert.That(call.IsCompleted || call.Wait(TimeSpan.FromSeconds(10), CancellationToken.None), Is.True);
#pragma warning restore VSTHRD002
        return bench;
    }

    public static UploadGetFile Question(int number, int referenceBytes = 1) =>
        new()
        {
            Location = new InputDocumentFileLocation
            {
                Id = 1,
                AccessHash = 2,
                FileReference = new byte[referenceBytes],
                ThumbSize = "",
            },
            Offset = number,
            Limit = 4096,
        };

    public Task<int> CallAsync(int number, CancellationToken ct = default) => Call(number, ct).AsTask();

    public ValueTask<int> Call(int number, CancellationToken ct) =>
        Session.CallAsync(Question(number), new NumberSink(), ct);

    /// <summary>Everything the client has to send.</summary>
    public List<Received> Flush()
    {
        var messages = new List<Received>();
        for (var payload = Session.Compose(); payload > 0; payload = Session.Compose())
            messages.AddRange(Wire.Open(Frame(payload), ++_frames));
        if (messages.Count > 0)
            SessionId = messages[^1].SessionId;
        return messages;
    }

    /// <summary>The messages of one kind among everything the client has to send.</summary>
    public List<T> Flush<T>()
        where T : TlObject => [.. Flush().Select(m => m.Body).OfType<T>()];

    public byte[] Frame(int payload) => Session.ComposedFrame.Span[..(MessageCrypto.Headroom + payload)].ToArray();

    /// <summary>An id for the server's next message, of the server's present time.</summary>
    public long NextId(TimeSpan age = default) => ((ServerTime() - age).ToUnixTimeSeconds() << 32) + (4L * ++_ids) + 1;

    public void Answer(Received call) => Send(Result(call));

    public static int NumberOf(Received call) => (int)((UploadGetFile)call.Call).Offset;

    public static RpcResult Result(Received call) =>
        new() { ReqMsgId = call.MsgId, Result = TlBytes.Of(new Pong { MsgId = 1, PingId = NumberOf(call) }) };

    public void Send(TlObject body, long? id = null, int seqNo = 1) => Send(TlBytes.Of(body), id, seqNo);

    public void Send(byte[] body, long? id = null, int seqNo = 1, long? sessionId = null) =>
        Session.OnFrame(Wire.Seal(body, sessionId ?? SessionId, id ?? NextId(), seqNo));

    public MsgContainer Container(params IEnumerable<TlObject> bodies) =>
        new() { Messages = [.. bodies.Select(b => new ContainedMessage(NextId(), 1, TlBytes.Of(b)))] };

    /// <summary>Lets time pass, with the tick of every second.</summary>
    public void Pass(int seconds)
    {
        for (; seconds > 0; seconds--)
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            Session.Tick();
        }
    }

    public static async Task<int> WithinAsync(Task<int> call) =>
        await call.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System);

    sealed class NumberSink : IReplySink
    {
        // pong 4, msg_id 8, ping_id 8
        public int OnReply(ReadOnlySpan<byte> reply) => (int)BinaryPrimitives.ReadInt64LittleEndian(reply[12..]);
    }
}
