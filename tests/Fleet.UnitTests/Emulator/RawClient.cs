using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Fleet.Emulator;
using Fleet.MtProto;
using Fleet.MtProto.Crypto;
using Fleet.Tl;

namespace Fleet.UnitTests.Emulator;

/// <summary>How a <see cref="RawClient"/> frames what it sends.</summary>
public enum RawTransport
{
    Abridged,
    Intermediate,
    Padded,
    Full,
}

/// <summary>A message as it came, taken out of its container.</summary>
sealed record RawMessage(long Id, int SeqNo, byte[] Body)
{
    public uint Constructor => BinaryPrimitives.ReadUInt32LittleEndian(Body);
}

/// <summary>A client without manners: sends any message with any number, over any transport.</summary>
sealed class RawClient : IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    readonly RawTransport _transport;
    readonly CounterStream? _out;
    readonly CounterStream? _in;
    readonly AuthKey _key;
    readonly Queue<RawMessage> _unread = new();
    long _lastId;
    int _sentFrames;

    RawClient(EmulatedDc dc, AuthKey key, long salt, RawTransport transport, bool obfuscated)
    {
        (_key, Salt, _transport) = (key, salt, transport);
        _socket.Connect(IPAddress.Loopback, dc.Port);
        byte[] tag = transport switch
        {
            RawTransport.Abridged => obfuscated ? [0xef, 0xef, 0xef, 0xef] : [0xef],
            RawTransport.Intermediate => [0xee, 0xee, 0xee, 0xee],
            RawTransport.Padded => [0xdd, 0xdd, 0xdd, 0xdd],
            _ => [],
        };
        if (!obfuscated)
        {
            _socket.Send(tag);
            return;
        }
        var head = RandomNumberGenerator.GetBytes(64);
        head[0] = 0x42;
        head[4] = 0x42;
        tag.CopyTo(head, 56);
        byte[] reversed = [.. head.AsSpan(8, 48).ToArray().Reverse()];
        _out = new CounterStream(head[8..40], head[40..56]);
        _in = new CounterStream(reversed[..32], reversed[32..]);
        var encrypted = head.ToArray();
        _out.Apply(encrypted);
        encrypted.AsSpan(56).CopyTo(head.AsSpan(56));
        _socket.Send(head);
    }

    public long Salt { get; set; }
    public long Session { get; set; } = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8));

    /// <summary>Makes a key on data centre 2; it is good for any number of clients.</summary>
    public static async Task<(AuthKey Key, long Salt)> MakeKeyAsync(TelegramEmulator telegram)
    {
        var dc = HomeOf(telegram);
        var options = new ConnectionOptions
        {
            Address = new DcAddress(dc.Id, dc.Host, dc.Port),
            Client = new ClientInfo(telegram.Options.ApiId),
            ServerKeys = RsaKeySet.FromPem([telegram.PublicKeyPem]),
        };
        await using var connection = await MtConnection.ConnectAsync(options, CancellationToken.None);
        return (connection.AuthKey, connection.ServerSalt);
    }

    public static RawClient Connect(
        TelegramEmulator telegram,
        (AuthKey Key, long Salt) key,
        RawTransport transport = RawTransport.Intermediate,
        bool obfuscated = false
    ) => new(HomeOf(telegram), key.Key, key.Salt, transport, obfuscated);

    public long NextId() => _lastId = Math.Max(_lastId + 4, Now() << 32);

    public static long Now() => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    public static byte[] Body(Action<TlWriter> write)
    {
        using var writer = new TlWriter();
        write(writer);
        return writer.WrittenSpan.ToArray();
    }

    public static byte[] Ping(long id) =>
        Body(w =>
        {
            w.WriteUInt32(0x7abe77ec);
            w.WriteInt64(id);
        });

    /// <summary>Encrypts and sends a message; returns its id.</summary>
    public long Send(byte[] body, int seqNo = 0, long? id = null)
    {
        var messageId = id ?? NextId();
        var padding = 12 + (-(32 + body.Length + 12) & 15);
        var frame = new byte[MessageCrypto.PlaintextOffset + 32 + body.Length + padding];
        var plain = frame.AsSpan(MessageCrypto.PlaintextOffset);
        BinaryPrimitives.WriteInt64LittleEndian(plain, Salt);
        BinaryPrimitives.WriteInt64LittleEndian(plain[8..], Session);
        BinaryPrimitives.WriteInt64LittleEndian(plain[16..], messageId);
        BinaryPrimitives.WriteInt32LittleEndian(plain[24..], seqNo);
        BinaryPrimitives.WriteInt32LittleEndian(plain[28..], body.Length);
        body.CopyTo(plain[32..]);
        MessageCrypto.Encrypt(frame, _key, MessageDirection.ToServer);
        SendFrame(frame.AsSpan(MessageCrypto.Headroom).ToArray());
        return messageId;
    }

    /// <summary>Sends a payload as one frame, whatever it holds.</summary>
    public void SendFrame(byte[] payload)
    {
        if (_transport == RawTransport.Padded)
            payload = [.. payload, .. RandomNumberGenerator.GetBytes(7)];
        var length = BitConverter.GetBytes(payload.Length);
        byte[] bytes = _transport switch
        {
            RawTransport.Abridged when payload.Length / 4 < 127 => [(byte)(payload.Length / 4), .. payload],
            RawTransport.Abridged => [0x7f, .. BitConverter.GetBytes(payload.Length / 4)[..3], .. payload],
            RawTransport.Full => WithChecksum([
                .. BitConverter.GetBytes(payload.Length + 12),
                .. BitConverter.GetBytes(_sentFrames++),
                .. payload,
            ]),
            _ => [.. length, .. payload],
        };
        _out?.Apply(bytes);
        _socket.Send(bytes);
    }

    /// <summary>The next message; a container's one by one.</summary>
    public async Task<RawMessage> ReadAsync()
    {
        while (_unread.Count == 0)
            Open(await ReadFrameAsync() ?? throw new EndOfStreamException());
        return _unread.Dequeue();
    }

    /// <summary>The next frame's payload; null when the server closed or reset the connection.</summary>
    public async Task<byte[]?> ReadFrameAsync()
    {
        if (await ReadBytesAsync(1) is not { } first)
            return null;
        if (_transport == RawTransport.Abridged)
        {
            var words = first[0] < 0x7f ? first[0] : BitConverter.ToInt32([.. (await ReadBytesAsync(3))!, 0]);
            return await ReadBytesAsync(words * 4);
        }
        var length = BitConverter.ToInt32([.. first, .. (await ReadBytesAsync(3))!]);
        if (_transport != RawTransport.Full)
            return await ReadBytesAsync(length);
        var rest = (await ReadBytesAsync(length - 4))!;
        return rest[4..^4];
    }

    public void Dispose() => _socket.Dispose();

    static EmulatedDc HomeOf(TelegramEmulator telegram) => telegram.Dcs.First(d => d is { Id: 2, MediaOnly: false });

    void Open(byte[] payload)
    {
        var length = 24 + ((payload.Length - 24) / 16 * 16);
        byte[] frame = [.. new byte[MessageCrypto.Headroom], .. payload.AsSpan(0, length)];
        var plain = MessageCrypto.Decrypt(frame, _key, MessageDirection.ToClient);
        var reader = new TlReader(plain[16..]);
        Take(new RawMessage(reader.ReadInt64(), reader.ReadInt32(), reader.ReadRaw(reader.ReadInt32()).ToArray()));
    }

    void Take(RawMessage message)
    {
        if (message.Constructor != 0x73f1f8dc)
        {
            _unread.Enqueue(message);
            return;
        }
        var reader = new TlReader(message.Body.AsSpan(4));
        for (var left = reader.ReadInt32(); left > 0; left--)
            Take(new RawMessage(reader.ReadInt64(), reader.ReadInt32(), reader.ReadRaw(reader.ReadInt32()).ToArray()));
    }

    async Task<byte[]?> ReadBytesAsync(int count)
    {
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        var bytes = new byte[count];
        for (var got = 0; got < count; )
        {
            var read = await ReceiveAsync(bytes.AsMemory(got), limit.Token);
            if (read == 0)
                return null;
            got += read;
        }
        _in?.Apply(bytes);
        return bytes;
    }

    async Task<int> ReceiveAsync(Memory<byte> target, CancellationToken ct)
    {
        try
        {
            return await _socket.ReceiveAsync(target, ct);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            return 0;
        }
    }

    static byte[] WithChecksum(byte[] frame)
    {
        var sum = uint.MaxValue;
        foreach (var value in frame)
        {
            sum ^= value;
            for (var bit = 0; bit < 8; bit++)
                sum = (sum >> 1) ^ ((sum & 1) * 0xedb88320);
        }
        return [.. frame, .. BitConverter.GetBytes(~sum)];
    }

    /// <summary>AES-256-CTR, one block at a time.</summary>
    sealed class CounterStream(byte[] key, byte[] counter)
    {
        readonly Queue<byte> _stream = new();

        public void Apply(Span<byte> data)
        {
            foreach (ref var value in data)
            {
                if (_stream.Count == 0)
                    Refill();
                value ^= _stream.Dequeue();
            }
        }

        void Refill()
        {
            using var aes = Aes.Create();
            aes.SetKey(key);
            foreach (var value in aes.EncryptEcb(counter, PaddingMode.None))
                _stream.Enqueue(value);
            for (var i = 15; i >= 0 && ++counter[i] == 0; i--) { }
        }
    }
}
