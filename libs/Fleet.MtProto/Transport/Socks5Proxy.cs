using System.Text;

namespace Fleet.MtProto.Transport;

/// <summary>A SOCKS5 proxy, with user and password or without.</summary>
/// <remarks>RFC 1928, RFC 1929.</remarks>
public sealed record Socks5Proxy : Proxy
{
    const int MostBytes = 255;

    Socks5Proxy(string host, int port)
        : base(host, port) { }

    /// <summary>At most 255 bytes of UTF-8; empty without a login.</summary>
    public string User { get; private init; } = "";

    /// <summary>At most 255 bytes of UTF-8; not empty when there is a user.</summary>
    internal string Password { get; private init; } = "";

    /// <param name="host">IP address or host name.</param>
    /// <param name="port">TCP port.</param>
    /// <param name="user">Empty for a proxy without login.</param>
    /// <param name="password">The user's password.</param>
    /// <exception cref="FormatException">What is wrong, without the password.</exception>
    public static Socks5Proxy Create(string host, int port, string user = "", string password = "")
    {
        CheckServer(host, port);
        if (user.Length == 0 != (password.Length == 0))
            throw new FormatException("A SOCKS5 login has both a user and a password.");
        if (Encoding.UTF8.GetByteCount(user) > MostBytes || Encoding.UTF8.GetByteCount(password) > MostBytes)
            throw new FormatException($"A SOCKS5 user or password has at most {MostBytes} bytes.");
        return new Socks5Proxy(host, port) { User = user, Password = password };
    }

    /// <inheritdoc />
    public override string ToString() => $"socks5 {Authority}";

    internal static Socks5Proxy Parse(Uri uri)
    {
        var colon = uri.UserInfo.IndexOf(':', StringComparison.Ordinal);
        var (user, password) = colon < 0 ? (uri.UserInfo, "") : (uri.UserInfo[..colon], uri.UserInfo[(colon + 1)..]);
        return Create(uri.DnsSafeHost, uri.Port, Uri.UnescapeDataString(user), Uri.UnescapeDataString(password));
    }
}
