using System.Net;
using System.Net.Sockets;

namespace Fleet.Notifier.Sending;

/// <summary>Decides which addresses a webhook may be sent to. What it does not know to be public is refused.</summary>
/// <remarks>https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry.</remarks>
public sealed class AddressGuard(IReadOnlyList<IPNetwork> allowed, IReadOnlyList<string> blockedHosts)
{
    static readonly IPNetwork[] NotPublicV4 =
    [
        IPNetwork.Parse("0.0.0.0/8"),
        IPNetwork.Parse("10.0.0.0/8"),
        IPNetwork.Parse("100.64.0.0/10"),
        IPNetwork.Parse("127.0.0.0/8"),
        IPNetwork.Parse("169.254.0.0/16"),
        IPNetwork.Parse("172.16.0.0/12"),
        IPNetwork.Parse("192.0.0.0/24"),
        IPNetwork.Parse("192.0.2.0/24"),
        IPNetwork.Parse("192.88.99.0/24"),
        IPNetwork.Parse("192.168.0.0/16"),
        IPNetwork.Parse("198.18.0.0/15"),
        IPNetwork.Parse("198.51.100.0/24"),
        IPNetwork.Parse("203.0.113.0/24"),
        IPNetwork.Parse("224.0.0.0/4"),
        IPNetwork.Parse("240.0.0.0/4"),
    ];

    static readonly IPNetwork PublicV6 = IPNetwork.Parse("2000::/3");

    // Inside 2000::/3, but they lead to an IPv4 address of the sender's choice or nowhere.
    static readonly IPNetwork[] NotPublicV6 =
    [
        IPNetwork.Parse("2001::/32"),
        IPNetwork.Parse("2001:db8::/32"),
        IPNetwork.Parse("2002::/16"),
        IPNetwork.Parse("3fff::/20"),
    ];

    /// <summary>Builds the guard that the options describe.</summary>
    public static AddressGuard Of(NotifierOptions options) =>
        new([.. options.AllowedNetworks.Select(IPNetwork.Parse)], options.BlockedHosts);

    /// <summary>The address of an endpoint, or null when it could never be called: not absolute, no http(s), credentials in it.</summary>
    public static Uri? ParseOrNull(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp)
        && uri is { UserInfo: "", IdnHost.Length: > 0 }
            ? uri
            : null;

    /// <summary>
    /// True when a request to <paramref name="url"/> may be sent to every one of <paramref name="addresses"/>. One bad
    /// address among good ones refuses them all: an honest name does not point inward.
    /// </summary>
    public bool Permits(Uri url, IReadOnlyCollection<IPAddress> addresses)
    {
        var ordinary = url.Scheme == Uri.UriSchemeHttps && url.Port is 443 or 8443 && !IsBlocked(url.IdnHost);
        return addresses.Count > 0
            && addresses.Select(Plain).All(address => IsAllowed(address) || (ordinary && IsPublic(address)));
    }

    /// <summary>True for an address that belongs to somebody on the public internet.</summary>
    public static bool IsPublic(IPAddress address)
    {
        var plain = Plain(address);
        return plain.AddressFamily switch
        {
            AddressFamily.InterNetwork => !Array.Exists(NotPublicV4, network => network.Contains(plain)),
            AddressFamily.InterNetworkV6 => PublicV6.Contains(plain)
                && !Array.Exists(NotPublicV6, network => network.Contains(plain)),
            _ => false,
        };
    }

    bool IsAllowed(IPAddress address) => allowed.Any(network => network.Contains(address));

    bool IsBlocked(string host)
    {
        var name = host.TrimEnd('.');
        return blockedHosts.Any(blocked =>
            name.Equals(blocked, StringComparison.OrdinalIgnoreCase)
            || name.EndsWith($".{blocked}", StringComparison.OrdinalIgnoreCase)
        );
    }

    // ::ffff:10.0.0.1 reaches 10.0.0.1.
    static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
