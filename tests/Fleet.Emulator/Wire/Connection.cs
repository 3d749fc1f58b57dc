using System.Buffers.Binary;
using System.Net.Sockets;
using Fleet.Tl;

namespace Fleet.Emulator.Wire;

/// <summary>
/// One client connection: reads frames in order, answers them through its sender. Everything it holds is bounded: one
/// frame in, 256 answers out, and deadlines for silence.
/// </summary>
sealed class Connection(Socket socket, DcEndpoint endpoint, Server server)
{
    const int UnknownAuthKey = -404;

    /// <summary>A connection without any traffic for this long ends.</summary>
    static readonly TimeSpan IdleLimit = TimeSpan.FromMinutes(10);

    readonly KeyExchange _keyExchange = new(endpoint.Dc.Rsa, server.Time);
    readonly CancellationTokenSource _ended = new();
    readonly Line _line = new(server.Network, endpoint.Dc.Id, endpoint.MediaOnly);
    MessageProcessor? _processor;
    ConnectionSender? _sender;
    TimeSpan _silenceLimit = IdleLimit;

    public DcEndpoint Endpoint => endpoint;

    /// <summary>The auth key whose main session lives here; guarded by <see cref="MainSessionRule"/>.</summary>
    public AuthKeyState? MainOf { get; set; }
    public Server Server => server;
    public Line Line => _line;

    /// <summary>False once the client has closed its end, even when the reader has not seen it yet.</summary>
    public bool IsAlive
    {
        get
        {
            try
            {
                return !_ended.IsCancellationRequested
                    && !(socket.Poll(TimeSpan.Zero, SelectMode.SelectRead) && socket.Available == 0);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return false;
            }
        }
    }

    /// <summary>ping_delay_disconnect: ends the connection when the client is silent for this long.</summary>
    public void DisconnectAfter(TimeSpan silence) => _silenceLimit = silence < IdleLimit ? silence : IdleLimit;

    /// <summary>Closes at once, with a reset and without sending what waits.</summary>
    public void Abort()
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed by the other side a moment ago: there is nothing left to reset.
        }
        _ended.Cancel();
    }

    /// <summary>rpc_drop_answer: true when the answer was still waiting and will not be sent.</summary>
    public bool TryDrop(long requestId) => _sender!.TryDrop(requestId);

    public ValueTask SendAsync(Outbound message, CancellationToken ct) => _sender!.SendAsync(message, ct);

    /// <summary>Sends what nobody asked for; nothing when the connection has ended.</summary>
    public async Task PushAsync(Outbound message)
    {
        try
        {
            await SendAsync(message, _ended.Token);
        }
        catch (Exception e) when (IsExpected(e))
        {
            EmulatorLog.ConnectionEnded(server.Log, endpoint.Dc.Id, e.Message);
        }
    }

    public async Task RunAsync(CancellationToken stopping)
    {
        using var reader = new FrameReader(socket);
        using var silence = new CancellationTokenSource(IdleLimit, server.Time);
        using var lifetime = CancellationTokenSource.CreateLinkedTokenSource(stopping, _ended.Token, silence.Token);
        var sending = Task.CompletedTask;
        try
        {
            if (!await reader.DetectAsync(lifetime.Token))
                return;
            _sender = new ConnectionSender(
                socket,
                new Transport(reader.Kind),
                reader.Outbound,
                _line,
                server.Counters,
                server.Cipher,
                server.Time
            );
            _processor = new MessageProcessor(this);
            sending = SendAsync(_sender, lifetime.Token);
            while (await reader.ReadAsync(lifetime.Token) is { } frame && await HandleFrameAsync(frame, lifetime.Token))
                silence.CancelAfter(_silenceLimit);
        }
        catch (Exception e) when (IsExpected(e))
        {
            EmulatorLog.ConnectionEnded(server.Log, endpoint.Dc.Id, e.Message);
            if (e is LineEndedException { ByReset: true })
                Abort();
        }
        finally
        {
            _sender?.Complete();
            await _ended.CancelAsync();
            await sending;
            server.MainSessions.Release(this);
            socket.Dispose();
        }
    }

    /// <summary>False ends the connection.</summary>
    async ValueTask<bool> HandleFrameAsync(Memory<byte> frame, CancellationToken ct)
    {
        if (frame.Length < 8)
            return false;
        var authKeyId = BinaryPrimitives.ReadInt64LittleEndian(frame.Span);
        if (authKeyId == 0)
        {
            await AnswerKeyExchangeAsync(frame, ct);
            return true;
        }
        if (endpoint.Dc.AuthKeyOrNull(authKeyId) is { } key)
        {
            _line.UsedBy(key.Login?.Account.UserId);
            return await _processor!.HandleAsync(key, frame[8..], ct);
        }
        await SendTransportErrorAsync(UnknownAuthKey, ct);
        return false;
    }

    async ValueTask SendTransportErrorAsync(int code, CancellationToken ct)
    {
        var payload = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(payload, code);
        await _sender!.SendPlainAsync(payload, ct);
    }

    // auth_key_id 8 = 0 | message_id 8 | length 4 | body
    async ValueTask AnswerKeyExchangeAsync(Memory<byte> frame, CancellationToken ct)
    {
        using var writer = new TlWriter();
        writer.WriteInt64(0);
        writer.WriteInt64(PlainMessageId());
        writer.WriteInt32(0);
        var created = _keyExchange.Answer(PlainBody(frame.Span), writer);
        BinaryPrimitives.WriteInt32LittleEndian(writer.WrittenSpan[16..], writer.Length - 20);
        if (created is not null)
        {
            endpoint.Dc.Add(new AuthKeyState(created, endpoint.Dc.Id, server.Time.GetUtcNow()));
            server.Counters.AddKeyExchange(created.Key);
        }
        await _sender!.SendPlainAsync(writer.WrittenMemory, ct);
    }

    static ReadOnlySpan<byte> PlainBody(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < 24)
            throw new InvalidDataException("An unencrypted message without a body.");
        var length = BinaryPrimitives.ReadInt32LittleEndian(frame[16..]);
        if (length < 4 || length > frame.Length - 20)
            throw new InvalidDataException("An unencrypted message of a wrong length.");
        return frame.Slice(20, length);
    }

    long PlainMessageId()
    {
        var (seconds, milliseconds) = Math.DivRem(server.Time.GetUtcNow().ToUnixTimeMilliseconds(), 1000);
        return (seconds << 32) | ((milliseconds << 32) / 1000 & ~3L) | 1;
    }

    async Task SendAsync(ConnectionSender sender, CancellationToken ct)
    {
        try
        {
            await sender.RunAsync(ct);
        }
        catch (Exception e) when (IsExpected(e))
        {
            EmulatorLog.ConnectionEnded(server.Log, endpoint.Dc.Id, e.Message);
            if (e is LineEndedException { ByReset: false })
                await _ended.CancelAsync();
            else
                Abort();
        }
    }

    static bool IsExpected(Exception e) =>
        e
            is SocketException
                or IOException
                or OperationCanceledException
                or InvalidDataException
                or TlException
                or ObjectDisposedException
                or System.Threading.Channels.ChannelClosedException;
}
