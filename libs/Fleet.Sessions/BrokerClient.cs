using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Fleet.Sessions;

/// <summary>
/// Client of the broker's internal API. Every call ends within <see cref="BrokerOptions.Deadline"/>, and fails with
/// <see cref="BrokerException"/> and nothing else (but cancellation). It never retries: the caller knows what waits.
/// </summary>
/// <param name="http">Owned by the caller; its own timeout should be infinite. W3C trace context flows by itself.</param>
/// <param name="options">Address, token and deadline.</param>
/// <param name="time">Clock of the deadline.</param>
public sealed class BrokerClient(HttpClient http, BrokerOptions options, TimeProvider time)
{
    const int MaxAnswerBytes = 4 << 20;

    readonly Uri _root = new(
        options.Url ?? throw new ArgumentException("Broker:Url is not set", nameof(options)),
        "/internal/v1/"
    );

    /// <summary>What a link holds.</summary>
    /// <exception cref="BrokerException">link_*, message_not_found, no_media, content_protected, source_private, no_account, flood.</exception>
    public Task<ResolveResponse> ResolveAsync(string link, CancellationToken ct) =>
        PostAsync(
            "resolve",
            Body(new ResolveRequest { Link = link }, BrokerJson.Default.ResolveRequest),
            BrokerJson.Default.ResolveResponse,
            ct
        );

    /// <summary>An account and a key to read one document.</summary>
    /// <exception cref="BrokerException">no_account; flood and no_capacity with a time; message_not_found.</exception>
    public Task<LeaseGrant> LeaseAsync(LeaseRequest request, CancellationToken ct) =>
        PostAsync("leases", Body(request, BrokerJson.Default.LeaseRequest), BrokerJson.Default.LeaseGrant, ct);

    /// <summary>Keeps a lease, and reports how its calls ended.</summary>
    /// <exception cref="BrokerException">stale_fence: stop using the lease at once.</exception>
    public Task<RenewResponse> RenewAsync(string leaseId, RenewRequest request, CancellationToken ct) =>
        PostAsync(
            $"leases/{Uri.EscapeDataString(leaseId)}/renew",
            Body(request, BrokerJson.Default.RenewRequest),
            BrokerJson.Default.RenewResponse,
            ct
        );

    /// <summary>A fresh file reference for the leased document.</summary>
    /// <exception cref="BrokerException">stale_fence; message_not_found when the message is gone.</exception>
    public Task<LocationResponse> RefreshLocationAsync(string leaseId, LocationRequest request, CancellationToken ct) =>
        PostAsync(
            $"leases/{Uri.EscapeDataString(leaseId)}/location",
            Body(request, BrokerJson.Default.LocationRequest),
            BrokerJson.Default.LocationResponse,
            ct
        );

    /// <summary>Gives a lease back; giving back one that is gone is not an error.</summary>
    /// <exception cref="BrokerException">The broker cannot be reached.</exception>
    public Task ReleaseAsync(string leaseId, long fence, CancellationToken ct) =>
        SendAsync<BrokerProblem>(
            HttpMethod.Delete,
            $"leases/{Uri.EscapeDataString(leaseId)}?fence={fence}",
            body: null,
            answer: null,
            ct
        );

    static JsonContent Body<T>(T value, JsonTypeInfo<T> type) => JsonContent.Create(value, type);

    async Task<T> PostAsync<T>(string path, HttpContent body, JsonTypeInfo<T> answer, CancellationToken ct)
        where T : class =>
        await SendAsync(HttpMethod.Post, path, body, answer, ct)
        ?? throw Unavailable("the answer is null", inner: null);

    async Task<T?> SendAsync<T>(
        HttpMethod method,
        string path,
        HttpContent? body,
        JsonTypeInfo<T>? answer,
        CancellationToken ct
    )
        where T : class
    {
        using var deadline = new CancellationTokenSource(options.Deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, ct);
        using var request = new HttpRequestMessage(method, new Uri(_root, path)) { Content = body };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", options.Token);
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            await response.Content.LoadIntoBufferAsync(MaxAnswerBytes, either.Token);
            if (!response.IsSuccessStatusCode)
                throw await ProblemAsync(response, either.Token);
            return answer is null ? null : await response.Content.ReadFromJsonAsync(answer, either.Token);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw Unavailable($"no answer within {options.Deadline}", e);
        }
        catch (HttpRequestException e)
        {
            throw Unavailable(e.Message, e);
        }
        catch (JsonException e)
        {
            throw Unavailable("the answer is not of the contract's form", e);
        }
    }

    static async Task<BrokerException> ProblemAsync(HttpResponseMessage response, CancellationToken ct)
    {
        var status = (int)response.StatusCode;
        var isProblem = response.Content.Headers.ContentType?.MediaType is "application/problem+json";
        var problem = isProblem ? await response.Content.ReadFromJsonAsync(BrokerJson.Default.BrokerProblem, ct) : null;
        return problem?.Code is { Length: > 0 } code
            ? new BrokerException(code, problem.Detail, problem.RetryAt)
            : Unavailable($"HTTP status {status} without a code", inner: null);
    }

    static BrokerException Unavailable(string detail, Exception? inner) =>
        new(BrokerCodes.BrokerUnavailable, detail, inner: inner);
}
