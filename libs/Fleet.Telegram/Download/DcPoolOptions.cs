using System.ComponentModel.DataAnnotations;
using Fleet.MtProto;
using Fleet.MtProto.Transport;

namespace Fleet.Telegram;

/// <summary>Access of one account to one data centre, and how much of it may be used.</summary>
public sealed record DcPoolOptions
{
    /// <summary>Number of the data centre.</summary>
    public required int Dc { get; init; }

    /// <summary>Where it listens, best first. Only media-only addresses allow several connections with one key on
    /// Telegram; tried in turn after a failure.</summary>
    public required IReadOnlyList<DcAddress> Addresses { get; init; }

    /// <summary>The account's key there.</summary>
    public required AuthKey AuthKey { get; init; }

    /// <summary>Last known salt; a wrong one costs a round trip per connection.</summary>
    public long ServerSalt { get; init; }

    /// <summary>What the account says of itself.</summary>
    public required ClientInfo Client { get; init; }

    /// <summary>How messages are framed on the stream. Default: intermediate.</summary>
    public TransportKind Transport { get; init; } = TransportKind.Intermediate;

    /// <summary>Carries every connection; null (default) for none.</summary>
    public Proxy? Proxy { get; init; }

    /// <summary>Connections at most; they are opened when they are needed. Default 2, for Premium accounts 8.</summary>
    [Range(1, 32)]
    public int Connections { get; init; } = 2;

    /// <summary>Bytes that may be asked for and not yet received, over all connections. One part is always allowed.
    /// Default 2 MiB, for Premium accounts 16 MiB.</summary>
    [Range(131_072, 268_435_456)]
    public int WindowBytes { get; init; } = 2 << 20;

    /// <summary>Deadline of one call. Default 60 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Longest FLOOD_WAIT slept through; a longer one is a <see cref="FloodException"/> for whoever wants a part.
    /// Default 3 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan SleepThroughMax { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Failures to connect in a row, with no other connection open, after which the pool gives up. Default 6.</summary>
    [Range(1, 100)]
    public int ConnectTries { get; init; } = 6;

    /// <summary>Told of every FLOOD_WAIT, with how long it is: other pools of the same account must stop too.</summary>
    public Action<TimeSpan>? OnFlood { get; init; }

    /// <summary>The takeout that parts are asked for in; null outside of one.</summary>
    /// <remarks>https://core.telegram.org/api/takeout</remarks>
    public long? TakeoutId { get; init; }

    /// <summary>Names nothing secret.</summary>
    public override string ToString() => $"DcPoolOptions {{ Dc = {Dc}, Connections = {Connections} }}";
}
