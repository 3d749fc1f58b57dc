using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Fleet.SystemTests.Media;
using Fleet.Testing;

namespace Fleet.SystemTests.Pipeline;

/// <summary>Films that FFmpeg reads while they come.</summary>
[Category("pipeline")]
[Category("media")]
public sealed class ConversionTests
{
    const long Mebibyte = 1 << 20;
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(4);

    readonly TemporaryFolder _folder = new();
    FleetSystem _fleet = null!;

    [OneTimeSetUp]
    public async Task StartAsync() =>
        _fleet = await FleetSystem.StartAsync(
            new FleetSystemOptions
            {
                Settings = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["FLEET_Worker__WorkDirectory"] = _folder.File("work"),
                },
            }
        );

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _fleet.DisposeAsync();
        _folder.Dispose();
    }

    [TestCase("matroska", "mkv", "auto", "mp4")]
    [TestCase("mp4", "mp4", "auto", "mp4")] // its index is at the end
    [TestCase("mp4", "mp4", "mkv", "mkv")]
    [TestCase("matroska", "mkv", "fmp4", "mp4")]
    public async Task A_film_is_converted_while_it_comes(
        string muxer,
        string extension,
        string wanted,
        string container
    )
    {
        var film = _folder.File($"film-{wanted}.{extension}");
        await MediaTool.MakeLargeAsync(film, muxer, seconds: 10);
        var size = new FileInfo(film).Length;
        var posted = await _fleet.Telegram.PostAsync(
            new
            {
                file = film,
                name = Path.GetFileName(film),
                mime = "video/any",
                dc = 4,
            }
        );
        var before = await BytesServedAsync();
        var slow = await _fleet.Telegram.AddNetworkRuleAsync(
            new { media_only = true, bytes_per_second = 16 * Mebibyte }
        );

        var id = (string)
            (
                await _fleet.Client.SubmitAsync(
                    new { source = new { link = posted.Link }, options = new { container = wanted } }
                )
            )["id"]!;
        await _fleet.Client.UntilAsync(id, job => IsEnded(job) || Progress(job) > size * 3 / 4, Deadline);
        var converted = WrittenMeanwhile();
        await _fleet.Telegram.RemoveNetworkRuleAsync(slow);
        var job = await _fleet.Client.EndedAsync(id, Deadline);

        var refetched = await BytesServedAsync() - before - size;
        var result = _folder.File($"result-{wanted}.{container}");
        await using (var file = File.Create(result))
            await _fleet.Client.DownloadAsync(id, "media", file);
        Assert.Multiple(() =>
        {
            Assert.That((string)job["status"]!, Is.EqualTo("succeeded"), job.ToJsonString());
            Assert.That((string)job["files"]![0]!["container"]!, Is.EqualTo(container));
            Assert.That(converted, Is.GreaterThan(size / 4));
            Assert.That(refetched, Is.LessThanOrEqualTo(16 * Mebibyte)); // an index at the end is fetched twice
        });
        Assert.That(await MediaTool.PacketHashesAsync(result), Is.EqualTo(await MediaTool.PacketHashesAsync(film)));
    }

    [Test]
    public async Task A_film_that_refers_to_another_address_makes_nobody_ask_there_though_FFmpeg_has_a_network()
    {
        using var bait = new TcpListener(IPAddress.Loopback, 0);
        bait.Start();
        var film = _folder.File("honest.mp4");
        await MediaTool.MakeLargeAsync(film, "mp4", seconds: 3);
        var hostile = _folder.File("hostile.mp4");
        await File.WriteAllBytesAsync(
            hostile,
            Mp4Surgery.PointElsewhere(await File.ReadAllBytesAsync(film), $"http://{bait.LocalEndpoint}/x.mp4")
        );
        var posted = await _fleet.Telegram.PostAsync(
            new
            {
                file = hostile,
                name = "film.mp4",
                mime = "video/mp4",
            }
        );

        var submitted = await _fleet.Client.SubmitAsync(new { source = new { link = posted.Link } });
        var job = await _fleet.Client.EndedAsync((string)submitted["id"]!, Deadline);

        Assert.That(bait.Pending(), Is.False, job.ToJsonString());
    }

    /// <summary>Bytes that FFmpeg has written of a file that is not whole yet.</summary>
    long WrittenMeanwhile() =>
        Directory
            .EnumerateFiles(_folder.File("work"), "streamed", SearchOption.AllDirectories)
            .Sum(path => new FileInfo(path).Length);

    async Task<long> BytesServedAsync() => (long)(await _fleet.Telegram.StatsAsync())["bytes_served"]!;

    static bool IsEnded(JsonObject job) => (string?)job["finished_at"] is not null;

    static long Progress(JsonObject job) => (long?)job["progress"]?["bytes_done"] ?? 0;
}
