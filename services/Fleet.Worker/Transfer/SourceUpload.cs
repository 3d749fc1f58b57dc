using Fleet.Jobs;
using Fleet.Sessions;
using Fleet.Storage;
using Fleet.Telegram;

namespace Fleet.Worker.Transfer;

/// <summary>A document's own bytes on their way into the store, written down so that a later claim goes on with them.</summary>
sealed class SourceUpload : IAsyncDisposable
{
    readonly MediaItem _item;
    readonly JobAttempt _attempt;
    readonly TransferTools _tools;
    readonly MultipartUpload _upload;
    readonly IReadOnlyList<UploadedPart> _kept;
    readonly PartUpload _parts;

    /// <param name="kept">Its first parts, which are stored already.</param>
    public SourceUpload(
        MultipartUpload upload,
        IReadOnlyList<UploadedPart> kept,
        MediaItem item,
        JobAttempt attempt,
        TransferTools tools
    )
    {
        (_item, _attempt, _tools, _upload, _kept) = (item, attempt, tools, upload, kept);
        _parts = new(tools.Store, upload, kept.Count + 1, tools.Options.UploadParts, attempt.Token);
    }

    /// <summary>Begins one.</summary>
    /// <param name="facts">What the result is, when it is these bytes; null when they are yet to be put into another container.</param>
    public static async Task<SourceUpload> StartAsync(
        string key,
        ResultFacts? facts,
        AssetClaim asset,
        MediaItem item,
        JobAttempt attempt,
        TransferTools tools
    )
    {
        var partBytes = PartPolicy.PartBytes(item.SizeBytes);
        var upload = await tools.Store.StartAsync(
            key,
            facts?.ContentType ?? "application/octet-stream",
            partBytes,
            attempt.Token
        );
        var saved = false;
        try
        {
            await attempt.SaveAsync(asset, new(upload.Key, upload.UploadId, upload.PartBytes, facts));
            saved = true;
        }
        finally
        {
            if (!saved)
                await tools.Store.TryAbortAsync(upload); // nobody will ever find it
        }
        return new(upload, [], item, attempt, tools);
    }

    /// <summary>Takes the next block, and its ownership. Waits while all upload places are taken.</summary>
    /// <exception cref="StorageException">An earlier part could not be stored.</exception>
    public Task AddAsync(MediaBlock block) => _parts.AddAsync(block);

    /// <summary>Makes it an object of exactly the document's size.</summary>
    public async Task CompleteAsync()
    {
        IReadOnlyList<UploadedPart> parts = [.. _kept, .. await _parts.FinishAsync()];
        var stored = await _tools.Store.CompleteAsync(_upload, parts, _attempt.Token);
        if (stored.SizeBytes != _item.SizeBytes)
            throw new TransferException($"{stored.SizeBytes} bytes were stored of {_item.SizeBytes}.");
    }

    public ValueTask DisposeAsync() => _parts.DisposeAsync();
}
