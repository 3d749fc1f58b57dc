using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Fleet.Testing;

/// <summary>A SOCKS5 proxy on loopback, well behaved unless told otherwise.</summary>
public sealed class SocksServer : IAsyncDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _stopping = new();
    readonly List<Task> _clients = [];
    readonly Task _accepting;

    public SocksServer()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The user and password that are demanded; null takes everyone.</summary>
    public (string User, string Password)? Login { get; init; }

    /// <summary>Answers every request with this code of RFC 1928; null connects.</summary>
    public byte? Refusal { get; init; }

    /// <summary>Closes the connection after so many bytes of its own answers; null never.</summary>
    public int? CutAfter { get; init; }

    /// <summary>The hosts that were asked for, as they were asked for. All lead to loopback.</summary>
    public List<string> Targets { get; } = [];

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_clients).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    async Task AcceptAsync()
    {
        while (true)
            _clients.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stopping.Token)));
    }

    async Task ServeAsync(TcpClient accepted)
    {
        using var client = accepted;
        var stream = client.GetStream();
        var left = CutAfter ?? int.MaxValue;
        if (!await GreetAsync(stream, Answer))
            return;
        var port = await ReadTargetAsync(stream);
        if (Refusal is { } code)
        {
            await Answer([5, code, 0, 1, 0, 0, 0, 0, 0, 0]);
            return;
        }
        using var server = new TcpClient();
        await server.ConnectAsync(IPAddress.Loopback, port, _stopping.Token);
        await Answer([5, 0, 0, 3, 4, .. "exit"u8, 0x12, 0x34]);
        if (left <= 0)
            return;
        var upstream = server.GetStream();
        await Task.WhenAny(
            stream.CopyToAsync(upstream, _stopping.Token),
            upstream.CopyToAsync(stream, _stopping.Token)
        );

        async Task Answer(byte[] bytes)
        {
            var sent = Math.Min(left, bytes.Length);
            left -= bytes.Length;
            await stream.WriteAsync(bytes.AsMemory(0, Math.Max(0, sent)), _stopping.Token);
            if (left < 0)
                client.Close();
        }
    }

    async Task<bool> GreetAsync(NetworkStream stream, Func<byte[], Task> answer)
    {
        var offered = await ReadSizedAsync(stream, skip: 1);
        var method = Login is null ? (byte)0 : (byte)2;
        if (!offered.Contains(method))
        {
            await answer([5, 0xff]);
            return false;
        }
        await answer([5, method]);
        if (Login is not { } login)
            return true;
        var user = Encoding.UTF8.GetString(await ReadSizedAsync(stream, skip: 1));
        var password = Encoding.UTF8.GetString(await ReadSizedAsync(stream, skip: 0));
        var right = (user, password) == login;
        await answer([1, right ? (byte)0 : (byte)1]);
        return right;
    }

    async Task<int> ReadTargetAsync(NetworkStream stream)
    {
        var head = await ReadAsync(stream, 4);
        Targets.Add(
            head[3] switch
            {
                1 => new IPAddress(await ReadAsync(stream, 4)).ToString(),
                4 => new IPAddress(await ReadAsync(stream, 16)).ToString(),
                _ => Encoding.ASCII.GetString(await ReadSizedAsync(stream, skip: 0)),
            }
        );
        return BinaryPrimitives.ReadUInt16BigEndian(await ReadAsync(stream, 2));
    }

    async Task<byte[]> ReadSizedAsync(NetworkStream stream, int skip)
    {
        var head = await ReadAsync(stream, skip + 1);
        return await ReadAsync(stream, head[skip]);
    }

    async Task<byte[]> ReadAsync(NetworkStream stream, int count)
    {
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes, _stopping.Token);
        return bytes;
    }
}
