using System.Net;
using System.Net.Sockets;
using Fleet.MtProto;
using Fleet.Tl.Methods;

namespace Fleet.Telegram;

/// <summary>Asks an account's home data centre about a CDN data centre.</summary>
static class CdnLookup
{
    /// <summary>Its keys by help.getCdnConfig, its addresses as configured, else by help.getConfig.</summary>
    /// <exception cref="MediaException">cdn_unavailable: Telegram has no key or no address of it.</exception>
    public static async Task<CdnServer> FindAsync(
        HomeLink home,
        MainSessionOptions options,
        int dc,
        CancellationToken ct
    )
    {
        var config = await home.CallAsync(new HelpGetCdnConfig(), ct);
        string[] keys = [.. config.PublicKeys.Where(k => k.DcId == dc).Select(k => k.PublicKey)];
        DcAddress[] addresses = [.. options.Addresses.Where(a => a.Cdn && a.Dc == dc)];
        if (addresses.Length == 0)
            addresses = await AddressesAsync(home, dc, ct);
        return keys.Length > 0 && addresses.Length > 0
            ? new CdnServer(dc, options.Client.ApiId, addresses, keys)
            {
                Transport = options.Transport,
                Proxy = options.Proxy,
            }
            : throw new MediaException(
                MediaErrors.CdnUnavailable,
                $"Telegram does not say how to reach CDN {dc}.",
                Remedy.Later
            );
    }

    /// <summary>IPv4 first; none that wants a secret.</summary>
    static async Task<DcAddress[]> AddressesAsync(HomeLink home, int dc, CancellationToken ct)
    {
        var config = await home.CallAsync(new HelpGetConfig(), ct);
        return
        [
            .. config
                .DcOptions.Where(o =>
                    o is { Cdn: true, Secret: null, Port: > 0 and <= IPEndPoint.MaxPort } && o.Id == dc
                )
                .Where(o => IPAddress.TryParse(o.IpAddress, out _))
                .OrderBy(o => IPAddress.Parse(o.IpAddress).AddressFamily == AddressFamily.InterNetworkV6)
                .Select(o => new DcAddress(dc, o.IpAddress, o.Port, Obfuscated: o.TcpoOnly, Cdn: true)),
        ];
    }
}
