using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Fleet.Testing;

/// <summary>How a <see cref="FlakyProxy"/> treats connections.</summary>
public enum ProxyMode
{
    /// <summary>Passes bytes on.</summary>
    Pass,

    /// <summary>Answers every request itself with 503 SlowDown, as S3 does, and closes.</summary>
    SlowDown,

    /// <summary>Takes connections and bytes, and answers nothing.</summary>
    Hang,

    /// <summary>Passes answers on in drops.</summary>
    Drip,

    /// <summary>Passes a request on and closes when the answer comes: it is done, and nobody hears of it.</summary>
    LoseAnswer,
}

/// <summary>Stands before an HTTP server on loopback and can make it fail. A change of mode ends the connections there are.</summary>
public sealed class FlakyProxy : IAsyncDisposable
{
    const string Refusal =
        "<?xml version=\"1.0\"?><Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>";

    const int DropBytes = 1024;

    static readonly TimeSpan BetweenDrops = TimeSpan.FromMilliseconds(20);

    readonly Uri _server;
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _stop = new();
    readonly Task _accepting;
    readonly Lock _lock = new();
    CancellationTokenSource _mode = new();
    int _left;

    public FlakyProxy(Uri server)
    {
        _server = server;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public Uri Address => new($"http://{_listener.LocalEndpoint}");

    public ProxyMode Mode { get; private set; }

    /// <param name="mode">For connections from now on.</param>
    /// <param name="connections">For so many of them; later ones pass.</param>
    public void Switch(ProxyMode mode, int connections = int.MaxValue)
    {
        CancellationTokenSource before;
        lock (_lock)
        {
            (before, _mode) = (_mode, new CancellationTokenSource());
            (Mode, _left) = (mode, connections);
        }
        before.Cancel();
    }

    (ProxyMode Mode, CancellationToken End) Next()
    {
        lock (_lock)
        {
            var mode = Mode;
            if (mode != ProxyMode.Pass && --_left == 0)
                Mode = ProxyMode.Pass;
            return (mode, _mode.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _mode.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stop.Dispose();
        _mode.Dispose();
    }

    async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // disposed
        }
    }

    async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            var (mode, end) = Next();
            try
            {
                var stream = client.GetStream();
                if (mode == ProxyMode.Hang)
                    await stream.CopyToAsync(Stream.Null, end);
                else if (mode == ProxyMode.SlowDown)
                    await RefuseAsync(stream, end);
                else
                    await PassAsync(stream, mode, end);
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
            {
                // one of the three has gone
            }
        }
    }

    async Task PassAsync(NetworkStream client, ProxyMode mode, CancellationToken ct)
    {
        using var server = new TcpClient();
        await server.ConnectAsync(_server.Host, _server.Port, ct);
        var stream = server.GetStream();
        var answer = mode switch
        {
            ProxyMode.Drip => DripAsync(stream, client, ct),
            ProxyMode.LoseAnswer => stream.ReadAsync(new byte[1], ct).AsTask(),
            _ => stream.CopyToAsync(client, ct),
        };
        await await Task.WhenAny(client.CopyToAsync(stream, ct), answer);
    }

    static async Task DripAsync(NetworkStream from, NetworkStream to, CancellationToken ct)
    {
        var drop = new byte[DropBytes];
        for (
            int read;
            (read = await from.ReadAsync(drop, ct)) > 0;
            await Task.Delay(BetweenDrops, TimeProvider.System, ct)
        )
            await to.WriteAsync(drop.AsMemory(0, read), ct);
    }

    static async Task RefuseAsync(NetworkStream client, CancellationToken ct)
    {
        var head = new StringBuilder();
        var buffer = new byte[4096];
        while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            var read = await client.ReadAsync(buffer, ct);
            if (read == 0)
                return;
            head.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }
        var answer =
            $"HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nContent-Length: {Refusal.Length}\r\nConnection: close\r\n\r\n{Refusal}";
        await client.WriteAsync(Encoding.ASCII.GetBytes(answer), ct);
    }
}
