using System.Net;
using System.Net.Sockets;

namespace Fleet.Notifier.Sending;

/// <summary>Turns a host name or a literal into addresses.</summary>
public delegate Task<IPAddress[]> HostResolver(string host, CancellationToken ct);

/// <summary>
/// Opens the connections of webhooks. The name is resolved once per connection, every answer is checked, and a checked
/// address is dialed: a name that changes its answer in between gains nothing.
/// </summary>
public sealed class GuardedDialer(AddressGuard guard, HostResolver resolve)
{
    const int MaxAddressesTried = 4;

    /// <summary>For <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    /// <exception cref="SendException">Refused, unknown or unreachable.</exception>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var target = context.DnsEndPoint;
        var addresses = await ResolveAsync(target.Host, ct);
        if (!guard.Permits(context.InitialRequestMessage.RequestUri!, addresses))
            throw new SendException(SendFault.AddressRefused);
        foreach (var address in addresses.Take(MaxAddressesTried))
        {
            if (await DialOrNullAsync(new IPEndPoint(address, target.Port), ct) is { } stream)
                return stream;
        }
        throw new SendException(SendFault.ConnectFailed);
    }

    async Task<IPAddress[]> ResolveAsync(string host, CancellationToken ct)
    {
        try
        {
            return await resolve(host, ct);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            throw new SendException(SendFault.HostUnknown);
        }
    }

    static async Task<Stream?> DialOrNullAsync(IPEndPoint endpoint, CancellationToken ct)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endpoint, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
