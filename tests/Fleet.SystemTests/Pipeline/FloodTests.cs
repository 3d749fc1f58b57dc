using System.Globalization;
using System.Text.Json.Nodes;
using Fleet.Testing;

namespace Fleet.SystemTests.Pipeline;

/// <summary>Accounts that Telegram tells to wait in the middle of files: the files come all the same.</summary>
[Category("broker")]
public sealed class FloodTests
{
    const string GetFile = "upload.getFile";
    const long Mebibyte = 1 << 20;

    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(4);

    FleetSystem _fleet = null!;

    [SetUp]
    public async Task StartAsync() =>
        _fleet = await FleetSystem.StartAsync(new FleetSystemOptions { Accounts = 3, Emulator = ["--enforce-flood"] });

    [TearDown]
    public async Task StopAsync() => await _fleet.DisposeAsync();

    [Test]
    public async Task A_file_whose_account_must_wait_goes_on_with_another_one_where_it_was()
    {
        const long Size = 64 * Mebibyte;
        const int Window = 2;
        await _fleet.Telegram.FailAsync(GetFile, "FLOOD_WAIT_600", after: 26); // of 64 parts: at 40 %
        var posted = await PostAsync(seed: 31, Size);

        var job = await RunAsync(posted);

        var stats = await _fleet.Telegram.StatsAsync();
        Assert.Multiple(() =>
        {
            Assert.That((string)job["status"]!, Is.EqualTo("succeeded"), job.ToJsonString());
            Assert.That((string)job["files"]![0]!["sha256"]!, Is.EqualTo(posted.Sha256));
            Assert.That((long)stats["bytes_served"]! - Size, Is.InRange(0, Window * Mebibyte));
            Assert.That((long)stats["calls_despite_flood"]!, Is.Zero);
        });
    }

    [Test]
    public async Task When_every_account_must_wait_the_job_says_so_and_until_when()
    {
        foreach (var user in _fleet.UserIds)
            await _fleet.Telegram.FailAsync(GetFile, "FLOOD_WAIT_900", userId: user);
        var posted = await PostAsync(seed: 32, Mebibyte);

        var submitted = await _fleet.Client.SubmitAsync(new { source = new { link = posted.Link } });
        var job = await _fleet.Client.UntilAsync((string)submitted["id"]!, j => j["wait"] is not null, Deadline);

        var until = DateTimeOffset.Parse((string)job["wait"]!["until"]!, CultureInfo.InvariantCulture);
        Assert.Multiple(() =>
        {
            Assert.That((string)job["wait"]!["reason"]!, Is.EqualTo("flood"));
            Assert.That(until - TimeProvider.System.GetUtcNow(), Is.InRange(Minutes(10), Minutes(16)));
        });
    }

    [Test]
    public async Task In_a_storm_of_waits_nobody_asks_while_told_not_to_and_every_job_ends_well()
    {
        var random = new Random(5);
        foreach (var user in _fleet.UserIds)
        {
            for (var after = random.Next(3); after < 24; after += random.Next(6, 12))
            {
                var wait = random.Next(3) == 0 ? random.Next(4, 7) : random.Next(1, 4);
                await _fleet.Telegram.FailAsync(GetFile, $"FLOOD_WAIT_{wait}", after: after, userId: user);
            }
        }
        await _fleet.Telegram.FailAsync(GetFile, "FLOOD_PREMIUM_WAIT_2", count: 3, after: 10);
        var posted = new List<PostedFile>();
        for (var seed = 41; seed < 47; seed++)
            posted.Add(await PostAsync(seed, 8 * Mebibyte));

        var jobs = await Task.WhenAll(posted.Select(RunAsync));

        var stats = await _fleet.Telegram.StatsAsync();
        Assert.That(
            jobs.Select(job => (string?)job["files"]?[0]?["sha256"]),
            Is.EqualTo(posted.Select(file => file.Sha256)),
            string.Join('\n', jobs.Select(job => job.ToJsonString()))
        );
        Assert.That((long)stats["calls_despite_flood"]!, Is.Zero);
    }

    static TimeSpan Minutes(int count) => TimeSpan.FromMinutes(count);

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

    async Task<JsonObject> RunAsync(PostedFile file)
    {
        var submitted = await _fleet.Client.SubmitAsync(new { source = new { link = file.Link } });
        return await _fleet.Client.EndedAsync((string)submitted["id"]!, Deadline);
    }
}
