using System.Globalization;

namespace Fleet.Testing;

/// <summary>A real S3 server of its own on loopback (Ceph's gateway over an in-memory store).</summary>
public sealed class CephS3 : IAsyncDisposable
{
    readonly string _root;
    readonly int _port;
    readonly ChildProcess _server;

    CephS3(string root, int port, ChildProcess server)
    {
        _root = root;
        _port = port;
        _server = server;
    }

    public Uri Endpoint => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}"));

    public string AccessKey => "fleetkey";

    public string SecretKey => "fleetsecret";

    /// <summary>Freezes the gateway and its store: sockets stay open and nothing answers, until <see cref="Resume"/>.</summary>
    public void Freeze() => _server.Signal(19);

    public void Resume() => _server.Signal(18);

    public static async Task<CephS3> StartAsync()
    {
        var root = Directory.CreateTempSubdirectory("fleet-ceph-").FullName;
        var port = Ports.FreeBlock(61);
        var server = await ChildProcess.StartAsync(
            "ceph",
            [
                Path.Combine(Repository.Root, "deploy", "local", "ceph"),
                Path.Combine(root, "ceph"),
                port.ToString(CultureInfo.InvariantCulture),
            ]
        );
        await server.LineAsync("ready", TimeSpan.FromSeconds(120));
        return new CephS3(root, port, server);
    }

    public async ValueTask DisposeAsync()
    {
        _server.Signal(18);
        await _server.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }
}
