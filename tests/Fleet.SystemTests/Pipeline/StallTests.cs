using System.Text.Json.Nodes;
using Fleet.Testing;

namespace Fleet.SystemTests.Pipeline;

/// <summary>A store that takes nothing any more.</summary>
[Category("pipeline")]
public sealed class StallTests
{
    const long Mebibyte = 1 << 20;
    const long Memory = 64 * Mebibyte;
    const long Size = 256 * Mebibyte;

    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(4);

    [Test]
    public async Task A_store_that_hangs_holds_the_wire_still_and_costs_time_only()
    {
        await using var store = new FlakyProxy((await Backends.CephAsync()).Endpoint);
        await using var fleet = await FleetSystem.StartAsync(
            new FleetSystemOptions
            {
                S3 = true,
                S3Address = store.Address,
                Settings = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["FLEET_Worker__Slots"] = "1",
                    ["FLEET_Worker__BulkSlots"] = "1",
                    ["FLEET_Worker__MemoryBytes"] = $"{Memory}",
                },
            }
        );
        var posted = await fleet.Telegram.PostAsync(
            new
            {
                seed = 71,
                size = Size,
                name = "file.bin",
                mime = "application/octet-stream",
                dc = 4,
            }
        );
        await fleet.Telegram.AddNetworkRuleAsync(new { media_only = true, bytes_per_second = 16 * Mebibyte });
        var id = (string)(await fleet.Client.SubmitAsync(new { source = new { link = posted.Link } }))["id"]!;
        await fleet.Client.UntilAsync(id, job => Progress(job) > 16 * Mebibyte, Deadline);

        store.Switch(ProxyMode.Hang);
        var before = await ServedAsync(fleet);
        var after = await StillAsync(fleet, id);
        store.Switch(ProxyMode.Pass);
        var ended = await fleet.Client.EndedAsync(id, Deadline);

        Assert.Multiple(() =>
        {
            Assert.That(after - before, Is.LessThanOrEqualTo(Memory));
            Assert.That((string)ended["status"]!, Is.EqualTo("succeeded"), ended.ToJsonString());
            Assert.That((string?)ended["files"]?[0]?["sha256"], Is.EqualTo(posted.Sha256));
        });
    }

    /// <summary>Waits until nothing was sent between two looks, with five polls of the job in between.</summary>
    /// <returns>Bytes that Telegram has sent by then.</returns>
    static async Task<long> StillAsync(FleetSystem fleet, string job)
    {
        var (before, after, polls) = (-1L, await ServedAsync(fleet), 0);
        while (before != after)
        {
            await fleet.Client.UntilAsync(job, _ => ++polls % 6 == 0, Deadline);
            (before, after) = (after, await ServedAsync(fleet));
        }
        return after;
    }

    static async Task<long> ServedAsync(FleetSystem fleet) =>
        (long)(await fleet.Telegram.StatsAsync())["bytes_served"]!;

    static long Progress(JsonObject job) => (long?)job["progress"]?["bytes_done"] ?? 0;
}
