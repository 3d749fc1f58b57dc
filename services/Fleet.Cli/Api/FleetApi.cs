using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fleet.Cli;

/// <summary>A verb cannot go on. The message is one line for the person at the terminal.</summary>
sealed class FailureException(string message) : Exception(message);

/// <summary>Fleet's HTTP API, called with an API key.</summary>
sealed class FleetApi : IDisposable
{
    static readonly TimeSpan CallDeadline = TimeSpan.FromSeconds(30);

    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    readonly HttpClient _http;
    readonly TimeProvider _time;

    /// <param name="address">Base address, such as http://127.0.0.1:7070.</param>
    /// <param name="key">flt_live_…</param>
    /// <param name="time">Clock of the deadlines.</param>
    public FleetApi(Uri address, string key, TimeProvider time)
    {
        _time = time;
        _http = new HttpClient { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    /// <summary>Submits a job; a request that is repeated below HTTP makes no second one.</summary>
    public async Task<(JobView Job, string Raw)> SubmitAsync(JobRequest job, CancellationToken ct) =>
        await SendAsync<JobView>(new(HttpMethod.Post, "v1/jobs") { Body = job, IsOnce = true }, ct);

    /// <summary>Submits many links.</summary>
    public async Task<(BatchView Batch, string Raw)> SubmitBatchAsync(BatchRequest batch, CancellationToken ct) =>
        await SendAsync<BatchView>(new(HttpMethod.Post, "v1/batches") { Body = batch, IsOnce = true }, ct);

    /// <summary>What an address answers, as it is.</summary>
    public Task<string> GetRawAsync(string path, CancellationToken ct) => SendRawAsync(new(HttpMethod.Get, path), ct);

    /// <summary>Sends a request and returns the body of the answer, on one line unless there is none.</summary>
    public async Task<string> SendRawAsync(ApiCall call, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(call.Method, call.Path)
        {
            Content = call.Body is { } body ? JsonContent.Create(body, body.GetType(), options: Json) : null,
        };
        if (call.IsOnce)
            request.Headers.Add("Idempotency-Key", $"\"{Guid.NewGuid():n}\"");
        using var deadline = Deadline();
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, ct);
        using var answer = await SendAsync(request, both.Token, ct);
        return await answer.Content.ReadAsStringAsync(both.Token);
    }

    async Task<(T Value, string Raw)> SendAsync<T>(ApiCall call, CancellationToken ct)
    {
        var raw = await SendRawAsync(call, ct);
        try
        {
            return (
                JsonSerializer.Deserialize<T>(raw, Json) ?? throw new FailureException($"{call.Path} answered null"),
                raw
            );
        }
        catch (JsonException e)
        {
            throw new FailureException($"{call.Path} did not answer as documented: {e.Message}");
        }
    }

    /// <summary>Reads a job.</summary>
    public Task<JobView> GetAsync(Guid id, CancellationToken ct) => GetAsync<JobView>($"v1/jobs/{id}", ct);

    /// <summary>Registers an address for the webhooks of every job.</summary>
    public async Task<WebhookEndpointView> RegisterAsync(Uri url, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/webhook-endpoints")
        {
            Content = JsonContent.Create(new { Url = url.AbsoluteUri }, options: Json),
        };
        return await CallAsync<WebhookEndpointView>(request, ct);
    }

    /// <summary>The registered addresses.</summary>
    public async Task<IReadOnlyList<WebhookEndpointView>> ListEndpointsAsync(CancellationToken ct) =>
        (await GetAsync<ListView<WebhookEndpointView>>("v1/webhook-endpoints", ct)).Data;

    /// <summary>Removes a registered address.</summary>
    public async Task RemoveEndpointAsync(Guid id, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, $"v1/webhook-endpoints/{id}");
        using var deadline = Deadline();
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, ct);
        using var answer = await SendAsync(request, both.Token, ct);
    }

    /// <summary>Downloads a result through its stable link.</summary>
    /// <returns>SHA-256 of what arrived, in lower-case hexadecimal.</returns>
    public async Task<string> DownloadAsync(JobFileView file, string path, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, file.ContentUrl);
        using var answer = await SendAsync(request, ct, ct);
        using var output = OutputFile.Create(path, file.Name);
        try
        {
            await using var body = await answer.Content.ReadAsStreamAsync(ct);
            var buffer = new byte[1 << 18];
            for (int read; (read = await body.ReadAsync(buffer, ct)) > 0; )
                output.Append(buffer.AsSpan(0, read));
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new FailureException($"the download of {file.Name} broke off: {e.Message}");
        }
        return output.Length == file.SizeBytes
            ? output.Commit().Sha256
            : throw new FailureException($"{file.Name} has {file.SizeBytes} bytes, {output.Length} arrived");
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    async Task<T> GetAsync<T>(string path, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await CallAsync<T>(request, ct);
    }

    async Task<T> CallAsync<T>(HttpRequestMessage request, CancellationToken ct)
    {
        using var deadline = Deadline();
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, ct);
        using var answer = await SendAsync(request, both.Token, ct);
        try
        {
            return await answer.Content.ReadFromJsonAsync<T>(Json, both.Token)
                ?? throw new FailureException($"{request.RequestUri} answered null");
        }
        catch (JsonException e)
        {
            throw new FailureException($"{request.RequestUri} did not answer as documented: {e.Message}");
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new FailureException($"{_http.BaseAddress} did not answer in time");
        }
    }

    async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken both, CancellationToken ct)
    {
        HttpResponseMessage answer;
        try
        {
            answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both);
        }
        catch (HttpRequestException e)
        {
            throw new FailureException($"cannot reach Fleet at {_http.BaseAddress}: {e.Message}");
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new FailureException($"{_http.BaseAddress} did not answer in time");
        }
        if (answer.IsSuccessStatusCode)
            return answer;
        using (answer)
            throw new FailureException(await DescribeAsync(answer, both));
    }

    static async Task<string> DescribeAsync(HttpResponseMessage answer, CancellationToken ct)
    {
        try
        {
            var problem = await answer.Content.ReadFromJsonAsync<ProblemView>(Json, ct);
            if (problem is { Code: { } code })
                return $"Fleet answered {code}: {problem.Detail ?? problem.Title}";
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or IOException)
        {
            // not one of ours: the status has to do
        }
        return $"{answer.RequestMessage?.RequestUri?.GetLeftPart(UriPartial.Path)} answered {(int)answer.StatusCode}";
    }

    CancellationTokenSource Deadline() => new(CallDeadline, _time);

    sealed record ProblemView(string? Code, string? Title, string? Detail);
}
