using System.ComponentModel.DataAnnotations;
using Fleet.MtProto;
using Fleet.MtProto.Crypto;
using Fleet.MtProto.Transport;

namespace Fleet.Telegram;

/// <summary>How to reach Telegram as one application.</summary>
public sealed record MainSessionOptions
{
    /// <summary>What the account's list of devices shows, and the api_id.</summary>
    public required ClientInfo Client { get; init; }

    /// <summary>api_hash of my.telegram.org, belonging to the api_id.</summary>
    public required string ApiHash { get; init; }

    /// <summary>Where the data centres listen. Default: Telegram's.</summary>
    public IReadOnlyList<DcAddress> Addresses { get; init; } = DcAddress.Production;

    /// <summary>Server keys trusted for a key exchange. Default: Telegram's.</summary>
    public RsaKeySet ServerKeys { get; init; } = RsaKeySet.Production;

    /// <summary>How messages are framed on the stream. Default: intermediate.</summary>
    public TransportKind Transport { get; init; } = TransportKind.Intermediate;

    /// <summary>Carries every connection; null (default) for none.</summary>
    public Proxy? Proxy { get; init; }

    /// <summary>Data centre asked first when there is no session yet. Default 2; the first address's when 2 has none.</summary>
    [Range(1, 9999)]
    public int FirstDc { get; init; } = 2;

    /// <summary>Longest FLOOD_WAIT slept through; a longer one is a <see cref="FloodException"/>. Default 3 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan SleepThroughMax { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Deadline of one call. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Tries per call, over lost connections, timeouts and faults of the server. Default 5.</summary>
    [Range(1, 100)]
    public int CallTries { get; init; } = 5;

    /// <summary>How often the account may ask while links are resolved; null (default): as often as Telegram lets it.</summary>
    public ResolveBudget? ResolveBudget { get; init; }

    /// <summary>Asks the home data centre to send no updates (invokeWithoutUpdates on every call). Default: false.</summary>
    public bool WithoutUpdates { get; init; }

    /// <summary>The home data centre is asked to close the connection when it hears nothing for this long; null (default): as
    /// the engine has it.</summary>
    public TimeSpan? ServerCloses { get; init; }

    /// <summary>Asked at home after every connect, before anything is sent; what it throws is thrown to the caller, and the
    /// connection is closed. For owners that may lose the right to the session. Null (default): nobody is asked.</summary>
    public Func<CancellationToken, Task>? Confirm { get; init; }

    /// <summary>Addresses of a data centre for reading files, best first: media-only ones where there are any.</summary>
    public IReadOnlyList<DcAddress> MediaAddresses(int dc)
    {
        var all = Addresses.Where(a => a.Dc == dc).ToList();
        var media = all.Where(a => a.MediaOnly).ToList();
        return media.Count > 0 ? media : all;
    }

    /// <summary>Addresses of a data centre for everything else.</summary>
    internal IReadOnlyList<DcAddress> MainAddresses(int dc) => [.. Addresses.Where(a => a.Dc == dc && !a.MediaOnly)];

    /// <summary>Names nothing secret.</summary>
    public override string ToString() => $"MainSessionOptions {{ Addresses = {Addresses.Count} }}";
}
