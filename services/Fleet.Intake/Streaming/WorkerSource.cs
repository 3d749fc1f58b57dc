using System.Buffers;
using System.Net.Http.Headers;
using Microsoft.Extensions.Options;

namespace Fleet.Intake.Streaming;

/// <summary>How the services of the fleet recognize each other. Section <c>Broker</c>.</summary>
public sealed record FleetAccess
{
    /// <summary>The service token; without it there are no live streams.</summary>
    public string? Token { get; init; }
}

/// <summary>Bytes of files from the workers that read them.</summary>
sealed class WorkerSource(IHttpClientFactory clients, IOptions<FleetAccess> access, TimeProvider time)
{
    /// <summary>Name of the HTTP client.</summary>
    public const string HttpClient = "worker";

    const int CopyBytes = 128 << 10;

    /// <summary>A worker that sends nothing for so long stands still, or must wait longer than a reader would.</summary>
    static readonly TimeSpan Stall = TimeSpan.FromSeconds(30);

    /// <summary>Whether workers can be asked at all.</summary>
    public bool IsConfigured => access.Value.Token is { Length: > 0 };

    /// <summary>Copies what the worker gives of a range.</summary>
    /// <returns>Bytes copied; fewer than asked for when the worker has them no more, has gone or stands still.</returns>
    public async Task<long> CopyAsync(string worker, Guid asset, long start, long end, Stream to, CancellationToken ct)
    {
        if (!Uri.TryCreate(worker, UriKind.Absolute, out var root) || root.Scheme is not ("http" or "https"))
            return 0;
        var path = FormattableString.Invariant($"internal/v1/assets/{asset}/source?start={start}&end={end}");
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(root, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", access.Value.Token);
        using var quiet = new CancellationTokenSource(Stall, time);
        await using var gone = ct.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), quiet);
        var buffer = ArrayPool<byte>.Shared.Rent(CopyBytes);
        var copied = 0L;
        try
        {
            using var response = await clients
                .CreateClient(HttpClient)
                .SendAsync(request, HttpCompletionOption.ResponseHeadersRead, quiet.Token);
            if (!response.IsSuccessStatusCode)
                return 0;
            await using var body = await response.Content.ReadAsStreamAsync(quiet.Token);
            for (int read; (read = await body.ReadAsync(buffer, quiet.Token)) > 0; copied += read)
            {
                quiet.CancelAfter(Timeout.InfiniteTimeSpan); // the reader may take its time
                await to.WriteAsync(buffer.AsMemory(0, read), ct);
                quiet.CancelAfter(Stall);
            }
        }
        catch (Exception e)
            when (e is HttpRequestException or IOException or OperationCanceledException && !ct.IsCancellationRequested)
        {
            // it failed or stands still; whoever has the file next goes on
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        return copied;
    }
}
