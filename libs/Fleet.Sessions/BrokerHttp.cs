using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Fleet.Sessions;

/// <summary>
/// Calls of the fleet's internal HTTP API: service token, deadline, bounded answers, problems as
/// <see cref="BrokerException"/> and nothing else thrown (but cancellation). It never retries.
/// </summary>
/// <param name="http">Owned by the caller; its own timeout should be infinite. W3C trace context flows by itself.</param>
/// <param name="root">Address of the other service.</param>
/// <param name="options">Token and deadline.</param>
/// <param name="time">Clock of the deadline.</param>
public sealed class BrokerHttp(HttpClient http, Uri root, BrokerOptions options, TimeProvider time)
{
    const int MaxAnswerBytes = 4 << 20;

    readonly Uri _root = new(root, "/internal/v1/");

    /// <summary>Posts a request and reads the answer.</summary>
    /// <exception cref="BrokerException">Refused, or not reached.</exception>
    public async Task<TAnswer> PostAsync<TRequest, TAnswer>(
        string path,
        TRequest request,
        JsonTypeInfo<TRequest> requestType,
        JsonTypeInfo<TAnswer> answerType,
        CancellationToken ct
    )
        where TAnswer : class
    {
        using var body = JsonContent.Create(request, requestType);
        return await SendAsync(HttpMethod.Post, path, body, answerType, ct)
            ?? throw Unavailable("the answer is null", inner: null);
    }

    /// <summary>Reads an answer to a request without a body.</summary>
    /// <exception cref="BrokerException">Refused, or not reached.</exception>
    public async Task<TAnswer> GetAsync<TAnswer>(string path, JsonTypeInfo<TAnswer> answerType, CancellationToken ct)
        where TAnswer : class =>
        await SendAsync(HttpMethod.Get, path, body: null, answerType, ct)
        ?? throw Unavailable("the answer is null", inner: null);

    /// <summary>Sends a request without a body, and expects none.</summary>
    /// <exception cref="BrokerException">Refused, or not reached.</exception>
    public Task SendAsync(HttpMethod method, string path, CancellationToken ct) =>
        SendAsync<BrokerProblem>(method, path, body: null, answer: null, ct);

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
        if (problem?.Code is not { Length: > 0 } code)
            return Unavailable($"HTTP status {status} without a code", inner: null);
        return status >= 500 && !BrokerCodes.IsTransient(code)
            ? Unavailable(code, inner: null)
            : new BrokerException(code, problem.Detail, problem.RetryAt);
    }

    static BrokerException Unavailable(string detail, Exception? inner) =>
        new(BrokerCodes.BrokerUnavailable, detail, inner: inner);
}
