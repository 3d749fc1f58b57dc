using Fleet.MtProto;
using Fleet.MtProto.Transport;
using Fleet.Sessions;
using Fleet.Telegram;

namespace Fleet.Worker.Transfer;

/// <summary>Finds CDN data centres through the broker: a worker has no session that could ask Telegram.</summary>
static class BrokerCdn
{
    /// <exception cref="UnavailableException">The broker cannot tell; the file is then read without a CDN.</exception>
    public static async Task<CdnServer> FindAsync(BrokerClient broker, int dc, CancellationToken ct)
    {
        try
        {
            var found = await broker.FindCdnAsync(dc, ct);
            return new CdnServer(
                found.Dc,
                found.ApiId,
                [
                    .. found.Addresses.Select(a => new DcAddress(
                        found.Dc,
                        a.Host,
                        a.Port,
                        Obfuscated: a.Obfuscated,
                        Cdn: true
                    )),
                ],
                found.PublicKeys
            )
            {
                Transport = found.Transport is { } words ? TransportKinds.Parse(words) : TransportKind.Intermediate,
                Proxy = found.Proxy is { } proxy ? Proxy.Parse(proxy) : null,
            };
        }
        catch (BrokerException e)
        {
            throw new UnavailableException($"The broker cannot tell how to reach CDN {dc}: {e.Code}.", e);
        }
    }
}
