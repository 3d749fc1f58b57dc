using System.Buffers;
using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using Fleet.MtProto.Crypto;
using Fleet.MtProto.Transport;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.MtProto;

/// <summary>Takes an update, constructor first; the bytes are borrowed.</summary>
public delegate void UpdateHandler(ReadOnlySpan<byte> update);

/// <summary>How to open one connection.</summary>
public sealed record ConnectionOptions
{
    const int TestDcOffset = 10_000;

    /// <summary>The data centre to connect to.</summary>
    public required DcAddress Address { get; init; }

    /// <summary>Sent with the first call, in initConnection.</summary>
    public required ClientInfo Client { get; init; }

    /// <summary>Server keys that are trusted for a key exchange. Default: Telegram's.</summary>
    public RsaKeySet ServerKeys { get; init; } = RsaKeySet.Production;

    /// <summary>The key of this data centre; null makes a new one while connecting.</summary>
    public AuthKey? AuthKey { get; init; }

    /// <summary>The salt last used with <see cref="AuthKey"/>. A wrong one costs one round trip.</summary>
    public long ServerSalt { get; init; }

    /// <summary>How messages are framed on the stream. Addresses and proxies that take nothing else are sent the obfuscated
    /// form of it, MTProxies with a dd or ee secret padded intermediate. Default: intermediate.</summary>
    public TransportKind Transport { get; init; } = TransportKind.Intermediate;

    /// <summary>Carries the connection; null (default) connects to the data centre itself.</summary>
    public Proxy? Proxy { get; init; }

    /// <summary>Asks the server to send no updates on this connection; for file transfers. Default: false.</summary>
    public bool WithoutUpdates { get; init; }

    /// <summary>Told of each message that answers nothing and is none of MTProto's own: updates. Runs on the receive loop.
    /// Default: they are dropped.</summary>
    public UpdateHandler? OnUpdate { get; init; }

    /// <summary>The server is asked to close the connection when it hears nothing for this long (ping_delay_disconnect): with
    /// the first call, and again every two fifths of it; without any sign of the server for as long, it is closed here. Whole
    /// seconds. Null (default): 75 s, asked for every 60 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan? ServerCloses { get; init; }

    /// <summary>True for Telegram's test data centres: the key exchange then names the data centre plus 10000.</summary>
    public bool TestMode { get; init; }

    /// <summary>Deadline of the connect, the talk with a proxy included. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Deadline of the whole key exchange. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan KeyExchangeTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Time from a call to its answer, sending again included; then <see cref="CallTimeoutException"/>.
    /// Default 60 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A call unanswered for so long is asked about (msgs_state_req): what did not reach the server is sent
    /// again, an answer that did not reach us is asked for. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan AnswerPatience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Calls waiting for an answer at once; one more is refused with an
    /// <see cref="InvalidOperationException"/>. Default 512.</summary>
    [Range(1, 8192)]
    public int MaxPendingCalls { get; init; } = 512;

    /// <summary>Longest frame accepted, in bytes; a longer one ends the connection before it is read. An upload.file of
    /// 1 MiB needs 1 MiB and 120 bytes. Default 2 MiB.</summary>
    [Range(65_536, 16_777_216)]
    public int MaxFrameBytes { get; init; } = 2 * 1_048_576;

    /// <summary>Most bytes accepted out of all gzip_packed of one frame together. Default 16 MiB.</summary>
    [Range(65_536, 134_217_728)]
    public int MaxUnpackedBytes { get; init; } = 16 * 1_048_576;

    /// <summary>Where large frames are decrypted, together with those of other connections.</summary>
    internal Decryptor Decryptor { get; init; } = Decryptor.Shared;

    /// <summary>Source of time for ids, deadlines and pings. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Source of keys, nonces and padding. Default: the system's generator.</summary>
    public RandomFill Random { get; init; } = RandomNumberGenerator.Fill;

    /// <summary>Where protocol oddities are reported, without contents or secrets. Default: nowhere.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>Where received frames are kept until they are read.</summary>
    internal ArrayPool<byte> Buffers { get; init; } = ArrayPool<byte>.Shared;

    /// <summary>The transport that the way to the data centre allows.</summary>
    internal TransportKind WireTransport =>
        Proxy switch
        {
            MtProxy { WantsPadding: true } => TransportKind.ObfuscatedPadded,
            MtProxy => Transport.Obfuscated(),
            _ => Address.Obfuscated ? Transport.Obfuscated() : Transport,
        };

    /// <summary>The data centre as servers and proxies know it: test ones count from 10000, media-only ones are
    /// negative.</summary>
    internal int DcNumber
    {
        get
        {
            var dc = Address.Dc + (TestMode ? TestDcOffset : 0);
            return Address.MediaOnly ? -dc : dc;
        }
    }
}
