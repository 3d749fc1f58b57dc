using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Fleet.MtProto.Transport;

/// <summary>Asks a SOCKS5 proxy for a connection.</summary>
/// <remarks>RFC 1928 and RFC 1929.</remarks>
static class Socks5
{
    const byte Version = 5;
    const byte LoginVersion = 1;
    const byte NoLogin = 0;
    const byte UserAndPassword = 2;
    const byte Connect = 1;
    const byte IPv4 = 1;
    const byte Name = 3;
    const byte IPv6 = 4;
    const int PortBytes = 2;
    const int AnswerBytes = 4;

    /// <summary>Returns when the wire leads to the target.</summary>
    /// <exception cref="ProxyException">The proxy says no, or does not speak SOCKS5.</exception>
    public static async Task AskAsync(Wire wire, Socks5Proxy proxy, string host, int port)
    {
        await AgreeOnLoginAsync(wire, proxy);
        await wire.SendAsync(Request(host, port));
        var answer = new byte[AnswerBytes];
        await wire.FillAsync(answer);
        Expect(answer[0] == Version && answer[2] == 0, answer);
        if (answer[1] != 0)
            throw Refusal(answer[1]);
        // Where the proxy connected from; not needed, but it stands before the first byte of the target.
        var length = answer[3] switch
        {
            IPv4 => 4,
            IPv6 => 16,
            Name => await NameLengthAsync(wire),
            _ => throw new ProxyException(ProxyFault.Content, $"an address of kind {answer[3]}"),
        };
        await wire.FillAsync(new byte[length + PortBytes]);
    }

    static async Task AgreeOnLoginAsync(Wire wire, Socks5Proxy proxy)
    {
        var hasLogin = proxy.User.Length > 0;
        await wire.SendAsync((byte[])(hasLogin ? [Version, 2, NoLogin, UserAndPassword] : [Version, 1, NoLogin]));
        var answer = new byte[2];
        await wire.FillAsync(answer);
        Expect(answer[0] == Version, answer);
        switch (answer[1])
        {
            case NoLogin:
                return;
            case UserAndPassword when hasLogin:
                await wire.SendAsync(Login(proxy));
                await wire.FillAsync(answer);
                Expect(answer[0] == LoginVersion, answer);
                if (answer[1] != 0)
                    throw new ProxyException(ProxyFault.SignIn, "it does not take the user and password");
                return;
            case byte.MaxValue:
                throw new ProxyException(ProxyFault.SignIn, "it wants a login that we do not have");
            default:
                throw new ProxyException(ProxyFault.Content, $"it chose login method {answer[1]}, not one of ours");
        }
    }

    static async Task<int> NameLengthAsync(Wire wire)
    {
        var length = new byte[1];
        await wire.FillAsync(length);
        return length[0];
    }

    static byte[] Login(Socks5Proxy proxy)
    {
        var (user, password) = (Encoding.UTF8.GetBytes(proxy.User), Encoding.UTF8.GetBytes(proxy.Password));
        return [LoginVersion, (byte)user.Length, .. user, (byte)password.Length, .. password];
    }

    static byte[] Request(string host, int port)
    {
        if (host.Length > byte.MaxValue)
            throw new ProxyException(
                ProxyFault.Forbidden,
                $"a host name of {host.Length} characters cannot be asked for"
            );
        byte[] target = IPAddress.TryParse(host, out var address)
            ? [address.AddressFamily == AddressFamily.InterNetwork ? IPv4 : IPv6, .. address.GetAddressBytes()]
            : [Name, (byte)host.Length, .. Encoding.ASCII.GetBytes(host)];
        return [Version, Connect, 0, .. target, (byte)(port >> 8), (byte)port];
    }

    static void Expect(bool isSocks, byte[] answer)
    {
        if (!isSocks)
            throw new ProxyException(ProxyFault.Content, $"{Convert.ToHexStringLower(answer)} is not SOCKS5");
    }

    static ProxyException Refusal(byte code) =>
        code switch
        {
            1 => new ProxyException(ProxyFault.Unreachable, "a fault of its own"),
            2 => new ProxyException(ProxyFault.Forbidden, "its rules do not allow this target"),
            3 => new ProxyException(ProxyFault.Unreachable, "the network cannot be reached"),
            4 => new ProxyException(ProxyFault.Unreachable, "the host cannot be reached"),
            5 => new ProxyException(ProxyFault.Unreachable, "the target refused the connection"),
            6 => new ProxyException(ProxyFault.Unreachable, "the target did not answer in time"),
            7 => new ProxyException(ProxyFault.Forbidden, "it does not connect for others"),
            8 => new ProxyException(ProxyFault.Forbidden, "it does not know this kind of address"),
            _ => new ProxyException(ProxyFault.Content, $"it refuses with code {code}"),
        };
}
