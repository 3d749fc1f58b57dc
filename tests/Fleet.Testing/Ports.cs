using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Fleet.Testing;

/// <summary>Free loopback ports for servers that are told their port before they start.</summary>
public static class Ports
{
    // Below the kernel's range for outgoing connections, so none of those takes a port between the probe and the start.
    const int First = 12_000;
    const int Last = 31_000;

    /// <summary>The first of <paramref name="count"/> consecutive ports (1 to 100) that nothing listens on.</summary>
    public static int FreeBlock(int count = 1)
    {
        for (var attempt = 0; attempt < 200; attempt++)
        {
            var start = RandomNumberGenerator.GetInt32(First, Last - count);
            if (Enumerable.Range(start, count).All(IsFree))
                return start;
        }
        throw new InvalidOperationException($"No {count} consecutive free ports between {First} and {Last}.");
    }

    static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
