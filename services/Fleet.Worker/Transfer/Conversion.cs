using System.Globalization;
using Fleet.Jobs;
using Fleet.Media;
using Fleet.Sessions;
using Fleet.Storage;
using Fleet.Telegram;
using Fleet.Worker.Live;

namespace Fleet.Worker.Transfer;

/// <summary>
/// Puts a document into another container, over local files. Its own bytes go into the store as well while they come,
/// so that a later claim has them when this one ends early; they are removed when the result is published.
/// </summary>
sealed partial class Conversion(MediaItem item, AssetClaim asset, JobAttempt attempt, TransferTools tools)
{
    readonly CancellationToken _ct = attempt.Token;

    /// <summary>Fetches the document, and converts it meanwhile when FFmpeg can read it while it comes.</summary>
    /// <param name="facts">What its first bytes say.</param>
    public async Task<AssetResult> RunAsync(
        FileHead head,
        IAsyncEnumerator<MediaBlock> blocks,
        MediaFacts facts,
        LiveFile live
    )
    {
        using var folder = tools.WorkSpace.Create();
        var source = folder.File("source");
        DiskSpace.Ensure(source, (2 * item.SizeBytes) + (2 * (asset.Sound?.SizeBytes ?? 0)));
        var sound = await LoadSoundAsync(folder);
        using var growing = new GrowingFile(source, live, tools.Live);
        await using var file = NewFile(source);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_ct);
        // What is whole already is converted without a network.
        var converting =
            head.Bytes < item.SizeBytes
                ? TryConvertAsync(growing, facts, sound, folder, stop.Token)
                : Task.FromResult<Converted?>(null);
        var isFetched = false;
        try
        {
            await FetchAsync(file, head, blocks, growing);
            await attempt.SetStageAsync("remuxing");
            isFetched = true;
            return await StoreAsync(await converting ?? await ConvertAsync(source, sound, folder));
        }
        finally
        {
            await stop.CancelAsync();
            await ((Task)converting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!isFetched && converting.IsCompletedSuccessfully && await converting is { } unwanted)
                await unwanted.Upload.DisposeAsync();
        }
    }

    /// <summary>Converts a document that is in the store.</summary>
    public async Task<AssetResult> RunAsync(string sourceKey)
    {
        using var folder = tools.WorkSpace.Create();
        var source = folder.File("source");
        DiskSpace.Ensure(source, item.SizeBytes + (asset.Sound?.SizeBytes ?? 0));
        var sound = await LoadSoundAsync(folder);
        await LoadAsync(sourceKey, source, item.SizeBytes);
        await attempt.SetStageAsync("remuxing");
        return await StoreAsync(await ConvertAsync(source, sound, folder));
    }

    /// <summary>The file that the sound comes from, which is in the store; null when the document keeps its own.</summary>
    async Task<Sound?> LoadSoundAsync(WorkFolder folder)
    {
        if (asset.Sound is not { } stored)
            return null;
        var path = folder.File("sound");
        await LoadAsync(stored.Key, path, stored.SizeBytes);
        var facts = await tools.Prober.ProbeAsync(path, isWhole: true, _ct);
        return new(
            MediaInput.File(path, stored.SizeBytes),
            facts.Info
                ?? throw new Media.MediaException(
                    Media.MediaErrors.Invalid,
                    "The sound is no media file that can be read."
                )
        );
    }

    async Task LoadAsync(string key, string path, long bytes)
    {
        await using var stored = await tools.Store.OpenReadAsync(key, 0, length: null, _ct);
        await using var file = NewFile(path);
        await stored.CopyToAsync(file, _ct);
        Check(file.Length, bytes);
    }

    async Task FetchAsync(FileStream file, FileHead head, IAsyncEnumerator<MediaBlock> blocks, GrowingFile growing)
    {
        // A file that is whole already is fetched again as quickly as it would be read back.
        await using var upload =
            head.Bytes < item.SizeBytes
                ? await SourceUpload.StartAsync(KeyOf("source"), facts: null, asset, item, attempt, tools)
                : null;
        foreach (var block in head.Take())
            await KeepAsync(block, file, growing, upload);
        while (await blocks.MoveNextAsync())
        {
            attempt.Fetched(blocks.Current.Memory.Length);
            await KeepAsync(blocks.Current, file, growing, upload);
        }
        Check(file.Length, item.SizeBytes);
        if (upload is not null)
            await upload.CompleteAsync();
    }

    /// <summary>Owns the block.</summary>
    async Task KeepAsync(MediaBlock block, FileStream file, GrowingFile growing, SourceUpload? upload)
    {
        var handedOver = false;
        try
        {
            await file.WriteAsync(block.Memory, _ct);
            growing.Grew(block.Memory.Length);
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

    /// <summary>
    /// Converts the file while it comes. Null when that cannot be done, or did not go well: a file whose sound lies far from its
    /// picture, for instance, is better read when it is whole.
    /// </summary>
    async Task<Converted?> TryConvertAsync(
        GrowingFile source,
        MediaFacts head,
        Sound? sound,
        WorkFolder folder,
        CancellationToken ct
    )
    {
        using var serving = await tools.Growing.ServeAsync(source, ct);
        var input = MediaInput.ServedOrNull(
            serving.Address,
            item.SizeBytes,
            head.Container ?? "",
            () => source.IsWaitedFor
        );
        if (input is null)
            return null;
        try
        {
            (input, var facts) = Join(input, await tools.Prober.ProbeAsync(input, head, folder.Path, ct), sound);
            var plan = ResultPlan.Of(asset.Options, facts);
            return plan.Action == PlanAction.Remux
                ? await RemuxAsync(input, facts, plan, folder.File("streamed"), ct)
                : null;
        }
        catch (Media.MediaException e)
        {
            NotStreamed(tools.Log, item.DocumentId, e.Code, e.Message);
            return null;
        }
    }

    async Task<Converted> ConvertAsync(string source, Sound? sound, WorkFolder folder)
    {
        var probed = await tools.Prober.ProbeAsync(source, isWhole: true, _ct);
        var (input, facts) = Join(MediaInput.File(source, item.SizeBytes), probed, sound);
        var plan = ResultPlan.Of(asset.Options, facts);
        if (plan.Action == PlanAction.Remux)
            return await RemuxAsync(input, facts, plan, folder.File("result"), _ct);
        return new(source, facts, await StartUploadAsync(source, facts, _ct), plan);
    }

    static (MediaInput Input, MediaFacts Facts) Join(MediaInput input, MediaFacts facts, Sound? sound)
    {
        if (sound is null)
            return (input, facts);
        var info =
            facts.Info
            ?? throw new Media.MediaException(Media.MediaErrors.Invalid, "This is not a media file that can be read.");
        return (
            input with
            {
                Start = info.Start,
                Sound = sound.Input with { Start = sound.Info.Start },
            },
            facts with
            {
                Container = MediaInfo.Separate,
                Index = IndexPlace.None,
                Info = MediaInfo.Join(info, sound.Info),
            }
        );
    }

    /// <summary>The result goes into the store as FFmpeg writes it.</summary>
    async Task<Converted> RemuxAsync(
        MediaInput input,
        MediaFacts facts,
        MediaPlan plan,
        string path,
        CancellationToken ct
    )
    {
        var upload = await StartUploadAsync(path, plan.Foresee(facts.Info!), ct);
        using var written = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var following = upload.FollowAsync(tools.Time, written.Token);
        var isDone = false;
        try
        {
            var result = await tools.Remuxer.RemuxAsync(input, facts, plan, path, _ => { }, ct);
            await written.CancelAsync();
            await following;
            isDone = true;
            return new(path, result, upload, plan);
        }
        finally
        {
            if (!isDone)
            {
                await written.CancelAsync();
                await following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await upload.DisposeAsync();
            }
        }
    }

    Task<FileUpload> StartUploadAsync(string path, MediaFacts facts, CancellationToken ct)
    {
        var description = FileDescription.Of(item, facts);
        return FileUpload.StartAsync(
            path,
            KeyOf(FileDescription.KeyName(description)),
            description.ContentType,
            tools.Store,
            tools.Buffers,
            tools.Options.UploadParts,
            ct
        );
    }

    async Task<AssetResult> StoreAsync(Converted converted)
    {
        await using var upload = converted.Upload;
        await attempt.SetStageAsync("uploading");
        var sha256 = await upload.FinishAsync();
        var size = new FileInfo(converted.Path).Length;
        return new(upload.Upload.Key, size, sha256, FileDescription.Of(item, converted.Facts))
        {
            IsSource = converted.Plan.Action == PlanAction.KeepOriginal,
            SideFiles = await StoreSubtitlesAsync(converted),
        };
    }

    async Task<IReadOnlyList<SideFile>> StoreSubtitlesAsync(Converted converted)
    {
        const string Type = "text/vtt";
        var stored = new List<SideFile>();
        var files = Remuxer.SideFiles(converted.Plan, converted.Path);
        foreach (var (stream, path) in converted.Plan.Extracted.Zip(files))
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"subtitles-{stored.Count + 1}");
            await using var upload = await FileUpload.StartAsync(
                path,
                KeyOf($"{id}.vtt"),
                Type,
                tools.Store,
                tools.Buffers,
                tools.Options.UploadParts,
                _ct
            );
            var sha256 = await upload.FinishAsync();
            var info = new StreamInfo("subtitle", "webvtt") { Language = stream.Language };
            var extension = FileDescription.SubtitleExtension(stored.Count, stream.Language);
            stored.Add(new(id, extension, upload.Upload.Key, new FileInfo(path).Length, sha256, Type, info));
        }
        return stored;
    }

    static void Check(long bytes, long wanted)
    {
        if (bytes != wanted)
            throw new TransferException($"{bytes} bytes arrived of {wanted}.");
    }

    string KeyOf(string name) => ObjectKey.ForAsset(asset.AssetId, asset.Job.Fence, name);

    static FileStream NewFile(string path) =>
        new(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1, useAsync: true);

    [LoggerMessage(LogLevel.Information, "Document {DocumentId} is converted when it is whole: {Code}, {Detail}")]
    static partial void NotStreamed(ILogger log, long documentId, string code, string detail);

    sealed record Sound(MediaInput Input, MediaInfo Info);

    sealed record Converted(string Path, MediaFacts Facts, FileUpload Upload, MediaPlan Plan);
}
