using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Fleet.Testing;

namespace Fleet.SystemTests.Cli;

/// <summary>The command-line client against every service.</summary>
[Category("front")]
public sealed class ClientTests
{
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    readonly TemporaryFolder _folder = new();
    FleetSystem _fleet = null!;
    Dictionary<string, string> _environment = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _fleet = await FleetSystem.StartAsync(new FleetSystemOptions());
        _environment = new(StringComparer.Ordinal)
        {
            ["FLEET_API"] = _fleet.AddressOf("Fleet.Intake").AbsoluteUri,
            ["FLEET_KEY"] = await _fleet.CreateKeyAsync("cli"),
        };
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _fleet.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task A_link_becomes_a_file_in_a_directory()
    {
        var posted = await _fleet.Telegram.PostAsync(
            new
            {
                seed = 81,
                size = 300_000,
                name = "one.bin",
            }
        );
        var folder = _folder.File("out");

        var said = await RunAsync("submit", posted.Link, "--wait", "--out", folder, "--metadata");

        var bytes = await File.ReadAllBytesAsync(Path.Combine(folder, "one.bin"));
        Assert.That(Convert.ToHexStringLower(SHA256.HashData(bytes)), Is.EqualTo(posted.Sha256));
        Assert.That(File.Exists(Path.Combine(folder, "one.json")), Is.True);
        Assert.That(said, Does.Contain(posted.Sha256));
    }

    [Test]
    public async Task Links_of_a_file_become_jobs_that_are_watched_to_their_end()
    {
        var first = await _fleet.Telegram.PostAsync(new { seed = 82, size = 1_000 });
        var second = await _fleet.Telegram.PostAsync(new { seed = 83, size = 1_000 });
        var list = _folder.File("links");
        await File.WriteAllTextAsync(list, $"{first.Link}\n\n{second.Link}\n");

        var batch = JsonNode.Parse(await RunAsync("batch", list, "--json"))!;
        using var client = await _fleet.ClientOfAsync("cli");
        var page = JsonNode.Parse(await client.Http.GetStringAsync($"/v1/jobs?batch_id={batch["id"]}"))!;
        var ids = page["data"]!.AsArray().Select(job => (string)job!["id"]!);
        var watched = await RunAsync("watch", [.. ids, "--json"]);

        Assert.That(
            watched
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => (string)JsonNode.Parse(line)!["status"]!),
            Is.EqualTo(["succeeded", "succeeded"])
        );
    }

    [Test]
    public async Task Keys_and_addresses_are_kept_from_the_command_line()
    {
        var key = JsonNode.Parse(await RunAsync("keys", "create", "jobs:read", "--name", "reader"))!;
        await RunAsync("keys", "revoke", (string)key["id"]!);
        var keys = JsonNode.Parse(await RunAsync("keys"))!;
        var added = JsonNode.Parse(await RunAsync("webhooks", "add", "https://cli.example/hook"))!;
        var rotated = JsonNode.Parse(await RunAsync("webhooks", "rotate", (string)added["id"]!))!;
        await RunAsync("webhooks", "remove", (string)added["id"]!);
        var usage = JsonNode.Parse(await RunAsync("usage"))!;

        Assert.Multiple(() =>
        {
            Assert.That(keys["data"]!.AsArray().Count(row => row!["revoked_at"] is not null), Is.EqualTo(1));
            Assert.That((string)rotated["secret"]!, Is.Not.EqualTo((string)added["secret"]!));
            Assert.That((long)usage["stored_bytes"]!, Is.GreaterThanOrEqualTo(0));
        });
    }

    Task<string> RunAsync(string verb, params string[] arguments) =>
        ChildProcess.RunAsync([Repository.Executable("Fleet.Cli"), verb, .. arguments], _environment, Deadline);
}
