using System.Text.Json;
using System.Threading.Channels;
using Fleet.Hosting;
using Npgsql;

namespace Fleet.Worker.Transfer;

/// <summary>An account that Telegram told to wait.</summary>
/// <param name="WaitMs">How long from now on: no two clocks are compared.</param>
sealed record FloodNews(string Account, int Dc, long WaitMs);

/// <summary>
/// Tells the other workers at once, through Postgres, that an account must wait: they may have leases of it too. What is
/// not delivered, since Postgres is away, they learn with their next renewal or by a call of their own.
/// </summary>
sealed partial class FloodWire(FloodBoard board, NpgsqlDataSource database, TimeProvider time, ILogger<FloodWire> log)
    : BackgroundService
{
    const string Channel = "fleet_flood";

    static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(
            RepeatAsync(ListenAsync, stoppingToken),
            RepeatAsync(ct => SendAsync(board.News, ct), stoppingToken)
        );

    async Task RepeatAsync(Func<CancellationToken, Task> work, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
            try
            {
                await work(ct);
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                WireCut(log, e.GetType().Name);
                await Task.Delay(PauseAfterFailure, time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                return;
            }
    }

    async Task ListenAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        connection.Notification += (_, told) => Hear(told.Payload);
        await using (var listen = new NpgsqlCommand($"listen {Channel}", connection))
            await listen.ExecuteNonQueryAsync(ct);
        while (true)
            await connection.WaitAsync(ct);
    }

    async Task SendAsync(ChannelReader<FloodNews> news, CancellationToken ct)
    {
        await foreach (var flood in news.ReadAllAsync(ct))
        {
            await using var notify = database.CreateCommand("select pg_notify($1, $2)");
            notify.Parameters.Add(new() { Value = Channel });
            notify.Parameters.Add(new() { Value = JsonSerializer.Serialize(flood, FleetJson.Options) });
            await notify.ExecuteNonQueryAsync(ct);
        }
    }

    /// <summary>Also what this worker said itself, which changes nothing.</summary>
    void Hear(string payload)
    {
        try
        {
            if (JsonSerializer.Deserialize<FloodNews>(payload, FleetJson.Options) is { WaitMs: > 0 } flood)
                board.Flood(flood.Account, flood.Dc, TimeSpan.FromMilliseconds(flood.WaitMs));
        }
        catch (JsonException)
        {
            WireCut(log, nameof(JsonException)); // a worker of another version
        }
    }

    [LoggerMessage(LogLevel.Warning, "Flood waits are not exchanged between workers at the moment: {Error}")]
    static partial void WireCut(ILogger log, string error);
}
