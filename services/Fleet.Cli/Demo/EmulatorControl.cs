using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fleet.Cli;

/// <summary>A document that the emulated Telegram serves.</summary>
/// <param name="Link">Of its message.</param>
/// <param name="Sha256">Lower-case hexadecimal.</param>
sealed record PostedDocument(string Link, string Sha256, long Size);

/// <summary>What to post: a file on disk, or content generated from a seed.</summary>
sealed record DocumentToPost
{
    public string? File { get; init; }
    public long? Seed { get; init; }
    public long? Size { get; init; }
    public required string Name { get; init; }
    public required string Mime { get; init; }

    /// <summary>The data centre that stores it.</summary>
    public required int Dc { get; init; }
}

/// <summary>The control port of the Telegram emulator.</summary>
sealed class EmulatorControl(Uri address, TimeProvider time) : IDisposable
{
    const string Channel = "fleetdemo";
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    readonly HttpClient _http = new() { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Posts a message with a document to the demo channel.</summary>
    public async Task<PostedDocument> PostAsync(DocumentToPost document, CancellationToken ct)
    {
        using var deadline = new CancellationTokenSource(Deadline, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, ct);
        try
        {
            using var answer = await _http.PostAsJsonAsync($"channels/{Channel}/messages", document, Json, both.Token);
            if (!answer.IsSuccessStatusCode)
                throw new FailureException(
                    $"the emulator refused {document.Name}: {await TextAsync(answer, both.Token)}"
                );
            return await answer.Content.ReadFromJsonAsync<PostedDocument>(Json, both.Token)
                ?? throw new FailureException("the emulator answered null");
        }
        catch (HttpRequestException e)
        {
            throw new FailureException($"cannot reach the emulator at {address}: {e.Message}");
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new FailureException($"the emulator at {address} did not answer in time");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    static async Task<string> TextAsync(HttpResponseMessage answer, CancellationToken ct) =>
        (await answer.Content.ReadAsStringAsync(ct)).Trim();
}
