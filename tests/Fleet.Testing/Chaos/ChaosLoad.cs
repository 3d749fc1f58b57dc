using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Npgsql;

namespace Fleet.Testing.Chaos;

/// <summary>A job of the run, and what must come out of it.</summary>
/// <param name="Sha256">Null when the file is put into another container.</param>
sealed record ChaosJob(Guid Id, string? Sha256);

/// <summary>A caller that makes jobs at an even pace, whatever happens to the service, and looks at what became of them.</summary>
sealed class ChaosLoad(FleetSystem fleet, ChaosOptions options)
{
    const string Remuxed = "video/x-matroska";

    static readonly TimeSpan RetryEvery = TimeSpan.FromMilliseconds(500);

    readonly Random _random = new(options.Seed + 1);
    readonly List<ChaosJob> _jobs = [];

    public IReadOnlyList<ChaosJob> Jobs => _jobs;

    /// <summary>Posts the files, most of them small, one in fifty large, one in thirty a video that must be remuxed.</summary>
    public async Task<IReadOnlyList<PostedFile>> PostAsync()
    {
        using var folder = new TemporaryFolder();
        var video = folder.File("clip.mkv");
        await MediaTool.MakeMatroskaAsync(video, seconds: 3);
        var posted = new List<PostedFile>();
        for (var i = 0; i < options.Jobs; i++)
            posted.Add(await fleet.Telegram.PostAsync(i % 30 == 7 ? Video(video) : Plain(i)));
        return posted;
    }

    object Plain(int number) =>
        new
        {
            seed = number,
            size = number % 50 == 11 ? _random.Next(16 << 20, 48 << 20)
            : number % 6 == 1 ? _random.Next(1 << 20, 8 << 20)
            : _random.Next(1, 512 << 10),
            name = $"chaos-{number}.bin",
            mime = "application/octet-stream",
            dc = 1 + (number % 5),
        };

    static object Video(string path) =>
        new
        {
            file = path,
            name = "clip.mkv",
            mime = Remuxed,
            dc = 4,
        };

    /// <summary>Makes a job of each file, evenly over <see cref="ChaosOptions.Lasts"/>; every tenth in the bulk queue.</summary>
    public async Task SubmitAsync(IReadOnlyList<PostedFile> files)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < files.Count; i++)
        {
            var due = options.Lasts * i / files.Count - Stopwatch.GetElapsedTime(start);
            if (due > TimeSpan.Zero)
                await Task.Delay(due, TimeProvider.System);
            var sha256 = i % 30 == 7 ? null : files[i].Sha256;
            _jobs.Add(new(await SubmitAsync(files[i], i), sha256));
        }
    }

    /// <summary>As a careful caller does: with a key, until it is told that the job is made.</summary>
    async Task<Guid> SubmitAsync(PostedFile file, int number)
    {
        while (true)
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/jobs")
                {
                    Content = JsonContent.Create(
                        new { source = new { link = file.Link }, queue = number % 10 == 3 ? "bulk" : "interactive" }
                    ),
                };
                request.Headers.Add("Idempotency-Key", $"\"chaos-{number}\"");
                using var answer = await fleet.Client.Http.SendAsync(request);
                if (answer.IsSuccessStatusCode)
                    return Guid.Parse((string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["id"]!);
            }
            catch (Exception e)
                when (e is HttpRequestException or TaskCanceledException or System.Text.Json.JsonException)
            {
                // Intake or its database is away
            }
            await Task.Delay(RetryEvery, TimeProvider.System);
        }
    }

    /// <summary>Jobs that a worker has, with the length of their history.</summary>
    public async Task<IReadOnlyDictionary<Guid, long>> RunningAsync()
    {
        var running = new Dictionary<Guid, long>();
        await foreach (var row in QueryAsync("select id, event_seq from job where status in ('running', 'canceling')"))
            running[row.GetGuid(0)] = row.GetInt64(1);
        return running;
    }

    public async Task<bool> HaveConsumersAsync() =>
        await fleet.RabbitMq.CountConsumersAsync("fleet.jobs.interactive") > 0
        && await fleet.RabbitMq.CountConsumersAsync("fleet.jobs.bulk") > 0;

    /// <summary>No file reference that was given out so far is good any more.</summary>
    public Task ExpireReferencesAsync() => fleet.Telegram.ExpireReferencesAsync();

    public async IAsyncEnumerable<NpgsqlDataReader> QueryAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(fleet.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            yield return reader;
    }

    public async Task<long> CountAsync(string sql)
    {
        await foreach (var row in QueryAsync(sql))
            return row.GetInt64(0);
        return 0;
    }
}
