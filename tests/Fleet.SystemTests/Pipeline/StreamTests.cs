using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Fleet.Testing;

namespace Fleet.SystemTests.Pipeline;

/// <summary>Files that are read while their jobs still fetch them.</summary>
[Category("pipeline")]
public sealed partial class StreamTests
{
    const long Size = 40L << 20;

    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    FleetSystem _fleet = null!;
    int _seeds = 700;

    HttpClient Http => _fleet.Client.Http;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _fleet = await FleetSystem.StartAsync(
            new FleetSystemOptions
            {
                Settings = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["FLEET_Jobs__Lease"] = "00:00:08",
                },
            }
        );
        await _fleet.Telegram.AddNetworkRuleAsync(
            new
            {
                dc = 4,
                media_only = true,
                bytes_per_second = 4_000_000,
            }
        );
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _fleet.DisposeAsync();

    [Test]
    public async Task Several_readers_get_the_whole_and_parts_of_a_file_while_the_job_fetches_it()
    {
        var (file, id) = await SubmitAsync();

        using var whole = await OpenAsync(id);
        var status = (string)(await _fleet.Client.GetAsync(id))["status"]!;
        var parts = await Task.WhenAll(
            ReadAsync(id, new(Size - 3_000_000, null)),
            ReadAsync(id, new(5_000_000, 5_000_009)),
            ReadAsync(id, new(null, 1000)),
            ReadAsync(id, new(0, 0))
        );
        var read = await whole.Content.ReadAsByteArrayAsync();
        await _fleet.Client.EndedAsync(id, Deadline);

        Assert.That(status, Is.EqualTo("running"));
        Assert.That((whole.StatusCode, whole.Content.Headers.ContentLength), Is.EqualTo((HttpStatusCode.OK, Size)));
        Assert.That(Convert.ToHexStringLower(SHA256.HashData(read)), Is.EqualTo(file.Sha256));
        Assert.That(parts[0], Is.EqualTo(read[^3_000_000..]));
        Assert.That(parts[1], Is.EqualTo(read[5_000_000..5_000_010]));
        Assert.That(parts[2], Is.EqualTo(read[^1000..]));
        Assert.That(parts[3], Is.EqualTo(read[..1]));
    }

    [Test]
    public async Task Who_reads_slowly_gets_the_rest_from_the_store_and_who_comes_late_is_sent_there()
    {
        var (file, id) = await SubmitAsync();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var slow = await OpenAsync(id);
        await using var body = await slow.Content.ReadAsStreamAsync();
        var buffer = new byte[1 << 20];
        await body.ReadExactlyAsync(buffer);
        hash.AppendData(buffer);

        var job = await _fleet.Client.EndedAsync(id, Deadline);
        for (int read; (read = await body.ReadAsync(buffer)) > 0; )
            hash.AppendData(buffer, 0, read);
        using var late = await OpenAsync(id);

        Assert.That((string)job["status"]!, Is.EqualTo("succeeded"));
        Assert.That(Convert.ToHexStringLower(hash.GetHashAndReset()), Is.EqualTo(file.Sha256));
        Assert.That(late.RequestMessage!.RequestUri!.AbsolutePath, Does.Not.EndWith("/stream"));
        Assert.That(
            SHA256.HashData(await late.Content.ReadAsByteArrayAsync()),
            Is.EqualTo(Convert.FromHexString(file.Sha256))
        );
    }

    [Test]
    public async Task A_reader_that_vanishes_leaves_nothing_behind()
    {
        var (file, id) = await SubmitAsync();
        using (var reader = await OpenAsync(id))
        await using (var body = await reader.Content.ReadAsStreamAsync())
            await body.ReadExactlyAsync(new byte[1000]);

        await UntilNobodyLooksAsync();
        var status = (string)(await _fleet.Client.GetAsync(id))["status"]!;
        var job = await _fleet.Client.EndedAsync(id, Deadline);

        Assert.That(status, Is.EqualTo("running"), "it left because the reader did, not because the job had ended");
        Assert.That((string)job["files"]![0]!["sha256"]!, Is.EqualTo(file.Sha256));
    }

    [Test]
    public async Task A_worker_that_is_killed_interrupts_no_reader()
    {
        var (file, id) = await SubmitAsync();
        using var reader = await OpenAsync(id);
        await using var body = await reader.Content.ReadAsStreamAsync();
        using var all = new MemoryStream();
        var first = new byte[8 << 20];
        await body.ReadExactlyAsync(first);
        await all.WriteAsync(first);

        await _fleet.Service("Fleet.Worker").KillAsync();
        await _fleet.RestartAsync("Fleet.Worker");
        await body.CopyToAsync(all);

        Assert.That(Convert.ToHexStringLower(SHA256.HashData(all.ToArray())), Is.EqualTo(file.Sha256));
        await _fleet.Client.EndedAsync(id, Deadline);
    }

    [Test]
    public async Task What_cannot_be_streamed_says_why()
    {
        using var stranger = await _fleet.ClientOfAsync("stranger");
        var failed = (string)
            (await _fleet.Client.SubmitAsync(new { source = new { link = "https://t.me/nobody_is_here/1" } }))["id"]!;
        await _fleet.Client.EndedAsync(failed, Deadline);
        var (_, id) = await SubmitAsync();
        using var running = await OpenAsync(id);

        Assert.That(await CodeAsync(Http, id, new(Size, null)), Is.EqualTo((416, "range_not_satisfiable")));
        Assert.That(await CodeAsync(Http, Guid.CreateVersion7().ToString()), Is.EqualTo((404, "job_not_found")));
        Assert.That(await CodeAsync(stranger.Http, id), Is.EqualTo((404, "job_not_found")));
        Assert.That(await CodeAsync(Http, failed), Is.EqualTo((409, "stream_over")));
        await _fleet.Client.EndedAsync(id, Deadline);
        Assert.That(await CodeAsync(Http, id, file: 1), Is.EqualTo((404, "file_not_found")));
    }

    async Task<(PostedFile File, string Job)> SubmitAsync()
    {
        var seed = Interlocked.Increment(ref _seeds);
        var file = await _fleet.Telegram.PostAsync(
            new
            {
                seed,
                size = Size,
                name = "live.bin",
                mime = "application/octet-stream",
                dc = 4,
            }
        );
        return (file, (string)(await _fleet.Client.SubmitAsync(new { source = new { link = file.Link } }))["id"]!);
    }

    /// <summary>Answers when the first bytes are there.</summary>
    async Task<HttpResponseMessage> OpenAsync(string id, RangeItemHeaderValue? range = null)
    {
        var answer = await GetAsync(Http, id, range);
        answer.EnsureSuccessStatusCode();
        return answer;
    }

    async Task<byte[]> ReadAsync(string id, RangeItemHeaderValue range)
    {
        using var answer = await OpenAsync(id, range);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.PartialContent));
        Assert.That(answer.Content.Headers.ContentRange!.Length, Is.EqualTo(Size));
        return await answer.Content.ReadAsByteArrayAsync();
    }

    static async Task<HttpResponseMessage> GetAsync(
        HttpClient http,
        string id,
        RangeItemHeaderValue? range = null,
        int file = 0
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/jobs/{id}/stream?file={file}");
        if (range is not null)
            request.Headers.Range = new RangeHeaderValue { Ranges = { range } };
        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    static async Task<(int Status, string Code)> CodeAsync(
        HttpClient http,
        string id,
        RangeItemHeaderValue? range = null,
        int file = 0
    )
    {
        using var answer = await GetAsync(http, id, range, file);
        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        return ((int)answer.StatusCode, (string)problem["code"]!);
    }

    async Task UntilNobodyLooksAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline, TimeProvider.System);
        var metrics = new Uri(_fleet.AddressOf("Fleet.Worker"), "/metrics");
        while (Looking().Match(await Http.GetStringAsync(metrics, deadline.Token)) is var found)
        {
            if (found.Success && double.Parse(found.Groups["count"].ValueSpan, CultureInfo.InvariantCulture) is 0)
                return;
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, deadline.Token);
        }
    }

    [GeneratedRegex(
        @"^fleet_stream_active[^ ]* (?<count>\S+)",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Looking();
}
