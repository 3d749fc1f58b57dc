using System.Security.Cryptography;
using Fleet.Jobs;
using Fleet.Media;
using Fleet.Sessions;
using Fleet.Storage;
using Fleet.Telegram;

namespace Fleet.Worker.Transfer;

/// <summary>
/// Brings one document into the store: straight through when its bytes stay as they are, else by a <see cref="Conversion"/>.
/// Plans from the first part, before anything is stored.
/// </summary>
sealed class ItemTransfer(MediaItem item, AssetClaim asset, JobAttempt attempt, TransferTools tools)
{
    readonly CancellationToken _ct = attempt.Token;

    public async Task<AssetResult> RunAsync()
    {
        if (await new ResumedTransfer(item, asset, attempt, tools).RunOrNullAsync() is { } resumed)
            return resumed;
        await attempt.SetStageAsync("downloading");
        using var live = tools.Live.Open(asset.AssetId, item.SizeBytes);
        var remote = new RemoteFile(item, attempt, live, tools.Desk, tools.Reading);
        await using var blocks = remote.ReadAsync(0, _ct).GetAsyncEnumerator(_ct);
        using var head = await FileHead.ReadAsync(blocks, attempt);
        var facts = await ProbeAsync(head);
        return KeepsOriginal(facts)
            ? await PassThroughAsync(head, blocks, facts)
            : await new Conversion(item, asset, attempt, tools).RunAsync(head, blocks, facts, live);
    }

    /// <exception cref="Media.MediaException">The head tells already that it cannot be had as asked for.</exception>
    bool KeepsOriginal(MediaFacts facts)
    {
        if (asset.Sound is not null)
            return false;
        var plan = ResultPlan.Of(asset.Options, facts);
        if (plan.Action == PlanAction.Remux)
            tools.Remuxer.Check(plan, facts);
        return plan.Action == PlanAction.KeepOriginal;
    }

    async Task<MediaFacts> ProbeAsync(FileHead head)
    {
        var isWhole = head.Bytes == item.SizeBytes;
        if (!head.MayBeMedia(item))
            return new(Container: null, IndexPlace.None, Info: null, isWhole);
        using var folder = tools.WorkSpace.Create();
        await head.WriteAsync(folder.File("head"), _ct);
        return await tools.Prober.ProbeAsync(folder.File("head"), isWhole, _ct);
    }

    async Task<AssetResult> PassThroughAsync(FileHead head, IAsyncEnumerator<MediaBlock> blocks, MediaFacts facts)
    {
        var description = FileDescription.Of(item, facts);
        var key = KeyOf(description);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        if (head.Bytes == item.SizeBytes)
        {
            if (await blocks.MoveNextAsync())
                throw new TransferException($"The file goes on behind byte {item.SizeBytes}.");
            foreach (var block in head.Blocks)
                hash.AppendData(block.Memory.Span);
            await tools.Store.PutAsync(key, description.ContentType, BlockSequence.Of([.. head.Blocks]), _ct);
            return new(key, item.SizeBytes, hash.GetHashAndReset(), description) { IsSource = true };
        }

        await using var upload = await SourceUpload.StartAsync(key, description, asset, item, attempt, tools);
        foreach (var block in head.Take())
        {
            hash.AppendData(block.Memory.Span);
            await upload.AddAsync(block);
        }
        while (await blocks.MoveNextAsync())
        {
            var block = blocks.Current;
            attempt.Fetched(block.Memory.Length);
            hash.AppendData(block.Memory.Span);
            await upload.AddAsync(block);
        }
        await attempt.SetStageAsync("uploading");
        await upload.CompleteAsync();
        return new(key, item.SizeBytes, hash.GetHashAndReset(), description) { IsSource = true };
    }

    string KeyOf(ResultFacts description) =>
        ObjectKey.ForAsset(asset.AssetId, asset.Job.Fence, FileDescription.KeyName(description));
}
