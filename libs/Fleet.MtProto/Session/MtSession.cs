using System.Runtime.InteropServices;
using System.Threading.Channels;
using Fleet.Tl;
using Microsoft.Extensions.Logging;

namespace Fleet.MtProto.Session;

/// <summary>The state of one session, without I/O: frames and ticks go in, frames come out, calls complete.</summary>
/// <remarks>
/// Three threads meet here: callers (<see cref="CallAsync"/>), the receive loop (<see cref="OnFrame"/>) and the send loop
/// (<see cref="Compose"/>); a timer calls <see cref="Tick"/>. All state is under one lock, which is never held while
/// a caller's code runs. One file per kind of incoming message.
/// </remarks>
sealed partial class MtSession
{
    public const int ReplayWindowSize = 1024;

    readonly ConnectionOptions _options;
    readonly AuthKey _key;
    readonly TimeProvider _time;
    readonly ILogger _log;
    readonly bool _framesArePadded;

    readonly Lock _gate = new();
    readonly MessageIds _ids;
    readonly Salts _salts;
    readonly AckQueue _acks = new();
    readonly ReplayWindow _received = new(ReplayWindowSize);
    readonly byte[] _introduction;

    // Holds at most one item: there is something to send.
    readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true }
    );

    long _sessionId;
    long _previousSessionId;
    int _contentCount;
    bool _introduced;
    ConnectionLostException? _end;

    public MtSession(ConnectionOptions options, AuthKey key, long salt, MessageIds ids, bool framesArePadded)
    {
        (_options, _key, _ids, _framesArePadded) = (options, key, ids, framesArePadded);
        (_time, _log) = (options.Time, options.Logger);
        _salts = new Salts(salt);
        _introduction = Introduction.Serialize(options.Client);
        _sessionId = RandomId();
        _lastReceived = _lastPing = _time.GetTimestamp();
        (_pingEvery, _silenceLimit) = options.ServerCloses is { } limit
            ? (limit * 0.4, limit)
            : (PingEvery, SilenceLimit);
        _pinged = options.ServerCloses is null;
    }

    public AuthKey Key => _key;

    public long Salt
    {
        get
        {
            lock (_gate)
                return _salts.At(_ids.ServerNow);
        }
    }

    public TimeSpan TimeOffset
    {
        get
        {
            lock (_gate)
                return _ids.Offset;
        }
    }

    /// <summary>Time from the last ping or request for salts to its answer; null before the first.</summary>
    public TimeSpan? RoundTrip
    {
        get
        {
            lock (_gate)
                return _roundTrip;
        }
    }

    /// <summary>What it holds at the moment, all of it bounded.</summary>
    public SessionLoad Load
    {
        get
        {
            lock (_gate)
            {
                return new SessionLoad(
                    Pending: _pending,
                    Sent: _sent.Count,
                    Queued: _queue.Count,
                    Service: _service.Count + _drops.Count,
                    Acks: _acks.Count,
                    Remembered: _received.Count
                );
            }
        }
    }

    /// <summary>Has an item when <see cref="Compose"/> has work; completes when the session has ended.</summary>
    public ChannelReader<bool> Wake => _wake.Reader;

    /// <summary>Fails every pending call, and every later one, with <paramref name="reason"/>.</summary>
    public void End(ConnectionLostException reason)
    {
        var orphans = new List<PendingCall>();
        lock (_gate)
        {
            if (_end is not null)
                return;
            _end = reason;
            TakeAll_NeedsLock(orphans);
        }
        _wake.Writer.TryComplete();
        foreach (var call in orphans)
            call.Fail(reason);
    }

    // The server cannot go on with this session, or we cannot; what is unanswered goes into a new one.
    void StartNewSession_NeedsLock()
    {
        _previousSessionId = _sessionId;
        _sessionId = RandomId();
        _contentCount = 0;
        _introduced = false;
        _ids.Restart();
        _drops.Clear();
        ForgetQuestions_NeedsLock();
        Requeue_NeedsLock(static _ => true);
    }

    void Signal() => _wake.Writer.TryWrite(true);

    long RandomId()
    {
        Span<byte> bytes = stackalloc byte[8];
        long id;
        do
        {
            _options.Random(bytes);
            id = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        } while (id == 0);
        return id;
    }

    static byte[] Serialize(TlObject message)
    {
        using var writer = new TlWriter(64);
        message.Write(writer);
        return writer.WrittenSpan.ToArray();
    }
}

/// <summary>Counts of what a session holds.</summary>
/// <param name="Pending">Calls not completed: those sent and those queued.</param>
/// <param name="Service">Service messages and dropped answers waiting to be sent.</param>
/// <param name="Acks">Acknowledgments waiting.</param>
/// <param name="Remembered">Ids of received messages.</param>
[StructLayout(LayoutKind.Auto)]
readonly record struct SessionLoad(int Pending, int Sent, int Queued, int Service, int Acks, int Remembered);
