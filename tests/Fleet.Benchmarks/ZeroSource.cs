using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Fleet.Testing;

namespace Fleet.Benchmarks;

/// <summary>A process of its own that sends zeros to whoever connects: the other end of the socket floor.</summary>
public static class ZeroSource
{
    /// <summary>The hidden verb that the parent starts; runs until it is ended.</summary>
    public const string Verb = "zeros";

    public static async Task RunAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Console.WriteLine($"port {((IPEndPoint)listener.LocalEndpoint).Port}");
        var zeros = new byte[1 << 20];
        while (true)
        {
            using var peer = await listener.AcceptSocketAsync();
            try
            {
                while (true)
                    await peer.SendAsync(zeros);
            }
            catch (SocketException)
            {
                // The receiver has measured enough.
            }
        }
    }

    public static async Task<(ChildProcess Process, IPEndPoint Address)> StartAsync()
    {
        var process = await ChildProcess.StartAsync("zeros", [Environment.ProcessPath!, Verb]);
        var line = await process.LineAsync("port ", TimeSpan.FromSeconds(20));
        return (process, new IPEndPoint(IPAddress.Loopback, int.Parse(line.AsSpan(5), CultureInfo.InvariantCulture)));
    }
}
