using System.Buffers;
using System.Security.Cryptography;
using Fleet.Jobs;
using Fleet.Sessions;
using Fleet.Storage;

namespace Fleet.Worker.Transfer;

/// <summary>
/// Goes on with an upload that an earlier claim left, of this job or another: the parts that the store lists are kept, the rest is fetched.
/// The hash cannot be carried over a killed process, so the finished object is read back for it.
/// </summary>
sealed class ResumedTransfer(MediaItem item, AssetClaim asset, JobAttempt attempt, TransferTools tools)
{
    const int ReadBytes = 1 << 20;

    readonly CancellationToken _ct = attempt.Token;

    /// <summary>Null when there is nothing to go on with: the transfer starts anew.</summary>
    public async Task<AssetResult?> RunOrNullAsync()
    {
        if (asset.Upload is not { } begun)
            return null;
        var upload = new MultipartUpload(begun.Key, begun.UploadId, begun.PartBytes);
        if (await PartsOrNullAsync(upload) is { } kept)
            await GoOnAsync(upload, kept);
        if (await tools.Store.FindAsync(upload.Key, _ct) is { } done && done.SizeBytes == item.SizeBytes)
            return begun.Facts is { } facts
                ? new(upload.Key, item.SizeBytes, await HashAsync(upload.Key), facts) { IsSource = true }
                : await new Conversion(item, asset, attempt, tools).RunAsync(upload.Key);
        await tools.Store.TryAbortAsync(upload);
        await tools.Store.TryDeleteAsync(upload.Key);
        await attempt.SaveAsync(asset, upload: null);
        return null;
    }

    /// <summary>The whole parts from the beginning without a gap; null when the upload is gone: completed, aborted or swept.</summary>
    async Task<List<UploadedPart>?> PartsOrNullAsync(MultipartUpload upload)
    {
        try
        {
            var stored = await tools.Store.ListPartsAsync(upload, _ct);
            return [.. stored.TakeWhile((part, n) => part.Number == n + 1 && part.SizeBytes == SizeOf(upload, n))];
        }
        catch (StorageException e) when (e.Error == StorageError.NoSuchUpload)
        {
            return null;
        }
    }

    long SizeOf(MultipartUpload upload, int index) =>
        Math.Min(upload.PartBytes, item.SizeBytes - (index * upload.PartBytes));

    async Task GoOnAsync(MultipartUpload upload, List<UploadedPart> kept)
    {
        var start = kept.Sum(p => p.SizeBytes);
        attempt.Kept(start);
        await attempt.SetStageAsync("downloading");
        using var live = tools.Live.Open(asset.AssetId, item.SizeBytes);
        var remote = new RemoteFile(item, attempt, live, tools.Desk, tools.Reading);
        await using var rest = new SourceUpload(upload, kept, item, attempt, tools);
        await foreach (var block in remote.ReadAsync(start, _ct))
        {
            attempt.Fetched(block.Memory.Length);
            await rest.AddAsync(block);
        }
        await attempt.SetStageAsync("uploading");
        await rest.CompleteAsync();
    }

    async Task<byte[]> HashAsync(string key)
    {
        await attempt.SetStageAsync("finalizing");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var stored = await tools.Store.OpenReadAsync(key, 0, length: null, _ct);
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        try
        {
            var total = 0L;
            int read;
            while ((read = await stored.ReadAsync(buffer, _ct)) > 0)
            {
                hash.AppendData(buffer, 0, read);
                total += read;
            }
            return total == item.SizeBytes
                ? hash.GetHashAndReset()
                : throw new TransferException($"{total} bytes could be read back of {item.SizeBytes}.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
