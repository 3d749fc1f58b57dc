using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using Fleet.Emulator.Control;
using Fleet.Emulator.Crypto;
using Fleet.Emulator.Handlers;
using Fleet.Emulator.Wire;
using Fleet.Emulator.Worlds;

namespace Fleet.Emulator;

/// <summary>An address of an emulated data centre.</summary>
public sealed record EmulatedDc(int Id, string Host, int Port, bool MediaOnly);

/// <summary>
/// A Telegram on loopback: five data centres, each with a main and a media-only address, and a CDN, over real sockets and real
/// MTProto. Script it through <see cref="World"/>, <see cref="Faults"/> and <see cref="Network"/>.
/// </summary>
public sealed class TelegramEmulator : IAsyncDisposable
{
    const string PublicKeyFileName = "emulator-public.pem";
    const string PrivateKeyFileName = "emulator-private.pem";
    const string CdnKeyFileName = "emulator-cdn-private.pem";
    const string LoginFileName = "emulator-logins.json";
    static readonly Lazy<RsaServerKey> MemoryKey = new(() => RsaServerKey.Create(privateKeyFile: null));
    static readonly Lazy<RsaServerKey> MemoryCdnKey = new(() => RsaServerKey.Create(privateKeyFile: null));

    readonly CancellationTokenSource _stopping = new();
    readonly Server _server;
    readonly ConnectionSet _connections;
    readonly List<Task> _acceptors = [];
    ControlServer? _control;

    TelegramEmulator(Server server)
    {
        _server = server;
        _connections = new ConnectionSet(server);
        var addresses = server.Endpoints.ToLookup(
            e => e.Dc.IsCdn,
            e => new EmulatedDc(e.Dc.Id, "127.0.0.1", e.Port, e.MediaOnly)
        );
        Dcs = [.. addresses[false]];
        Cdn = addresses[true].Single();
    }

    /// <summary>All addresses: for each data centre the main one, then the media-only one.</summary>
    public IReadOnlyList<EmulatedDc> Dcs { get; }

    /// <summary>The CDN: clients learn its address from help.getConfig and its RSA key from help.getCdnConfig.</summary>
    public EmulatedDc Cdn { get; }

    /// <summary>PKCS#1 PEM of the one RSA key that all data centres use.</summary>
    public string PublicKeyPem => _server.Rsa.PublicPem;

    /// <summary>Where <see cref="PublicKeyPem"/> lies; null without a data directory.</summary>
    public string? PublicKeyFile { get; private set; }

    /// <summary>http://127.0.0.1:port of the control interface; null without one.</summary>
    public Uri? ControlAddress => _control?.Address;

    public EmulatorOptions Options => _server.Options;
    public World World => _server.World;
    public Faults Faults => _server.Faults;
    public Network Network => _server.Network;
    public Counters Counters => _server.Counters;
    public Takeouts Takeouts => _server.Takeouts;

    /// <summary>Starts listening; when it returns, clients can connect.</summary>
    /// <exception cref="SocketException">A port is taken.</exception>
    /// <exception cref="IOException">The control port is taken, or the data directory cannot be used.</exception>
    public static async Task<TelegramEmulator> StartAsync(
        EmulatorOptions? options = null,
        CancellationToken ct = default
    )
    {
        options ??= new EmulatorOptions();
        var world = new World(options.Seed, options.Time);
        if (options.DemoWorld)
            DemoWorld.Fill(world);
        var counters = new Counters();
        var key = LoadKey(options, out var publicKeyFile);
        var endpoints = Listen(options.Port, key, LoadCdnKey(options));
        var server = new Server(
            options,
            world,
            new Faults(),
            new Network(),
            counters,
            new FloodLedger(options.Time, counters, options.EnforceFloodWaits),
            key,
            options.Time,
            options.Log
        )
        {
            Endpoints = endpoints,
            Logins = LoginsOf(options, endpoints, world),
        };
        server.Logins?.Load();
        var emulator = new TelegramEmulator(server) { PublicKeyFile = publicKeyFile };
        foreach (var endpoint in server.Endpoints)
            emulator._acceptors.Add(emulator._connections.AcceptAsync(endpoint, emulator._stopping.Token));
        try
        {
            if (options.ControlPort is { } port)
                emulator._control = await ControlServer.StartAsync(emulator, port, ct);
            return emulator;
        }
        catch
        {
            await emulator.DisposeAsync();
            throw;
        }
    }

    /// <summary>Closes every connection that is open now; clients may come back at once.</summary>
    public void DropConnections() => _connections.Abort();

    /// <summary>Forgets every auth key: clients are answered by transport error -404, as after a server's loss of memory.</summary>
    /// <param name="dc">Only this data centre does; null: every one.</param>
    public void ForgetAuthKeys(int? dc = null)
    {
        foreach (var endpoint in _server.Endpoints.Where(e => dc is null || dc == e.Dc.Id))
            endpoint.Dc.ForgetAuthKeys();
    }

    /// <summary>An account takes the login that a QR code shows, as its app does when it scans it.</summary>
    /// <param name="link">tg://login?token=…</param>
    /// <exception cref="ArgumentException">It is another link.</exception>
    /// <exception cref="InvalidOperationException">AUTH_TOKEN_INVALID, AUTH_TOKEN_EXPIRED, AUTH_TOKEN_ALREADY_ACCEPTED.</exception>
    public void AcceptLogin(EmulatedAccount account, string link)
    {
        const string Start = "tg://login?token=";
        if (!link.StartsWith(Start, StringComparison.Ordinal))
            throw new ArgumentException($"A login link starts with {Start}.", nameof(link));
        try
        {
            _server.LoginTokens.Accept(account, Base64Url.DecodeFromChars(link.AsSpan(Start.Length)));
        }
        catch (RpcException e)
        {
            throw new InvalidOperationException(e.Error.Message, e);
        }
    }

    /// <summary>The CDN takes no connection any more; those it has are not affected.</summary>
    public void CloseCdn() => _server.Endpoints.Single(e => e.Dc.IsCdn).Listener.Dispose();

    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
            return;
        if (_control is not null)
            await _control.DisposeAsync();
        await _stopping.CancelAsync();
        foreach (var endpoint in _server.Endpoints)
            endpoint.Listener.Dispose();
        await Task.WhenAll(_acceptors);
        await _connections.CompleteAsync();
        foreach (var content in World.Contents.OfType<IDisposable>())
            content.Dispose();
        _stopping.Dispose();
    }

    static List<DcEndpoint> Listen(int firstPort, RsaServerKey key, RsaServerKey cdnKey)
    {
        var endpoints = new List<DcEndpoint>();
        try
        {
            for (var id = 1; id <= World.DcCount; id++)
            {
                var dc = new Dc(id, key);
                endpoints.Add(new DcEndpoint(dc, mediaOnly: false, Bind(firstPort, endpoints.Count)));
                endpoints.Add(new DcEndpoint(dc, mediaOnly: true, Bind(firstPort, endpoints.Count)));
            }
            var cdn = new Dc(CdnMethods.Dc, cdnKey);
            endpoints.Add(new DcEndpoint(cdn, mediaOnly: false, Bind(firstPort, endpoints.Count)));
            return endpoints;
        }
        catch (SocketException)
        {
            foreach (var endpoint in endpoints)
                endpoint.Listener.Dispose();
            throw;
        }
    }

    static Socket Bind(int firstPort, int index)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, firstPort == 0 ? 0 : firstPort + index));
            socket.Listen(512);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }

    static LoginFile? LoginsOf(EmulatorOptions options, List<DcEndpoint> endpoints, World world) =>
        options.DataDirectory is { } directory
            ? new LoginFile(Path.Combine(directory, LoginFileName), [.. endpoints.Select(e => e.Dc).Distinct()], world)
            : null;

    static RsaServerKey LoadCdnKey(EmulatorOptions options) =>
        options.DataDirectory is { } directory
            ? RsaServerKey.LoadOrCreate(Path.Combine(directory, CdnKeyFileName))
            : MemoryCdnKey.Value;

    static RsaServerKey LoadKey(EmulatorOptions options, out string? publicKeyFile)
    {
        publicKeyFile = null;
        if (options.DataDirectory is not { } directory)
            return MemoryKey.Value;
        Directory.CreateDirectory(directory);
        var key = RsaServerKey.LoadOrCreate(Path.Combine(directory, PrivateKeyFileName));
        publicKeyFile = Path.GetFullPath(Path.Combine(directory, PublicKeyFileName));
        File.WriteAllText(publicKeyFile, key.PublicPem);
        return key;
    }
}
