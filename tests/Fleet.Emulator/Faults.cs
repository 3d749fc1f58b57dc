using System.Globalization;

namespace Fleet.Emulator;

/// <summary>
/// Scripted misbehaviour. A fault waits for calls of its method that fit its filters, lets <c>afterCalls</c> of them
/// pass, spoils <c>count</c> of them, and is gone. Several faults of one method are used up in the order given.
/// </summary>
/// <remarks>
/// Error names: any RPC error (FLOOD_WAIT_5, RPC_CALL_FAIL, "500:ANYTHING"). Some of them also change the world, or a
/// right client would loop: FILE_MIGRATE_X moves the document to X, FILE_REFERENCE_EXPIRED makes the references given
/// out so far really expire, FILE_TOKEN_INVALID and REQUEST_TOKEN_INVALID the tokens for the CDN. AUTH_KEY_UNREGISTERED logs the key
/// out; AUTH_KEY_DUPLICATED, SESSION_REVOKED and USER_DEACTIVATED end the login for good. Not RPC errors:
/// <list type="bullet">
/// <item>DROP: the connection ends instead of the answer; CUT: it ends in the middle of the answer's frame</item>
/// <item>SILENCE: no answer, ever</item>
/// <item>WRONG_SALT: every salt becomes wrong, and the call is answered by bad_server_salt</item>
/// <item>GARBAGE: the answer's frame holds random bytes</item>
/// <item>SHORT_PART: upload.getFile or getCdnFile answers half of what it should; BIT_FLIP: one bit of the content is wrong</item>
/// <item>DELAY_n: the right answer, n milliseconds late</item>
/// <item>DUPLICATE: the answer comes twice under one message id</item>
/// <item>REORDER: the answer leaves behind the one after it, though numbered before it; alone after 100 ms without one</item>
/// <item>PACKED: the answer is gzip_packed whatever its size</item>
/// <item>BAD_MSG_n: the call is not carried out but refused by bad_msg_notification n (48: bad_server_salt)</item>
/// <item>NEW_SESSION: the server forgets the session with this call in it, and announces a new one</item>
/// <item>LOST_ANSWER: the answer stays with the server until msg_resend_ans_req asks for it</item>
/// </list>
/// </remarks>
public sealed class Faults
{
    /// <summary>Faults that may wait at once; more is a mistake of the script.</summary>
    public const int MaxPending = 1000;

    readonly Lock _lock = new();
    readonly List<Pending> _pending = [];

    /// <summary>Spoils the next calls of a method.</summary>
    /// <param name="method">TL name, for example upload.getFile; * for every method.</param>
    /// <param name="error">See the remarks of the class.</param>
    /// <param name="count">How many calls to spoil, 1 or more.</param>
    /// <param name="afterCalls">How many fitting calls to let pass first.</param>
    /// <param name="userId">Only calls of this account.</param>
    /// <param name="dc">Only calls on this data centre.</param>
    public void FailNext(
        string method,
        string error,
        int count = 1,
        int afterCalls = 0,
        long? userId = null,
        int? dc = null
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(method);
        ArgumentException.ThrowIfNullOrEmpty(error);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(afterCalls);
        lock (_lock)
        {
            if (_pending.Count >= MaxPending)
                throw new InvalidOperationException($"{MaxPending} faults wait already.");
            _pending.Add(new Pending(method, Fault.Parse(error), userId, dc) { Left = count, Skip = afterCalls });
        }
    }

    /// <summary>Faults that were not used up yet.</summary>
    public int PendingCount
    {
        get
        {
            lock (_lock)
                return _pending.Count;
        }
    }

    public void Clear()
    {
        lock (_lock)
            _pending.Clear();
    }

    internal Fault? TakeOrNull(string method, long? userId, int dc)
    {
        lock (_lock)
        {
            Fault? taken = null;
            for (var i = 0; i < _pending.Count && taken is null; i++)
            {
                var pending = _pending[i];
                if (!pending.Fits(method, userId, dc))
                    continue;
                if (pending.Skip > 0)
                {
                    pending.Skip--;
                    continue;
                }
                taken = pending.Fault;
                if (--pending.Left == 0)
                    _pending.RemoveAt(i);
            }
            return taken;
        }
    }

    sealed record Pending(string Method, Fault Fault, long? UserId, int? Dc)
    {
        public int Left { get; set; }
        public int Skip { get; set; }

        public bool Fits(string method, long? userId, int dc) =>
            (Method == method || Method == "*") && (UserId is null || UserId == userId) && (Dc is null || Dc == dc);
    }
}

enum FaultKind
{
    Error,
    Drop,
    Cut,
    Silence,
    WrongSalt,
    Garbage,
    ShortPart,
    BitFlip,
    Delay,
    Duplicate,
    Reorder,
    Packed,
    BadMessage,
    NewSession,
    LostAnswer,
}

/// <summary>One parsed fault: what happens, with the error, the delay or the code that belongs to it.</summary>
sealed record Fault(FaultKind Kind, RpcError? Error = null, TimeSpan Delay = default, int Code = 0)
{
    const string DelayPrefix = "DELAY_";
    const string BadMessagePrefix = "BAD_MSG_";

    public static Fault Parse(string name) =>
        name switch
        {
            "DROP" => new Fault(FaultKind.Drop),
            "CUT" => new Fault(FaultKind.Cut),
            "SILENCE" => new Fault(FaultKind.Silence),
            "WRONG_SALT" => new Fault(FaultKind.WrongSalt),
            "GARBAGE" => new Fault(FaultKind.Garbage),
            "SHORT_PART" => new Fault(FaultKind.ShortPart),
            "BIT_FLIP" => new Fault(FaultKind.BitFlip),
            "DUPLICATE" => new Fault(FaultKind.Duplicate),
            "REORDER" => new Fault(FaultKind.Reorder),
            "PACKED" => new Fault(FaultKind.Packed),
            "NEW_SESSION" => new Fault(FaultKind.NewSession),
            "LOST_ANSWER" => new Fault(FaultKind.LostAnswer),
            _ when name.StartsWith(BadMessagePrefix, StringComparison.Ordinal) => new Fault(
                FaultKind.BadMessage,
                Code: CodeOf(name)
            ),
            _ when name.StartsWith(DelayPrefix, StringComparison.Ordinal) => new Fault(
                FaultKind.Delay,
                Delay: DelayOf(name)
            ),
            _ => new Fault(FaultKind.Error, RpcError.Parse(name)),
        };

    static int CodeOf(string name) =>
        int.TryParse(name[BadMessagePrefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var code)
        && code is 16 or 17 or 18 or 19 or 20 or 32 or 33 or 34 or 35 or 48 or 64
            ? code
            : throw new ArgumentException($"{name}: BAD_MSG_ wants a code of bad_msg_notification.", nameof(name));

    static TimeSpan DelayOf(string name) =>
        int.TryParse(name[DelayPrefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            ? TimeSpan.FromMilliseconds(milliseconds)
            : throw new ArgumentException($"{name}: DELAY_ wants milliseconds behind it.", nameof(name));
}
