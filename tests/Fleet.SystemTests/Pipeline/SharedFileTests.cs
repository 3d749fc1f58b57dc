using Fleet.Testing;

namespace Fleet.SystemTests.Pipeline;

/// <summary>One file that several accounts fetch together.</summary>
[Category("broker")]
public sealed class SharedFileTests
{
    const string GetFile = "upload.getFile";
    const long Size = 64L << 20;

    [Test]
    public async Task Two_accounts_fetch_one_file_and_one_goes_on_when_the_other_must_wait()
    {
        await using var fleet = await FleetSystem.StartAsync(
            new FleetSystemOptions
            {
                Accounts = 2,
                Emulator = ["--enforce-flood"],
                Settings = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["FLEET_Worker__BytesPerExtraAccount"] = "1048576",
                },
            }
        );
        await fleet.Telegram.AddNetworkRuleAsync(
            new
            {
                dc = 4,
                media_only = true,
                bytes_per_second = 4_000_000,
            }
        );
        // Each fault shows that its account was asked for so many parts.
        await fleet.Telegram.FailAsync(GetFile, "DELAY_1", after: 12, userId: fleet.UserIds[0]);
        await fleet.Telegram.FailAsync(GetFile, "FLOOD_WAIT_600", after: 12, userId: fleet.UserIds[1]);
        var file = await fleet.Telegram.PostAsync(
            new
            {
                seed = 51,
                size = Size,
                name = "shared.bin",
                mime = "application/octet-stream",
                dc = 4,
            }
        );

        var submitted = await fleet.Client.SubmitAsync(new { source = new { link = file.Link } });
        var job = await fleet.Client.EndedAsync((string)submitted["id"]!, TimeSpan.FromMinutes(2));

        var stats = await fleet.Telegram.StatsAsync();
        Assert.Multiple(() =>
        {
            Assert.That((string)job["status"]!, Is.EqualTo("succeeded"), job.ToJsonString());
            Assert.That((string)job["files"]![0]!["sha256"]!, Is.EqualTo(file.Sha256));
            Assert.That((int)stats["pending_faults"]!, Is.Zero, "both served");
            Assert.That((long)stats["calls_despite_flood"]!, Is.Zero);
        });
    }
}
