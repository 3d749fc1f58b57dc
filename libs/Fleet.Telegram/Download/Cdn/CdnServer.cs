using Fleet.MtProto;
using Fleet.MtProto.Transport;

namespace Fleet.Telegram;

/// <summary>How to reach a CDN data centre; nothing but the proxy is secret.</summary>
/// <param name="Dc">Its number, such as 203.</param>
/// <param name="ApiId">The application to name there: that of whoever asked for the addresses.</param>
/// <param name="Addresses">Where it listens, best first.</param>
/// <param name="PublicKeys">PEM texts of the RSA keys that it may prove itself with; they are not those of other data centres.</param>
public sealed record CdnServer(int Dc, int ApiId, IReadOnlyList<DcAddress> Addresses, IReadOnlyList<string> PublicKeys)
{
    /// <summary>How messages are framed on the stream. Default: intermediate.</summary>
    public TransportKind Transport { get; init; } = TransportKind.Intermediate;

    /// <summary>Carries every connection; null (default) for none.</summary>
    public Proxy? Proxy { get; init; }
}

/// <summary>Asks Telegram, through somebody who is logged in, where a CDN data centre is.</summary>
/// <exception cref="TelegramException">Nobody can tell.</exception>
public delegate Task<CdnServer> FindCdn(int dc, CancellationToken ct);
