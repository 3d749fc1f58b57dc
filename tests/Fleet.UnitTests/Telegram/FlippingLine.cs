using System.Net;
using System.Net.Sockets;

namespace Fleet.UnitTests.Telegram;

/// <summary>A line to a local port that changes one bit of what the server sends, once, at a given byte of one connection.</summary>
sealed class FlippingLine : IAsyncDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _stop = new();
    readonly List<Task> _copies = [];
    readonly int _target;
    readonly Task _accepting;
    long _left;

    public FlippingLine(int target, long flipAt)
    {
        _target = target;
        _left = flipAt;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_copies).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    async Task AcceptAsync()
    {
        while (true)
        {
            var client = await _listener.AcceptSocketAsync(_stop.Token);
            var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await server.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
            _copies.Add(CopyAsync(client, server, flips: false));
            _copies.Add(CopyAsync(server, client, flips: true));
        }
    }

    async Task CopyAsync(Socket from, Socket to, bool flips)
    {
        using (from)
        using (to)
        {
            var buffer = new byte[65_536];
            while (await from.ReceiveAsync(buffer, _stop.Token) is var read and > 0)
            {
                if (flips && Interlocked.Add(ref _left, -read) is var left && left < 0 && left + read >= 0)
                    buffer[read - 1] ^= 1;
                await to.SendAsync(buffer.AsMemory(0, read), _stop.Token);
            }
        }
    }
}
