using System.Net;
using System.Net.Sockets;

namespace Fleet.MtProto.Transport;

/// <summary>Opens the way to a data centre: TCP, then whatever a proxy wants to hear, then the start of the transport.</summary>
static class Dialer
{
    /// <returns>A wire on which the first frame may be sent.</returns>
    /// <exception cref="ConnectionLostException">Refused, unreachable, or not within the deadline.</exception>
    public static async Task<Wire> ConnectAsync(ConnectionOptions options, FrameCodec codec, CancellationToken ct)
    {
        using var deadline = new CancellationTokenSource(options.ConnectTimeout, options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token);
        // Requests are small and must not wait for one another.
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            Wire wire;
            await using (either.Token.UnsafeRegister(static s => ((Socket)s!).Dispose(), socket))
                wire = await OpenAsync(socket, options, codec, either.Token);
            either.Token.ThrowIfCancellationRequested(); // the socket is closed, if only just now
            return wire;
        }
        catch (Exception e)
        {
            socket.Dispose();
            if (ct.IsCancellationRequested)
                throw new OperationCanceledException("The connect was cancelled", e, ct);
            if (deadline.IsCancellationRequested)
                throw new ConnectionLostException($"No connection within {options.ConnectTimeout}", e);
            if (e is SocketException)
                throw new ConnectionLostException($"No connection: {e.Message}", e);
            throw;
        }
    }

    static async Task<Wire> OpenAsync(Socket socket, ConnectionOptions options, FrameCodec codec, CancellationToken ct)
    {
        var (address, proxy) = (options.Address, options.Proxy);
        await ConnectAsync(socket, proxy?.Host ?? address.Host, proxy?.Port ?? address.Port, ct);
        Wire wire = new SocketWire(socket);
        if (proxy is Socks5Proxy socks)
            await Socks5.AskAsync(wire, socks, address.Host, address.Port);
        var mtProxy = proxy as MtProxy;
        if (mtProxy is { Domain: { } domain })
            wire = await FakeTls.GreetAsync(wire, mtProxy.Key(), domain, options.Time, options.Random);
        if (options.WireTransport.IsObfuscated())
            return await ObfuscatedWire.StartAsync(wire, codec.Hello, options.DcNumber, mtProxy, options.Random);
        await wire.SendAsync(codec.Hello.ToArray());
        return wire;
    }

    static ValueTask ConnectAsync(Socket socket, string host, int port, CancellationToken ct) =>
        IPAddress.TryParse(host, out var address)
            ? socket.ConnectAsync(address, port, ct)
            : socket.ConnectAsync(host, port, ct);
}
