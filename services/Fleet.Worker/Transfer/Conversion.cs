using Fleet.Jobs;
using Fleet.Media;
using Fleet.Sessions;
using Fleet.Storage;
using Fleet.Telegram;

namespace Fleet.Worker.Transfer;

/// <summary>
/// Puts a document into another container, over local files. Its own bytes go into the store as well while they come,
/// so that a later claim has them when this one ends early; they are removed when the result is published.
/// </summary>
sealed class Conversion(MediaItem item, AssetClaim asset, JobAttempt attempt, TransferTools tools)
{
    readonly CancellationToken _ct = attempt.Token;

    /// <summary>Fetches the document, then converts it.</summary>
    public async Task<AssetResult> RunAsync(FileHead head, IAsyncEnumerator<MediaBlock> blocks)
    {
        using var folder = tools.WorkSpace.Create();
        var source = folder.File("source");
        DiskSpace.Ensure(source, item.SizeBytes);
        await FetchAsync(source, head, blocks);
        return await ConvertAsync(source, folder);
    }

    /// <summary>Converts a document that is in the store.</summary>
    public async Task<AssetResult> RunAsync(string sourceKey)
    {
        using var folder = tools.WorkSpace.Create();
        var source = folder.File("source");
        DiskSpace.Ensure(source, item.SizeBytes);
        await using (var stored = await tools.Store.OpenReadAsync(sourceKey, 0, length: null, _ct))
        await using (var file = NewFile(source))
        {
            await stored.CopyToAsync(file, _ct);
            Check(file.Length);
        }
        return await ConvertAsync(source, folder);
    }

    async Task FetchAsync(string path, FileHead head, IAsyncEnumerator<MediaBlock> blocks)
    {
        await using var file = NewFile(path);
        // A file that is whole already is fetched again as quickly as it would be read back.
        await using var upload =
            head.Bytes < item.SizeBytes
                ? await SourceUpload.StartAsync(KeyOf("source"), facts: null, asset, item, attempt, tools)
                : null;
        foreach (var block in head.Take())
            await KeepAsync(block, file, upload);
        while (await blocks.MoveNextAsync())
        {
            attempt.Fetched(blocks.Current.Memory.Length);
            await KeepAsync(blocks.Current, file, upload);
        }
        Check(file.Length);
        if (upload is not null)
            await upload.CompleteAsync();
    }

    /// <summary>Owns the block.</summary>
    async Task KeepAsync(MediaBlock block, FileStream file, SourceUpload? upload)
    {
        var handedOver = false;
        try
        {
            await file.WriteAsync(block.Memory, _ct);
            handedOver = upload is not null;
        }
        finally
        {
            if (!handedOver)
                block.Dispose();
        }
        if (upload is not null)
            await upload.AddAsync(block);
    }

    async Task<AssetResult> ConvertAsync(string source, WorkFolder folder)
    {
        await attempt.SetStageAsync("remuxing");
        var facts = await tools.Prober.ProbeAsync(source, isWhole: true, _ct);
        var plan = ResultPlan.Of(attempt.Claim.Options, facts);
        var path = source;
        if (plan.Action == PlanAction.Remux)
        {
            path = folder.File("result");
            facts = await tools.Remuxer.RemuxAsync(source, facts, plan, path, _ => { }, _ct);
            File.Delete(source);
        }

        await attempt.SetStageAsync("uploading");
        var description = FileDescription.Of(item, facts);
        var key = KeyOf(FileDescription.KeyName(description));
        var size = new FileInfo(path).Length;
        var upload = new LocalFileUpload(tools.Store, tools.Buffers, tools.Options.UploadParts);
        var sha256 = await upload.StoreAsync(path, key, description.ContentType, _ct);
        return new(key, size, sha256, description) { IsSource = plan.Action == PlanAction.KeepOriginal };
    }

    void Check(long bytes)
    {
        if (bytes != item.SizeBytes)
            throw new TransferException($"{bytes} bytes arrived of {item.SizeBytes}.");
    }

    string KeyOf(string name) => ObjectKey.ForAsset(asset.AssetId, asset.Job.Fence, name);

    static FileStream NewFile(string path) =>
        new(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1, useAsync: true);
}
