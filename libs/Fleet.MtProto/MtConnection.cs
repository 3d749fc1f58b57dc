using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Fleet.MtProto.Crypto;
using Fleet.MtProto.Exchange;
using Fleet.MtProto.Session;
using Fleet.MtProto.Transport;
using Fleet.Tl;

namespace Fleet.MtProto;

/// <summary>One encrypted connection to one data centre. It never reconnects: when it ends, every pending call fails
/// and <see cref="Completion"/> says why. Safe for use by several threads at once.</summary>
public sealed class MtConnection : IAsyncDisposable
{
    static readonly TimeSpan TickEvery = TimeSpan.FromSeconds(1);

    readonly ConnectionOptions _options;
    readonly FrameChannel _channel;
    readonly MtSession _session;
    readonly Decryption _decryption;
    readonly ITimer _ticker;
    readonly Task<ConnectionLostException?> _run;
    readonly ConnectionLostException _closedByOwner = new("Closed by its owner");
    ConnectionLostException? _reason;

    MtConnection(ConnectionOptions options, FrameChannel channel, MtSession session)
    {
        (_options, _channel, _session) = (options, channel, session);
        _decryption = new Decryption(options.Decryptor, session.Key);
        _run = Task.Run(RunAsync);
        _ticker = options.Time.CreateTimer(static c => ((MtConnection)c!).OnTick(), this, TickEvery, TickEvery);
    }

    /// <summary>The data centre connected to.</summary>
    public DcAddress Address => _options.Address;

    /// <summary>The key in use; the one made while connecting if the options had none.</summary>
    public AuthKey AuthKey => _session.Key;

    /// <summary>The newest salt the server gave, to be stored beside the key.</summary>
    public long ServerSalt => _session.Salt;

    /// <summary>Server time minus ours, as far as the server has told.</summary>
    public TimeSpan TimeOffset => _session.TimeOffset;

    /// <summary>Time from the last ping to its answer; null before the first, at most a minute old then.</summary>
    public TimeSpan? RoundTrip => _session.RoundTrip;

    /// <summary>Completes when the connection has ended, with the reason; null after <see cref="DisposeAsync"/>. Never
    /// faults.</summary>
    public Task<ConnectionLostException?> Completion => _run;

    /// <summary>Connects and, if the options have no auth key, makes one.</summary>
    /// <exception cref="ConnectionLostException">No connection within the deadline, or it ended.</exception>
    /// <exception cref="KeyExchangeException">No key could be made.</exception>
    public static async Task<MtConnection> ConnectAsync(ConnectionOptions options, CancellationToken ct)
    {
        var codec = FrameCodec.Create(options.WireTransport, options.Random);
        var wire = await Dialer.ConnectAsync(options, codec, ct);
        var channel = new FrameChannel(wire, codec, options.MaxFrameBytes, options.Buffers);
        try
        {
            var ids = new MessageIds(options.Time);
            var (key, salt) = (options.AuthKey, options.ServerSalt);
            if (key is null)
                (key, salt) = await KeyExchange.RunAsync(channel, ids, options, ct);
            return new MtConnection(options, channel, new MtSession(options, key, salt, ids, codec.AllowsPadding));
        }
        catch (Exception e)
        {
            channel.Dispose();
            if (e is SocketException)
                throw Lost(e);
            throw;
        }
    }

    /// <summary>Calls a method and reads its answer.</summary>
    /// <exception cref="RpcException">The server answered with an error.</exception>
    /// <exception cref="ConnectionLostException">The connection ended first.</exception>
    /// <exception cref="CallTimeoutException">No answer within the deadline.</exception>
    /// <exception cref="TlException">The answer is not what the method returns.</exception>
    public Task<TResult> CallAsync<TResult>(TlMethod<TResult> method, CancellationToken ct) =>
        CallAsync(method, method, ct);

    /// <summary>Calls <paramref name="query"/>, which wraps <paramref name="method"/> (such as invokeWithTakeout), and
    /// reads the answer of the method inside.</summary>
    public async Task<TResult> CallAsync<TResult>(TlObject query, TlMethod<TResult> method, CancellationToken ct)
    {
        var sink = new ReadingSink<TResult>(method);
        await CallAsync(query, sink, ct);
        return sink.Result;
    }

    /// <summary>Calls a method and hands its answer to <paramref name="sink"/>, allocating nothing.</summary>
    /// <returns>What the sink returned. Await it once.</returns>
    public ValueTask<int> CallAsync(TlObject method, IReplySink sink, CancellationToken ct) =>
        _session.CallAsync(method, sink, ct);

    /// <summary>Closes the connection; pending calls fail with <see cref="ConnectionLostException"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        End(_closedByOwner);
        await _run;
        await _ticker.DisposeAsync();
    }

    async Task<ConnectionLostException?> RunAsync()
    {
        var receiving = ReceiveAsync();
        var sending = SendAsync();
        End(await await Task.WhenAny(receiving, sending));
        await Task.WhenAll(receiving, sending);
        _session.Release();
        Log.ConnectionEnded(_options.Logger, _options.Address.ToString(), _reason!.Message);
        return ReferenceEquals(_reason, _closedByOwner) ? null : _reason;
    }

    async Task<ConnectionLostException> ReceiveAsync()
    {
        try
        {
            while (true)
            {
                var frame = await _channel.ReadAsync();
                if (frame.IsEnd)
                    return new ConnectionLostException("The server closed the connection");
                try
                {
                    await TakeAsync(frame.Memory);
                }
                finally
                {
                    frame.Release();
                }
            }
        }
#pragma warning disable CA1031 // whatever happened, it ended the connection, and Completion and every call report it
        catch (Exception e)
#pragma warning restore CA1031
        {
            return Lost(e);
        }
    }

    // The frame is the decryptor's until it has decrypted it, even when the connection is closed meanwhile: the caller
    // gives the buffer back only after this, and the decryptor waits for nobody.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    async ValueTask TakeAsync(Memory<byte> frame)
    {
        if (frame.Length < Decryptor.LeastBytes)
        {
            _session.OnFrame(frame.Span);
            return;
        }
        var message = frame[.._session.MessageEnd(frame.Span)];
        await _decryption.RunAsync(message);
        _session.OnDecrypted(message.Span[MessageCrypto.PlaintextOffset..]);
    }

    async Task<ConnectionLostException> SendAsync()
    {
        try
        {
            // Ends by ChannelClosedException, once per connection; unlike WaitToReadAsync it does not allocate.
            while (await _session.Wake.ReadAsync(CancellationToken.None))
            {
                for (var payload = _session.Compose(); payload > 0; payload = _session.Compose())
                {
                    var frame = _session.ComposedFrame;
                    await _channel.SendAsync(frame[_channel.Codec.Seal(frame.Span, payload)]);
                }
            }
            return new ConnectionLostException("The session ended");
        }
#pragma warning disable CA1031 // as above
        catch (Exception e)
#pragma warning restore CA1031
        {
            return Lost(e);
        }
    }

    void OnTick()
    {
        try
        {
            _session.Tick();
        }
        catch (ConnectionLostException e)
        {
            End(e);
        }
    }

    // The first reason counts. Closing the socket makes both loops end.
    void End(ConnectionLostException reason)
    {
        if (Interlocked.CompareExchange(ref _reason, reason, null) is not null)
            return;
        _session.End(reason);
        _channel.Dispose();
    }

    static ConnectionLostException Lost(Exception cause) =>
        cause as ConnectionLostException
        ?? new ConnectionLostException($"The connection broke: {cause.Message}", cause);
}
