using System.Buffers;
using System.Security.Cryptography;
using Fleet.Storage;

namespace Fleet.Worker.Transfer;

/// <summary>Stores a local file: parts in parallel out of a fixed set of buffers, the hash in file order.</summary>
sealed class LocalFileUpload(IObjectStore store, FilePartBuffers buffers, int parallel)
{
    /// <summary>Uploads the file; on any failure nothing is left in the store.</summary>
    /// <returns>Its SHA-256.</returns>
    public async Task<byte[]> StoreAsync(string path, string key, string contentType, CancellationToken ct)
    {
        var size = new FileInfo(path).Length;
        var upload = await store.StartAsync(key, contentType, FilePartBuffers.BufferBytes, ct);
        var done = false;
        try
        {
            var (parts, sha256) = await SendAsync(path, size, upload, ct);
            await store.CompleteAsync(upload, parts, ct);
            done = true;
            return sha256;
        }
        finally
        {
            if (!done)
                await store.TryAbortAsync(upload);
        }
    }

    async Task<(IReadOnlyList<UploadedPart> Parts, byte[] Sha256)> SendAsync(
        string path,
        long size,
        MultipartUpload upload,
        CancellationToken ct
    )
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var places = new SemaphoreSlim(parallel, parallel);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, useAsync: true);
        var parts = new List<Task<UploadedPart>>();
        try
        {
            for (var number = 1; number <= PartPolicy.PartCount(size, upload.PartBytes); number++)
            {
                await places.WaitAsync(stop.Token);
                var (buffer, length) = await ReadAsync(file, stop.Token);
                hash.AppendData(buffer, 0, length);
                parts.Add(SendAsync(upload, number, buffer, length, places, stop));
            }
            return (await Task.WhenAll(parts), hash.GetHashAndReset());
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            await Task.WhenAll(parts); // throws what stopped the others
            throw;
        }
        finally
        {
            await stop.CancelAsync();
            await ((Task)Task.WhenAll(parts)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    async Task<(byte[] Buffer, int Length)> ReadAsync(FileStream file, CancellationToken ct)
    {
        var buffer = await buffers.RentAsync(ct);
        var read = false;
        try
        {
            var length = await file.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct);
            read = true;
            return (buffer, length);
        }
        finally
        {
            if (!read)
                buffers.Return(buffer);
        }
    }

    async Task<UploadedPart> SendAsync(
        MultipartUpload upload,
        int number,
        byte[] buffer,
        int length,
        SemaphoreSlim places,
        CancellationTokenSource stop
    )
    {
        try
        {
            return await store.UploadPartAsync(
                upload,
                number,
                new ReadOnlySequence<byte>(buffer, 0, length),
                stop.Token
            );
        }
        catch (StorageException)
        {
            await stop.CancelAsync();
            throw;
        }
        finally
        {
            buffers.Return(buffer);
            places.Release();
        }
    }
}
