using System.Net.Sockets;

namespace Fleet.Emulator.Wire;

/// <summary>The open connections of all addresses; at most <see cref="MaxConnections"/>, more are closed at once.</summary>
sealed class ConnectionSet(Server server)
{
    public const int MaxConnections = 4096;

    readonly Lock _lock = new();
    readonly Dictionary<Connection, Task> _open = [];

    /// <summary>Accepts until the listener is closed.</summary>
    public async Task AcceptAsync(DcEndpoint endpoint, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var socket = await endpoint.Listener.AcceptAsync(stopping);
                socket.NoDelay = true;
                server.Counters.AddConnection();
                Start(socket, endpoint, stopping);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                EmulatorLog.ConnectionEnded(server.Log, endpoint.Dc.Id, e.Message);
            }
        }
    }

    public void Abort()
    {
        lock (_lock)
        {
            foreach (var connection in _open.Keys)
                connection.Abort();
        }
    }

    /// <summary>Waits until the last connection is gone; the caller has cancelled them.</summary>
    public Task CompleteAsync()
    {
        lock (_lock)
            return Task.WhenAll(_open.Values);
    }

    void Start(Socket socket, DcEndpoint endpoint, CancellationToken stopping)
    {
        lock (_lock)
        {
            if (_open.Count >= MaxConnections)
            {
                socket.Dispose();
                server.Counters.RemoveConnection();
                return;
            }
            var connection = new Connection(socket, endpoint, server);
            _open.Add(connection, Task.Run(() => RunAsync(connection, stopping), CancellationToken.None));
        }
    }

    async Task RunAsync(Connection connection, CancellationToken stopping)
    {
        await connection.RunAsync(stopping);
        server.Counters.RemoveConnection();
        lock (_lock)
            _open.Remove(connection);
    }
}
