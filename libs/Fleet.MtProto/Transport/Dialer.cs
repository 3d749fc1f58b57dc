using System.Net;
using System.Net.Sockets;

namespace Fleet.MtProto.Transport;

/// <summary>Opens TCP connections.</summary>
static class Dialer
{
    /// <exception cref="ConnectionLostException">Refused, unreachable, or not within the deadline.</exception>
    public static async Task<Socket> ConnectAsync(ConnectionOptions options, CancellationToken ct)
    {
        using var deadline = new CancellationTokenSource(options.ConnectTimeout, options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token);
        var (host, port) = (options.Address.Host, options.Address.Port);
        // Requests are small and must not wait for one another.
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (IPAddress.TryParse(host, out var address))
                await socket.ConnectAsync(address, port, either.Token);
            else
                await socket.ConnectAsync(host, port, either.Token);
            return socket;
        }
        catch (Exception e)
        {
            socket.Dispose();
            if (e is OperationCanceledException && !ct.IsCancellationRequested)
                throw new ConnectionLostException($"No connection within {options.ConnectTimeout}", e);
            if (e is SocketException)
                throw new ConnectionLostException($"No connection: {e.Message}", e);
            throw;
        }
    }
}
