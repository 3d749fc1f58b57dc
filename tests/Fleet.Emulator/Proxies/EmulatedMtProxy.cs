using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Fleet.Emulator.Proxies;

/// <summary>Which secrets a proxy takes.</summary>
public enum MtProxyKind
{
    /// <summary>16 bytes.</summary>
    Plain,

    /// <summary>dd and 16 bytes: padded intermediate only.</summary>
    Padded,

    /// <summary>ee, 16 bytes and a site: padded intermediate within what looks like TLS to that site.</summary>
    FakeTls,
}

/// <summary>What one MTProxy is and does.</summary>
/// <param name="Kind">The secret's kind.</param>
/// <param name="Secret">Its 16 bytes.</param>
/// <param name="Site">The site that a fake TLS proxy stands for.</param>
public sealed record EmulatedMtProxyOptions(MtProxyKind Kind, byte[] Secret, string Site = "www.example.org")
{
    /// <summary>Answers every fake TLS client as the site itself would: with a hello that proves nothing.</summary>
    public bool AnswersAsSite { get; init; }

    /// <summary>How far a client's clock may be off. Default 2 minutes.</summary>
    public TimeSpan ClockSlack { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The secret as clients are given it, in hexadecimal.</summary>
    public string SecretText =>
        Kind switch
        {
            MtProxyKind.Padded => "dd" + Convert.ToHexStringLower(Secret),
            MtProxyKind.FakeTls => "ee"
                + Convert.ToHexStringLower(Secret)
                + Convert.ToHexStringLower(System.Text.Encoding.ASCII.GetBytes(Site)),
            _ => Convert.ToHexStringLower(Secret),
        };
}

/// <summary>A MTProxy on loopback that leads to the data centres of an emulator; at most 256 clients at once.</summary>
public sealed class EmulatedMtProxy : IAsyncDisposable
{
    const int MaxClients = 256;

    readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    readonly CancellationTokenSource _stopping = new();
    readonly ConcurrentDictionary<Task, byte> _clients = new();
    readonly TelegramEmulator _telegram;
    readonly EmulatedMtProxyOptions _options;
    readonly Task _accepting;
    int _carried;

    public EmulatedMtProxy(TelegramEmulator telegram, EmulatedMtProxyOptions options)
    {
        (_telegram, _options) = (telegram, options);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Clients whose start was right and who were led to a data centre.</summary>
    public int Carried => Volatile.Read(ref _carried);

    /// <summary>The link that an app would be given.</summary>
    public string Link => $"tg://proxy?server=127.0.0.1&port={Port}&secret={_options.SecretText}";

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_clients.Keys);
        _stopping.Dispose();
    }

    async Task AcceptAsync()
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptAsync(_stopping.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
            if (_clients.Count >= MaxClients)
            {
                client.Dispose();
                continue;
            }
            var serving = ServeAsync(client);
            _clients[serving] = 0;
            _ = serving.ContinueWith(t => _clients.TryRemove(t, out _), TaskScheduler.Default);
        }
    }

    async Task ServeAsync(Socket socket)
    {
        using var upstream = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await using var client = new NetworkStream(socket, ownsSocket: true);
        try
        {
            Stream stream = client;
            if (_options.Kind == MtProxyKind.FakeTls)
            {
                if (
                    await TlsDisguise.AcceptAsync(client, _options, _telegram.Options.Time, _stopping.Token)
                    is not { } tls
                )
                    return;
                stream = tls;
            }
            if (await ObfuscatedClient.AcceptAsync(stream, _options, _stopping.Token) is not { } inner)
                return;
            using (inner)
                await CarryAsync(inner, upstream);
        }
        catch (Exception e)
            when (e is IOException or SocketException or OperationCanceledException or InvalidDataException)
        {
            // Either side left, or the client does not speak to a proxy: closing says enough.
        }
    }

    async Task CarryAsync(ObfuscatedClient client, Socket upstream)
    {
        var dc = _telegram.Dcs.FirstOrDefault(d => d.Id == Math.Abs(client.Dc) && d.MediaOnly == client.Dc < 0);
        if (dc is null)
            return;
        Interlocked.Increment(ref _carried);
        await upstream.ConnectAsync(dc.Host, dc.Port, _stopping.Token);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        await using var server = new NetworkStream(upstream, ownsSocket: false);
        await server.WriteAsync(client.Hello, ended.Token);
        var both = new[] { client.CopyToAsync(server, ended.Token), client.CopyFromAsync(server, ended.Token) };
        await Task.WhenAny(both);
        await ended.CancelAsync();
        await Task.WhenAll(both);
    }
}
