using System.Globalization;
using System.Text.Json.Nodes;
using Fleet.Testing;
using Npgsql;

namespace Fleet.SystemTests.Pipeline;

/// <summary>Many jobs of several tenants for the same link, on two workers: one transfer.</summary>
[Category("pipeline")]
public sealed class SharingTests
{
    const long Mebibyte = 1 << 20;
    const int Jobs = 20;
    const string First = "Fleet.Worker";
    const string Second = "Fleet.Worker#2";

    /// <summary>Look-ahead, the part being collected and the parts being uploaded: 32 + 8 + 4 x 8 MiB.</summary>
    const long InFlight = 72 * Mebibyte;

    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(4);

    FleetSystem _fleet = null!;
    WebhookReceiver _webhooks = null!;
    FleetClient[] _tenants = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _webhooks = await WebhookReceiver.StartAsync();
        _fleet = await FleetSystem.StartAsync(
            new FleetSystemOptions
            {
                Settings = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["FLEET_Jobs__Lease"] = "00:00:06",
                    ["FLEET_Worker__Heartbeat"] = "00:00:00.2",
                },
            }
        );
        await _fleet.StartAnotherAsync(Second);
        _tenants = [_fleet.Client, await _fleet.ClientOfAsync("b"), await _fleet.ClientOfAsync("c")];
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        foreach (var tenant in _tenants ?? [])
            tenant.Dispose();
        await _fleet.DisposeAsync();
        await _webhooks.DisposeAsync();
    }

    [Test]
    public async Task A_link_that_many_ask_for_at_once_is_fetched_once_and_asked_again_not_at_all()
    {
        const long Size = 96 * Mebibyte;
        var posted = await PostAsync(seed: 41, Size);
        var before = await BytesServedAsync();

        var jobs = await EndedAsync(await SubmitManyAsync(posted.Link));
        var fetched = await BytesServedAsync() - before;
        var later = await EndedAsync([(_tenants[1], await SubmitAsync(_tenants[1], posted.Link))]);
        var fetchedLater = await BytesServedAsync() - before - fetched;

        foreach (var job in jobs)
            await _webhooks.ReceiveAsync(webhook => IsEndOf(webhook, job), Deadline);
        var (_, second) = await _tenants[1].DownloadAsync((string)jobs[1]["id"]!, "media");
        Assert.Multiple(() =>
        {
            Assert.That(jobs.Concat(later).Select(Outcome), Is.All.EqualTo($"succeeded {posted.Sha256}"));
            Assert.That(second, Is.EqualTo(posted.Sha256));
            Assert.That(fetched, Is.EqualTo(Size));
            Assert.That(fetchedLater, Is.Zero);
        });
    }

    [Test]
    public async Task When_the_worker_that_fetches_is_killed_another_goes_on_where_it_was()
    {
        const long Size = 256 * Mebibyte;
        var posted = await PostAsync(seed: 42, Size);
        var before = await BytesServedAsync();
        var submitted = await SubmitManyAsync(posted.Link);
        var (tenant, waiting) = submitted[^1];
        await tenant.UntilAsync(waiting, job => Progress(job) > 100 * Mebibyte, Deadline);

        var name = await OwnersWorkerAsync();
        await _fleet.Service(name).KillAsync();
        var jobs = await EndedAsync(submitted);
        var fetched = await BytesServedAsync() - before;
        await _fleet.RestartAsync(name);

        Assert.That(jobs.Select(Outcome), Is.All.EqualTo($"succeeded {posted.Sha256}"));
        Assert.That(fetched, Is.InRange(Size, Size + InFlight));
    }

    [Test]
    public async Task When_the_job_that_fetches_is_called_off_the_others_get_the_file()
    {
        const long Size = 256 * Mebibyte;
        var posted = await PostAsync(seed: 43, Size);
        var before = await BytesServedAsync();
        var submitted = await SubmitManyAsync(posted.Link);
        var (tenant, waiting) = submitted[^1];
        await tenant.UntilAsync(waiting, job => Progress(job) > 32 * Mebibyte, Deadline);

        var owner = await OwnerAsync("id");
        var client = submitted.First(job => job.Id == owner).Tenant;
        using var answer = await client.Http.PostAsync($"/v1/jobs/{owner}/cancel", content: null);
        var jobs = await EndedAsync(submitted);
        var fetched = await BytesServedAsync() - before;

        var canceled = jobs.Single(job => (string)job["id"]! == owner);
        Assert.Multiple(() =>
        {
            Assert.That((string)canceled["status"]!, Is.EqualTo("canceled"));
            Assert.That(jobs.Except([canceled]).Select(Outcome), Is.All.EqualTo($"succeeded {posted.Sha256}"));
            Assert.That(fetched, Is.InRange(Size, Size + InFlight));
        });
    }

    /// <summary>The worker of the job that fetches.</summary>
    async Task<string> OwnersWorkerAsync()
    {
        var pid = (await OwnerAsync("worker")).Split(':')[1];
        return pid == _fleet.Service(Second).Pid.ToString(CultureInfo.InvariantCulture) ? Second : First;
    }

    /// <summary>A column of the one job that a worker holds.</summary>
    async Task<string> OwnerAsync(string column)
    {
        await using var database = NpgsqlDataSource.Create(_fleet.ConnectionString);
        await using var command = database.CreateCommand(
            $"select {column}::text from job where status = 'running' and bytes_done > 0"
        );
        return (string)(await command.ExecuteScalarAsync())!;
    }

    Task<PostedFile> PostAsync(int seed, long size) =>
        _fleet.Telegram.PostAsync(
            new
            {
                seed,
                size,
                name = $"file-{seed}.bin",
                mime = "application/octet-stream",
                dc = 4,
            }
        );

    async Task<List<(FleetClient Tenant, string Id)>> SubmitManyAsync(string link)
    {
        var submitted = await Task.WhenAll(
            Enumerable
                .Range(0, Jobs)
                .Select(n => _tenants[n % _tenants.Length])
                .Select(async tenant => (tenant, await SubmitAsync(tenant, link)))
        );
        return [.. submitted];
    }

    async Task<string> SubmitAsync(FleetClient tenant, string link) =>
        (string)(await tenant.SubmitAsync(new { source = new { link }, webhook_url = _webhooks.Url }))["id"]!;

    static async Task<List<JsonObject>> EndedAsync(IEnumerable<(FleetClient Tenant, string Id)> jobs)
    {
        var ended = new List<JsonObject>();
        foreach (var (tenant, id) in jobs)
            ended.Add(await tenant.EndedAsync(id, Deadline));
        return ended;
    }

    static bool IsEndOf(ReceivedWebhook webhook, JsonObject job) =>
        JsonNode.Parse(webhook.Body)!["data"] is { } data
        && (string)data["id"]! == (string)job["id"]!
        && (string)data["status"]! == "succeeded";

    static string Outcome(JsonObject job) => $"{job["status"]} {job["files"]?.AsArray().FirstOrDefault()?["sha256"]}";

    async Task<long> BytesServedAsync() => (long)(await _fleet.Telegram.StatsAsync())["bytes_served"]!;

    static long Progress(JsonObject job) => (long?)job["progress"]?["bytes_done"] ?? 0;
}
