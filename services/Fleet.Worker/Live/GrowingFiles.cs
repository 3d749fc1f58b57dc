using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Fleet.Worker.Live;

/// <summary>Serves the growing files of this worker to its own FFmpeg, each under an address that nobody can guess and that ends with the conversion.</summary>
sealed class GrowingFiles(WorkerAddress address)
{
    const int TokenBytes = 16;

    readonly ConcurrentDictionary<string, GrowingFile> _files = new(StringComparer.Ordinal);

    public async Task<Serving> ServeAsync(GrowingFile file, CancellationToken ct)
    {
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(TokenBytes));
        var at = new Uri(new Uri(await address.FindAsync(ct)), $"/internal/v1/growing/{token}");
        _files[token] = file;
        return new(at, () => _files.TryRemove(token, out _));
    }

    public GrowingFile? FindOrNull(string token) => _files.GetValueOrDefault(token);

    /// <summary>Until it is disposed the file is at the address.</summary>
    public sealed record Serving(Uri Address, Action End) : IDisposable
    {
        public void Dispose() => End();
    }
}
