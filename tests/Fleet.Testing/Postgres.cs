using System.Globalization;
using Npgsql;

namespace Fleet.Testing;

/// <summary>A real PostgreSQL of its own on loopback; every test takes a database of its own.</summary>
public sealed class Postgres : IAsyncDisposable
{
    readonly string _root;
    readonly int _port;
    readonly bool _isDurable;
    ChildProcess _server;
    int _databases;

    Postgres(string root, int port, bool isDurable, ChildProcess server)
    {
        _isDurable = isDurable;
        _root = root;
        _port = port;
        _server = server;
    }

    /// <summary>Connects to the database <c>postgres</c>.</summary>
    public string ConnectionString => ConnectionStringFor("postgres");

    public static Task<Postgres> StartAsync() => StartAsync(isDurable: false);

    /// <param name="isDurable">What is committed survives <see cref="KillAsync"/>, as in production; slower.</param>
    public static async Task<Postgres> StartAsync(bool isDurable)
    {
        var root = Directory.CreateTempSubdirectory("fleet-postgres-").FullName;
        File.SetUnixFileMode(root, (UnixFileMode)Convert.ToInt32("755", 8)); // the server's own user passes through it
        var port = Ports.FreeBlock();
        var postgres = new Postgres(root, port, isDurable, await SpawnAsync(root, port, isDurable));
        await postgres.ReadyAsync();
        return postgres;
    }

    /// <summary>Creates an empty database and returns its connection string.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"test_{Interlocked.Increment(ref _databases)}");
        await using var source = NpgsqlDataSource.Create(ConnectionString);
        await using var create = source.CreateCommand($"create database {name}");
        await create.ExecuteNonQueryAsync();
        return ConnectionStringFor(name);
    }

    /// <summary>Kills every process of the server at once, as a power cut does.</summary>
    public Task KillAsync() => _server.KillAsync();

    /// <summary>Starts the server again on the same port and data, after <see cref="KillAsync"/>.</summary>
    public async Task RestartAsync()
    {
        await _server.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
        File.Delete(Path.Combine(_root, "pg", "data", "postmaster.pid"));
        _server = await SpawnAsync(_root, _port, _isDurable);
        await ReadyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
        Directory.Delete(_root, recursive: true);
    }

    static Task<ChildProcess> SpawnAsync(string root, int port, bool isDurable) =>
        ChildProcess.StartAsync(
            "postgres",
            [
                Path.Combine(Repository.Root, "deploy", "local", "postgres"),
                Path.Combine(root, "pg"),
                port.ToString(CultureInfo.InvariantCulture),
            ],
            new Dictionary<string, string>(StringComparer.Ordinal) { ["FSYNC"] = isDurable ? "on" : "off" },
            stopSignal: "INT"
        );

    Task ReadyAsync() =>
        _server.UntilAsync(
            "accepts connections",
            async ct =>
            {
                await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
                await connection.OpenAsync(ct);
                return true;
            },
            TimeSpan.FromSeconds(30)
        );

    string ConnectionStringFor(string database) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"Host=127.0.0.1;Port={_port};Username=fleet;Database={database};Timeout=5"
        );
}
