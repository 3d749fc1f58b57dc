using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Fleet.MtProto.Transport;

/// <summary>The bytes of one connection, whatever lies between us and the data centre. One reader and one writer at a
/// time; <see cref="IDisposable.Dispose"/> makes both fail.</summary>
abstract class Wire : IDisposable
{
    /// <summary>Receives what is there, at least one byte, into the start of <paramref name="into"/>; what lies behind may
    /// be written to as well.</summary>
    /// <returns>Bytes received; 0 at the end of the stream.</returns>
    /// <exception cref="SocketException">The connection broke.</exception>
    /// <exception cref="ConnectionLostException">Something between us and the server broke its rules.</exception>
    public abstract ValueTask<int> ReceiveAsync(Memory<byte> into);

    /// <summary>Sends all of <paramref name="bytes"/>, which may be changed on the way.</summary>
    public abstract ValueTask SendAsync(Memory<byte> bytes);

    public abstract void Dispose();

    /// <summary>Receives exactly as much as <paramref name="into"/> holds, for talk with a proxy.</summary>
    /// <exception cref="ProxyException">The stream ended before.</exception>
    public async ValueTask FillAsync(Memory<byte> into)
    {
        while (!into.IsEmpty)
        {
            var received = await ReceiveAsync(into);
            if (received == 0)
                throw new ProxyException(ProxyFault.Ended, "it closed the connection before it had answered");
            into = into[received..];
        }
    }
}

/// <summary>A socket as it is.</summary>
sealed class SocketWire(Socket socket) : Wire
{
    public override ValueTask<int> ReceiveAsync(Memory<byte> into) =>
        socket.ReceiveAsync(into, SocketFlags.None, CancellationToken.None);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask SendAsync(Memory<byte> bytes)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, CancellationToken.None)..];
    }

    public override void Dispose() => socket.Dispose();
}
