using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Fleet.Testing;

/// <summary>A caller of Fleet's HTTP API, as a developer would write it.</summary>
public sealed class FleetClient : IDisposable
{
    static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    public FleetClient(Uri address, string key)
    {
        Http = new HttpClient { BaseAddress = address };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    /// <summary>Sends the API key with every call.</summary>
    public HttpClient Http { get; }

    /// <summary>Posts a job and returns it.</summary>
    public async Task<JsonObject> SubmitAsync(object body)
    {
        using var answer = await Http.PostAsJsonAsync("/v1/jobs", body);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode
            ? (JsonObject)JsonNode.Parse(text)!
            : throw new InvalidOperationException($"{(int)answer.StatusCode}: {text}");
    }

    public async Task<JsonObject> GetAsync(string id) =>
        (JsonObject)JsonNode.Parse(await Http.GetStringAsync($"/v1/jobs/{id}"))!;

    /// <summary>Polls a job until <paramref name="wanted"/> holds.</summary>
    public async Task<JsonObject> UntilAsync(string id, Func<JsonObject, bool> wanted, TimeSpan deadline)
    {
        using var limit = new CancellationTokenSource(deadline, TimeProvider.System);
        var job = await GetAsync(id);
        while (!wanted(job))
        {
            if (limit.IsCancellationRequested)
                throw new TimeoutException($"Not within {deadline}: {job.ToJsonString()}");
            await Task.Delay(PollInterval, TimeProvider.System, CancellationToken.None);
            job = await GetAsync(id);
        }
        return job;
    }

    /// <summary>Polls a job until it has ended, and returns it whatever its outcome.</summary>
    public Task<JsonObject> EndedAsync(string id, TimeSpan deadline) =>
        UntilAsync(id, job => (string)job["status"]! is "succeeded" or "failed" or "canceled", deadline);

    /// <summary>Downloads a file of a job through its stable link.</summary>
    /// <returns>Length in bytes and SHA-256 in lower-case hexadecimal.</returns>
    public async Task<(long Length, string Sha256)> DownloadAsync(string jobId, string fileId, Stream? to = null)
    {
        using var answer = await Http.GetAsync(
            $"/v1/jobs/{jobId}/files/{fileId}/content",
            HttpCompletionOption.ResponseHeadersRead
        );
        answer.EnsureSuccessStatusCode();
        await using var body = await answer.Content.ReadAsStreamAsync();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 18];
        long length = 0;
        for (int read; (read = await body.ReadAsync(buffer)) > 0; length += read)
        {
            hash.AppendData(buffer, 0, read);
            if (to is not null)
                await to.WriteAsync(buffer.AsMemory(0, read));
        }
        return (length, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    public void Dispose() => Http.Dispose();
}
