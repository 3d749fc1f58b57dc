using System.Security.Cryptography;
using Fleet.Jobs;
using Fleet.Media;
using Fleet.Sessions;
using Fleet.Storage;
using Fleet.Telegram;

namespace Fleet.Worker.Transfer;

/// <summary>
/// Brings one document into the store: straight through when its bytes stay as they are, over a local file when FFmpeg
/// must see it whole. Plans from the first part, before anything is stored.
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
        return Plan(facts).Action == PlanAction.KeepOriginal
            ? await PassThroughAsync(head, blocks, facts)
            : await OverDiskAsync(head, blocks);
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

    MediaPlan Plan(MediaFacts facts)
    {
        var options = attempt.Claim.Options;
        var target = options.Container switch
        {
            ResultContainer.Auto => MediaTarget.Auto,
            ResultContainer.Original => MediaTarget.Original,
            ResultContainer.Mp4 => MediaTarget.Mp4,
            var other => throw new Media.MediaException(
                Media.MediaErrors.Unsupported,
                $"Results of kind {other.ToString().ToLowerInvariant()} cannot be made yet."
            ),
        };
        var audio = new AudioSelection(options.Audio.Index, options.Audio.Languages, options.Audio.KeepAll);
        return MediaPlanner.Plan(target, audio, facts);
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

        var partBytes = PartPolicy.PartBytes(item.SizeBytes);
        var upload = await tools.Store.StartAsync(key, description.ContentType, partBytes, _ct);
        await SaveAsync(upload, description);
        await using var parts = new PartUpload(tools.Store, upload, firstPart: 1, tools.Options.UploadParts, _ct);
        foreach (var block in head.Take())
        {
            hash.AppendData(block.Memory.Span);
            await parts.AddAsync(block);
        }
        while (await blocks.MoveNextAsync())
        {
            var block = blocks.Current;
            attempt.Fetched(block.Memory.Length);
            hash.AppendData(block.Memory.Span);
            await parts.AddAsync(block);
        }
        await attempt.SetStageAsync("uploading");
        var stored = await tools.Store.CompleteAsync(upload, await parts.FinishAsync(), _ct);
        return stored.SizeBytes == item.SizeBytes
            ? new(key, item.SizeBytes, hash.GetHashAndReset(), description) { IsSource = true }
            : throw new TransferException($"{stored.SizeBytes} bytes were stored of {item.SizeBytes}.");
    }

    /// <summary>From here on a later claim goes on with this upload. When that cannot be written down, nobody ever will.</summary>
    async Task SaveAsync(MultipartUpload upload, ResultFacts description)
    {
        var saved = false;
        try
        {
            await attempt.SaveAsync(asset, new(upload.Key, upload.UploadId, upload.PartBytes, description));
            saved = true;
        }
        finally
        {
            if (!saved)
                await tools.Store.TryAbortAsync(upload);
        }
    }

    async Task<AssetResult> OverDiskAsync(FileHead head, IAsyncEnumerator<MediaBlock> blocks)
    {
        using var folder = tools.WorkSpace.Create();
        var path = folder.File("source");
        DiskSpace.Ensure(path, item.SizeBytes);
        await SpoolAsync(path, head, blocks);

        await attempt.SetStageAsync("remuxing");
        var facts = await tools.Prober.ProbeAsync(path, isWhole: true, _ct);
        var plan = Plan(facts);
        if (plan.Action == PlanAction.Remux)
        {
            var source = path;
            path = folder.File("result");
            facts = await tools.Remuxer.RemuxAsync(source, facts, plan, path, _ => { }, _ct);
            File.Delete(source);
        }

        await attempt.SetStageAsync("uploading");
        var description = FileDescription.Of(item, facts);
        var key = KeyOf(description);
        var size = new FileInfo(path).Length;
        var upload = new LocalFileUpload(tools.Store, tools.Buffers, tools.Options.UploadParts);
        var sha256 = await upload.StoreAsync(path, key, description.ContentType, _ct);
        return new(key, size, sha256, description) { IsSource = plan.Action == PlanAction.KeepOriginal };
    }

    async Task SpoolAsync(string path, FileHead head, IAsyncEnumerator<MediaBlock> blocks)
    {
        await using var file = new FileStream(
            path,
            FileMode.CreateNew,
            FileAccess.Write,
            FileShare.Read,
            1,
            useAsync: true
        );
        foreach (var block in head.Take())
        {
            using (block)
                await file.WriteAsync(block.Memory, _ct);
        }
        while (await blocks.MoveNextAsync())
        {
            using var block = blocks.Current;
            await file.WriteAsync(block.Memory, _ct);
            attempt.Fetched(block.Memory.Length);
        }
        if (file.Length != item.SizeBytes)
            throw new TransferException($"{file.Length} bytes arrived of {item.SizeBytes}.");
    }

    string KeyOf(ResultFacts description) =>
        ObjectKey.ForAsset(asset.AssetId, asset.Job.Fence, FileDescription.KeyName(description));
}
