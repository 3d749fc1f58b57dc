using System.Text.Json.Nodes;
using Fleet.Testing;

namespace Fleet.SystemTests.Pipeline;

/// <summary>Attempts that end early, with a real S3 server as the store.</summary>
[Category("pipeline")]
public sealed class ResumeTests
{
    const long Mebibyte = 1 << 20;
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(4);

    FleetSystem _fleet = null!;

    [OneTimeSetUp]
    public async Task StartAsync() =>
        _fleet = await FleetSystem.StartAsync(
            new FleetSystemOptions
            {
                S3 = true,
                Settings = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["FLEET_Jobs__Lease"] = "00:00:06",
                    ["FLEET_Worker__Heartbeat"] = "00:00:00.2",
                    ["FLEET_Worker__DrainGrace"] = "00:00:00.5",
                },
            }
        );

    [OneTimeTearDown]
    public async Task StopAsync() => await _fleet.DisposeAsync();

    [Test]
    public async Task A_killed_worker_costs_only_the_parts_that_were_in_flight()
    {
        const long Size = 192 * Mebibyte;
        var posted = await PostAsync(seed: 21, Size);
        var before = await BytesServedAsync();
        var id = await SubmitAsync(posted.Link);
        await _fleet.Client.UntilAsync(id, job => Progress(job) > 100 * Mebibyte, Deadline);

        await _fleet.Service("Fleet.Worker").KillAsync();
        await _fleet.RestartAsync("Fleet.Worker");
        var job = await _fleet.Client.EndedAsync(id, Deadline);

        var stored = await _fleet.Client.DownloadAsync(id, "media");
        var refetched = await BytesServedAsync() - before - Size;
        Assert.Multiple(() =>
        {
            Assert.That((string)job["status"]!, Is.EqualTo("succeeded"), job.ToJsonString());
            Assert.That(stored, Is.EqualTo((Size, posted.Sha256)));
            Assert.That((string)job["files"]![0]!["sha256"]!, Is.EqualTo(posted.Sha256));
            // Look-ahead, the part being collected and the parts being uploaded: 32 + 8 + 4 x 8 MiB.
            Assert.That(refetched, Is.LessThanOrEqualTo(72 * Mebibyte));
        });
    }

    [Test]
    public async Task A_film_that_is_converted_keeps_its_source_bytes_over_a_killed_worker()
    {
        using var folder = new TemporaryFolder();
        var film = folder.File("film.mkv");
        await MediaTool.MakeLargeAsync(film, "matroska", seconds: 24);
        var size = new FileInfo(film).Length;
        var posted = await _fleet.Telegram.PostAsync(
            new
            {
                file = film,
                name = "film.mkv",
                mime = "video/x-matroska",
                dc = 4,
            }
        );
        var before = await BytesServedAsync();
        var slow = await _fleet.Telegram.AddNetworkRuleAsync(
            new { media_only = true, bytes_per_second = 16 * Mebibyte }
        );
        var id = await SubmitAsync(posted.Link);
        await _fleet.Client.UntilAsync(id, job => Progress(job) > size - (40 * Mebibyte), Deadline);

        await _fleet.Service("Fleet.Worker").KillAsync();
        await _fleet.Telegram.RemoveNetworkRuleAsync(slow);
        await _fleet.RestartAsync("Fleet.Worker");
        var job = await _fleet.Client.EndedAsync(id, Deadline);

        var refetched = await BytesServedAsync() - before - size;
        var result = folder.File("result.mp4");
        await using (var file = File.Create(result))
            await _fleet.Client.DownloadAsync(id, "media", file);
        Assert.Multiple(() =>
        {
            Assert.That((string)job["status"]!, Is.EqualTo("succeeded"), job.ToJsonString());
            Assert.That((string)job["files"]![0]!["container"]!, Is.EqualTo("mp4"));
            Assert.That(refetched, Is.LessThanOrEqualTo(72 * Mebibyte));
        });
        Assert.That(await MediaTool.PacketHashesAsync(result), Is.EqualTo(await MediaTool.PacketHashesAsync(film)));
    }

    [Test]
    public async Task A_worker_that_is_told_to_stop_gives_its_job_back_and_the_next_goes_on_with_it()
    {
        const long Size = 128 * Mebibyte;
        var posted = await PostAsync(seed: 24, Size);
        var before = await BytesServedAsync();
        var slow = await _fleet.Telegram.AddNetworkRuleAsync(
            new { media_only = true, bytes_per_second = 8 * Mebibyte }
        );
        var id = await SubmitAsync(posted.Link);
        await _fleet.Client.UntilAsync(id, job => Progress(job) > 40 * Mebibyte, Deadline);

        _fleet.Service("Fleet.Worker").Signal(15);
        await _fleet.Service("Fleet.Worker").ExitedAsync(Deadline);
        var given = await _fleet.Client.GetAsync(id);
        await _fleet.Telegram.RemoveNetworkRuleAsync(slow);
        await _fleet.RestartAsync("Fleet.Worker");
        var job = await _fleet.Client.EndedAsync(id, Deadline);

        var refetched = await BytesServedAsync() - before - Size;
        Assert.Multiple(() =>
        {
            Assert.That((string)given["status"]!, Is.EqualTo("queued"), given.ToJsonString());
            Assert.That((string)job["files"]![0]!["sha256"]!, Is.EqualTo(posted.Sha256), job.ToJsonString());
            Assert.That(refetched, Is.LessThanOrEqualTo(72 * Mebibyte));
        });
    }

    [Test]
    public async Task A_job_that_is_called_off_ends_as_canceled_in_the_middle_of_the_file()
    {
        var posted = await PostAsync(seed: 22, size: 1024 * Mebibyte);
        var id = await SubmitAsync(posted.Link);
        await _fleet.Client.UntilAsync(id, job => Progress(job) > 0, Deadline);

        using var answer = await _fleet.Client.Http.PostAsync($"/v1/jobs/{id}/cancel", content: null);
        var job = await _fleet.Client.EndedAsync(id, Deadline);

        Assert.That((string)job["status"]!, Is.EqualTo("canceled"), job.ToJsonString());
        Assert.That(Progress(job), Is.LessThan(1024 * Mebibyte));
    }

    [Test]
    public async Task A_film_that_is_cut_off_fails_with_its_code()
    {
        using var folder = new TemporaryFolder();
        var film = folder.File("film.mkv");
        await MediaTool.MakeMatroskaAsync(film, seconds: 20);
        var whole = await File.ReadAllBytesAsync(film);
        await File.WriteAllBytesAsync(film, whole[..(whole.Length / 2)]);
        var posted = await _fleet.Telegram.PostAsync(
            new
            {
                file = film,
                name = "film.mkv",
                mime = "video/x-matroska",
            }
        );

        var job = await _fleet.Client.EndedAsync(await SubmitAsync(posted.Link), Deadline);

        Assert.That(
            ((string)job["status"]!, (string?)job["error"]?["code"]),
            Is.EqualTo(("failed", "media_truncated")),
            job.ToJsonString()
        );
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

    async Task<string> SubmitAsync(string link) =>
        (string)(await _fleet.Client.SubmitAsync(new { source = new { link } }))["id"]!;

    async Task<long> BytesServedAsync() => (long)(await _fleet.Telegram.StatsAsync())["bytes_served"]!;

    static long Progress(JsonObject job) => (long?)job["progress"]?["bytes_done"] ?? 0;
}
