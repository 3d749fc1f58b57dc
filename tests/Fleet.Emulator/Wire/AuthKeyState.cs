using System.Buffers.Binary;
using System.Security.Cryptography;
using Fleet.Emulator.Worlds;

namespace Fleet.Emulator.Wire;

/// <summary>One auth key of one data centre: its sessions, its salts, its login, and the layer its client announced.</summary>
sealed class AuthKeyState
{
    /// <summary>Sessions kept per key; the one idle longest goes first.</summary>
    const int MaxSessions = 64;

    static readonly TimeSpan SaltPeriod = TimeSpan.FromMinutes(30);

    readonly Lock _lock = new();
    readonly Dictionary<long, Session> _sessions = [];
    long _saltGeneration;

    public AuthKeyState(NewAuthKey key, int dc, DateTimeOffset now)
    {
        Key = key.Key;
        Dc = dc;
        InitialSalt = key.Salt;
        Created = now;
        Id = BinaryPrimitives.ReadInt64LittleEndian(SHA1.HashData(key.Key).AsSpan(12));
    }

    public long Id { get; }
    public byte[] Key { get; }
    public int Dc { get; }

    /// <summary>The salt that the key exchange yields; used for the first half hour.</summary>
    public long InitialSalt { get; }

    public DateTimeOffset Created { get; }

    /// <summary>Layer of the last invokeWithLayer, on whichever connection; 0 before the first.</summary>
    public int Layer { get; set; }

    /// <summary>Who is logged in by this key; null before login and after logOut.</summary>
    public Login? Login { get; set; }

    /// <summary>Who gave a right code and still owes the password.</summary>
    public EmulatedAccount? PasswordOwed { get; set; }

    /// <summary>The password attempt that account.getPassword opened last.</summary>
    public Crypto.PasswordChallenge? PasswordChallenge { get; set; }

    /// <summary>The session and connection that own the account's main stream; guarded by <see cref="MainSessionRule"/>.</summary>
    public (Session Session, Connection Connection)? Main { get; set; }

    /// <summary>Finds the session or makes it.</summary>
    public Session SessionOf(long id, out bool isNew)
    {
        lock (_lock)
        {
            isNew = !_sessions.TryGetValue(id, out var session);
            if (session is not null)
                return session;
            if (_sessions.Count >= MaxSessions)
                _sessions.Remove(_sessions.Values.MinBy(s => s.LastUsed)!.Id);
            return _sessions[id] = new Session(id, this);
        }
    }

    public bool DestroySession(long id)
    {
        lock (_lock)
            return _sessions.Remove(id);
    }

    /// <summary>The salt to use now: the one of the key exchange for the first half hour, then one per half hour.</summary>
    public long CurrentSalt(DateTimeOffset now) => SaltOf(PeriodOf(now));

    /// <summary>True for the current salt and, for another half hour, the one before it.</summary>
    public bool AcceptsSalt(long salt, DateTimeOffset now)
    {
        var period = PeriodOf(now);
        return salt == SaltOf(period) || (period > 0 && salt == SaltOf(period - 1));
    }

    /// <summary>Makes every salt handed out so far wrong.</summary>
    public void ReplaceSalts() => Interlocked.Increment(ref _saltGeneration);

    /// <summary>Salts from now on: (valid since, valid until, salt).</summary>
    public IEnumerable<(DateTimeOffset Since, DateTimeOffset Until, long Salt)> FutureSalts(
        DateTimeOffset now,
        int count
    )
    {
        var period = PeriodOf(now);
        for (var i = 0; i < count; i++)
        {
            var since = Created + (SaltPeriod * (period + i));
            yield return (since, since + (2 * SaltPeriod), SaltOf(period + i));
        }
    }

    long PeriodOf(DateTimeOffset now) => Math.Max(0, (now - Created).Ticks / SaltPeriod.Ticks);

    long SaltOf(long period)
    {
        var generation = Interlocked.Read(ref _saltGeneration);
        if (period == 0 && generation == 0)
            return InitialSalt;
        Span<byte> input = stackalloc byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(input, period);
        BinaryPrimitives.WriteInt64LittleEndian(input[8..], generation);
        return BinaryPrimitives.ReadInt64LittleEndian(HMACSHA256.HashData(Key, input));
    }
}

/// <summary>
/// An account logged in by the key of its home data centre, shared by the keys of other data centres that imported it:
/// when the login ends, all of them end.
/// </summary>
sealed class Login(EmulatedAccount account, Guid id)
{
    public Guid Id => id;

    public EmulatedAccount Account { get; } = account;

    /// <summary>The error that ended it, for example AUTH_KEY_DUPLICATED; null while it is good.</summary>
    public RpcError? Ended { get; set; }
}
