using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Fleet.Emulator.Wire;

/// <summary>
/// One client session: rejects what the specification tells a server to reject, and numbers what it sends.
/// A session may move to another connection; two connections may touch it for a moment, hence the lock.
/// </summary>
/// <remarks>https://core.telegram.org/mtproto/service_messages_about_messages</remarks>
sealed class Session(long id, AuthKeyState authKey)
{
    /// <summary>Message ids remembered for duplicates and states; older ones are "too old to know".</summary>
    const int MaxRemembered = 4096;
    const int MaxWithheld = 256;

    readonly Lock _lock = new();
    readonly Dictionary<long, Connection> _received = [];
    readonly Queue<long> _order = [];
    readonly Dictionary<long, Outbound> _withheld = [];
    long _lastContentId;
    int _lastContentSeqNo = -1;
    long _lastSentId;
    int _sentContent;

    public long Id => id;
    public AuthKeyState AuthKey => authKey;

    /// <summary>Random, so that clients can tell a forgotten session from a known one.</summary>
    public long UniqueId { get; private set; } = NewUniqueId();

    public long LastUsed { get; set; }

    /// <summary>Checks a message and remembers it.</summary>
    public Verdict Receive(long messageId, int seqNo, bool? contentRelated, Connection connection, DateTimeOffset now)
    {
        if (messageId % 4 != 0)
            return new Verdict(18);
        var seconds = (messageId >> 32) - now.ToUnixTimeSeconds();
        if (seconds is < -300 or > 30)
            return new Verdict(seconds < 0 ? 16 : 17);
        if (contentRelated is { } content && (seqNo & 1) != (content ? 1 : 0))
            return new Verdict(content ? 35 : 34);
        lock (_lock)
        {
            if (_received.TryGetValue(messageId, out var first))
            {
                // On a new connection the client never saw the answer, so the work is done again.
                _received[messageId] = connection;
                return new Verdict(0, IsDuplicate: first == connection);
            }
            if (contentRelated == true)
            {
                if (messageId > _lastContentId && seqNo <= _lastContentSeqNo)
                    return new Verdict(32);
                if (messageId < _lastContentId && seqNo >= _lastContentSeqNo)
                    return new Verdict(33);
                if (messageId > _lastContentId)
                    (_lastContentId, _lastContentSeqNo) = (messageId, seqNo);
            }
            _received[messageId] = connection;
            _order.Enqueue(messageId);
            if (_order.Count > MaxRemembered)
                _received.Remove(_order.Dequeue());
            return default;
        }
    }

    /// <summary>msgs_state_info byte: 4 received, with 64 if its answer waits here; 1 unknown.</summary>
    public byte StateOf(long messageId)
    {
        lock (_lock)
        {
            var received = _received.ContainsKey(messageId) ? (byte)4 : (byte)1;
            return _withheld.ContainsKey(messageId) ? (byte)(received | 64) : received;
        }
    }

    /// <summary>Keeps an answer until it is asked for.</summary>
    public void Withhold(Outbound answer)
    {
        lock (_lock)
        {
            if (_withheld.Count < MaxWithheld)
                _withheld[answer.RequestId] = answer;
        }
    }

    public Outbound? TakeWithheldOrNull(long requestId)
    {
        lock (_lock)
            return _withheld.Remove(requestId, out var answer) ? answer : null;
    }

    /// <summary>Loses all that came from the client so far.</summary>
    /// <returns>The first message id that would count: no id seen so far, not even a container's, is so high.</returns>
    public long Forget()
    {
        lock (_lock)
        {
            var first = _received.Keys.Max() + 4;
            _received.Clear();
            _order.Clear();
            _withheld.Clear();
            (_lastContentId, _lastContentSeqNo) = (0, -1);
            UniqueId = NewUniqueId();
            return first;
        }
    }

    static long NewUniqueId() => BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8));

    /// <summary>The next server message id: strictly rising, 1 mod 4 for answers, 3 mod 4 for the rest.</summary>
    public (long MessageId, int SeqNo) Number(bool isAnswer, bool contentRelated, DateTimeOffset now)
    {
        lock (_lock)
        {
            var ticks = now.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks;
            var (seconds, rest) = Math.DivRem(ticks, TimeSpan.TicksPerSecond);
            var candidate = (seconds << 32) | ((rest << 32) / TimeSpan.TicksPerSecond);
            candidate = Math.Max(candidate & ~3L, (_lastSentId & ~3L) + 4);
            _lastSentId = candidate | (isAnswer ? 1L : 3L);
            var seqNo = _sentContent * 2;
            if (contentRelated)
            {
                seqNo++;
                _sentContent++;
            }
            return (_lastSentId, seqNo);
        }
    }
}

/// <summary>What became of a message: a bad_msg_notification code or 0, and whether it was seen before on this connection.</summary>
[StructLayout(LayoutKind.Auto)]
readonly record struct Verdict(int Code, bool IsDuplicate = false);
