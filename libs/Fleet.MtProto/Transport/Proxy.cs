namespace Fleet.MtProto.Transport;

/// <summary>A server that carries connections to data centres.</summary>
/// <param name="Host">IP address or host name.</param>
/// <param name="Port">TCP port.</param>
public abstract record Proxy(string Host, int Port)
{
    const int MostHostBytes = 253;

    static readonly string[] LinkHosts = ["t.me", "telegram.me", "telegram.dog"];

    /// <summary>Reads <c>socks5://[user:password@]host:port</c> or Telegram's links:
    /// <c>tg://proxy?server=&amp;port=&amp;secret=</c>, <c>tg://socks?server=&amp;port=&amp;user=&amp;pass=</c> and the same as
    /// <c>https://t.me/proxy?…</c> and <c>https://t.me/socks?…</c>.</summary>
    /// <exception cref="FormatException">What is wrong with it, without repeating it: it may hold a secret.</exception>
    /// <remarks>https://core.telegram.org/api/links#mtproxy-links</remarks>
    public static Proxy Parse(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri))
            throw new FormatException("A proxy is socks5://host:port, tg://proxy?… or tg://socks?…");
        if (uri.Scheme is "socks5")
            return Socks5Proxy.Parse(uri);
        var isLink = uri.Scheme is "https" or "http" && LinkHosts.Contains(uri.Host, StringComparer.OrdinalIgnoreCase);
        var kind =
            uri.Scheme is "tg" ? uri.Host
            : isLink ? uri.AbsolutePath.Trim('/')
            : "";
        var values = ReadQuery(uri.Query);
        return kind switch
        {
            "proxy" => MtProxy.Create(ReadHost(values), ReadPort(values), Required(values, "secret")),
            "socks" => Socks5Proxy.Create(
                ReadHost(values),
                ReadPort(values),
                values.GetValueOrDefault("user", ""),
                values.GetValueOrDefault("pass", "")
            ),
            _ => throw new FormatException("A proxy is socks5://host:port, tg://proxy?… or tg://socks?…"),
        };
    }

    /// <summary>Names the kind, the host and the port, and nothing secret.</summary>
    public abstract override string ToString();

    /// <summary>The host with brackets when it is an IPv6 address, and the port.</summary>
    protected string Authority =>
        string.Create(null, $"{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}");

    /// <exception cref="FormatException">No such host or port can be.</exception>
    protected static void CheckServer(string host, int port)
    {
        if (host.Length is 0 or > MostHostBytes || host.Any(c => c is <= ' ' or >= '\x7f'))
            throw new FormatException("The proxy's host is not an address or a name.");
        if (port is < 1 or > 65_535)
            throw new FormatException("The proxy's port is not a number from 1 to 65535.");
    }

    static string ReadHost(Dictionary<string, string> values) => Required(values, "server").Trim('[', ']');

    static int ReadPort(Dictionary<string, string> values) =>
        int.TryParse(Required(values, "port"), System.Globalization.NumberStyles.None, null, out var port) ? port : 0;

    static string Required(Dictionary<string, string> values, string name) =>
        values.TryGetValue(name, out var value) && value.Length > 0
            ? value
            : throw new FormatException($"The proxy's link has no {name}.");

    static Dictionary<string, string> ReadQuery(string query)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                values.TryAdd(pair[..equals], Uri.UnescapeDataString(pair[(equals + 1)..]));
        }
        return values;
    }
}
