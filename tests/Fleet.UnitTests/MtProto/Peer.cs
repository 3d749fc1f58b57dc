using System.Net;
using System.Net.Sockets;
using Fleet.MtProto;
using Fleet.MtProto.Crypto;
using Fleet.Testing;
using Fleet.Tl;
using Fleet.Tl.Api;
using Fleet.Tl.Methods;
using Fleet.Tl.Mtp;
using Fleet.UnitTests.Tl;
using ProtocolViolationException = Fleet.MtProto.ProtocolViolationException;

namespace Fleet.UnitTests.MtProto;

/// <summary>A connection over loopback and the server's end of it, which says what the test tells it to.</summary>
sealed class Peer : IAsyncDisposable
{
    public static readonly AuthKey Key = AuthKey.Import(Vectors.AuthKey);
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    readonly Queue<Received> _unread = new();
    readonly Socket _socket;
    int _frames;
    long _lastId;

    Peer(MtConnection connection, Socket socket, FakeTime time) =>
        (Connection, _socket, Time) = (connection, socket, time);

    public MtConnection Connection { get; }

    public FakeTime Time { get; }

    /// <summary>Of the last frame received.</summary>
    public long SessionId { get; private set; }

    public static HelpGetNearestDc Question => new();

    public static async Task<Peer> ConnectAsync(Func<ConnectionOptions, ConnectionOptions>? change = null)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var time = new FakeTime();
        var options = new ConnectionOptions
        {
            Address = new DcAddress(2, "127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port),
            Client = new ClientInfo(1),
            AuthKey = Key,
            Time = time,
        };
        var accept = listener.AcceptSocketAsync();
        var connection = await MtConnection.ConnectAsync(change?.Invoke(options) ?? options, CancellationToken.None);
        var peer = new Peer(connection, await accept, time);
        Assert.That(await peer.ReadBytesAsync(4), Is.EqualTo(new byte[] { 0xee, 0xee, 0xee, 0xee }));
        return peer;
    }

    public Task<NearestDc> AskAsync(CancellationToken ct = default) =>
        Connection.CallAsync(Question, ct).WaitAsync(Patience, TimeProvider.System, CancellationToken.None);

    /// <summary>Connects, and has one call asked and answered, so that the session is past its beginning.</summary>
    public static async Task<Peer> ConnectIntroducedAsync(Func<ConnectionOptions, ConnectionOptions>? change = null)
    {
        var peer = await ConnectAsync(change);
        var answer = peer.AskAsync();
        await peer.AnswerAsync(await peer.ReadCallAsync(), 0);
        await answer;
        return peer;
    }

    /// <summary>The client's next call; acknowledgments and the like are passed over.</summary>
    public async Task<Received> ReadCallAsync()
    {
        while (true)
        {
            var message = await ReadAsync();
            if ((message.SeqNo & 1) != 0)
                return message;
        }
    }

    /// <summary>The next message of the client.</summary>
    public async Task<Received> ReadAsync()
    {
        while (_unread.Count == 0)
            await ReadFrameAsync();
        return _unread.Dequeue();
    }

    /// <summary>The next message whose body is a <typeparamref name="T"/>; others are passed over.</summary>
    public async Task<T> ReadAsync<T>()
        where T : TlObject
    {
        while (true)
        {
            if ((await ReadAsync()).Body is T found)
                return found;
        }
    }

    /// <summary>An id for the server's next message, of the present time.</summary>
    public long NextId(TimeSpan age = default)
    {
        var seconds = (Time.GetUtcNow() - age).ToUnixTimeSeconds();
        _lastId += 4;
        return (seconds << 32) + _lastId + 1;
    }

    public Task AnswerAsync(Received call, int number) => AnswerAsync(call, Nearest(number));

    public Task AnswerAsync(Received call, TlObject result) => SendAsync(Result(call, result));

    public Task FailAsync(Received call, int code, string text) =>
        AnswerAsync(call, new RpcError { ErrorCode = code, ErrorMessage = text });

    public static NearestDc Nearest(int number) =>
        new()
        {
            Country = "DE",
            ThisDc = 2,
            NearestDcValue = number,
        };

    public static RpcResult Result(Received call, TlObject result) =>
        new() { ReqMsgId = call.MsgId, Result = TlBytes.Of(result) };

    public Task SendAsync(TlObject body) => SendAsync(TlBytes.Of(body), NextId());

    public Task SendAsync(TlObject body, long msgId) => SendAsync(TlBytes.Of(body), msgId);

    public async Task SendAsync(byte[] body, long msgId, int seqNo = 1, long? sessionId = null, int? padding = null)
    {
        var frame = Wire.Seal(body, sessionId ?? SessionId, msgId, seqNo, padding);
        await SendFrameAsync(frame[MessageCrypto.Headroom..]);
    }

    public Task SendFrameAsync(byte[] payload) =>
        SendBytesAsync([.. BitConverter.GetBytes(payload.Length), .. payload]);

    public async Task SendBytesAsync(byte[] bytes) =>
        Assert.That(await _socket.SendAsync(bytes), Is.EqualTo(bytes.Length));

    /// <summary>Ends the stream; what was sent still arrives.</summary>
    public void Close() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Why the connection ended.</summary>
    public async Task<ConnectionLostException?> EndAsync() =>
        await Connection.Completion.WaitAsync(Patience, TimeProvider.System);

    /// <summary>The rule whose breach ended the connection.</summary>
    public async Task<Violation?> ViolationAsync() => (await EndAsync() as ProtocolViolationException)?.Violation;

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        _socket.Dispose();
    }

    async Task ReadFrameAsync()
    {
        var payload = await ReadBytesAsync(BitConverter.ToInt32(await ReadBytesAsync(4)));
        foreach (var message in Wire.Open([.. new byte[MessageCrypto.Headroom], .. payload], ++_frames))
        {
            SessionId = message.SessionId;
            _unread.Enqueue(message);
        }
    }

    async Task<byte[]> ReadBytesAsync(int count)
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        var bytes = new byte[count];
        for (var done = 0; done < count; )
        {
            var read = await _socket.ReceiveAsync(bytes.AsMemory(done), patience.Token);
            done += read > 0 ? read : throw new EndOfStreamException("The client closed the connection");
        }
        return bytes;
    }
}
