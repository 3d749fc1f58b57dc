namespace Fleet.Telegram;

/// <summary>How often one place for a connection may connect. No I/O and no clock. Not thread-safe.</summary>
/// <remarks>TDLib's limits for a client that is in use (net/ConnectionCreator.cpp, ClientInfo): 4 in 1 s, 5 in 5 s; after transport
/// errors such as -429 (too many connections) 1 in 1 s, 2 in 4 s, 3 in 8 s.</remarks>
sealed class ConnectLimiter
{
    static readonly (int Count, TimeSpan Within)[] Usual = [(4, TimeSpan.FromSeconds(1)), (5, TimeSpan.FromSeconds(5))];

    static readonly (int Count, TimeSpan Within)[] Refusing =
    [
        (1, TimeSpan.FromSeconds(1)),
        (2, TimeSpan.FromSeconds(4)),
        (3, TimeSpan.FromSeconds(8)),
    ];

    readonly Times _connects = new(Usual[^1].Count);
    readonly Times _refusals = new(Refusing[^1].Count);

    /// <summary>How long to wait before connecting; zero when it may be now.</summary>
    public TimeSpan WaitAt(DateTimeOffset now)
    {
        var usual = _connects.OpensAt(Usual);
        var refused = _refusals.OpensAt(Refusing);
        var opens = usual > refused ? usual : refused;
        return opens > now ? opens - now : TimeSpan.Zero;
    }

    /// <summary>It connects.</summary>
    public void Connecting(DateTimeOffset now) => _connects.Add(now);

    /// <summary>The server answered with a transport error.</summary>
    public void Refused(DateTimeOffset now) => _refusals.Add(now);

    /// <summary>When the last few events were.</summary>
    sealed class Times(int kept)
    {
        readonly DateTimeOffset[] _last = new DateTimeOffset[kept]; // the newest first

        public void Add(DateTimeOffset at)
        {
            Array.Copy(_last, 0, _last, 1, kept - 1);
            _last[0] = at;
        }

        public DateTimeOffset OpensAt((int Count, TimeSpan Within)[] limits) =>
            limits.Max(l => _last[l.Count - 1] is var at && at == default ? default : at + l.Within);
    }
}
