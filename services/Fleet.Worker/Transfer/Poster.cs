using Fleet.Jobs;
using Fleet.Media;
using Fleet.Sessions;
using Fleet.Storage;
using Fleet.Telegram;
using Fleet.Worker.Live;

namespace Fleet.Worker.Transfer;

/// <summary>Pictures of a stored film: one of its first frames, and a small one, which is Telegram's own where it has one.</summary>
sealed class Poster(MediaItem item, AssetClaim asset, JobAttempt attempt, TransferTools tools)
{
    /// <summary>Enough for the index of a film and its first seconds.</summary>
    const long HeadBytes = 32 << 20;

    const long MaxThumbBytes = 1 << 20;
    const string Type = "image/jpeg";

    static ReadOnlySpan<byte> JpegStart => [0xFF, 0xD8, 0xFF];

    readonly CancellationToken _ct = attempt.Token;

    /// <summary>The result with its pictures, when they were asked for and can be had.</summary>
    public async Task<AssetResult> AddAsync(AssetResult film)
    {
        if (!asset.Options.Poster || !film.Facts.Streams.Any(s => s.Kind is "video"))
            return film;
        using var folder = tools.WorkSpace.Create();
        var (head, poster, thumbnail) = (folder.File("head"), folder.File("poster.jpg"), folder.File("thumbnail.jpg"));
        await using (
            var stored = await tools.Store.OpenReadAsync(film.Key, 0, Math.Min(HeadBytes, film.SizeBytes), _ct)
        )
        await using (var file = new FileStream(head, FileMode.CreateNew))
            await stored.CopyToAsync(file, _ct);
        List<SideFile> pictures = [.. film.SideFiles];
        if (await tools.Posters.TryMakeAsync(head, poster, PosterMaker.PosterSide, _ct))
            pictures.Add(await StoreAsync(poster, "poster"));
        if (
            await TryFetchAsync(thumbnail)
            || await tools.Posters.TryMakeAsync(head, thumbnail, PosterMaker.ThumbnailSide, _ct)
        )
            pictures.Add(await StoreAsync(thumbnail, "thumbnail"));
        return film with { SideFiles = pictures };
    }

    /// <summary>Telegram's own, the largest that it has. That it cannot be had is no fault of the film.</summary>
    async Task<bool> TryFetchAsync(string path)
    {
        var thumb = item
            .Thumbs?.Where(t => t is { Stripped: null, SizeBytes: > 0 and <= MaxThumbBytes, Width: > 0 })
            .MaxBy(t => t.Width * t.Height);
        if (thumb is null)
            return false;
        try
        {
            await FetchAsync(thumb, path);
        }
        catch (Exception e) when (e is TelegramException or BrokerException or TransferException)
        {
            File.Delete(path);
            return false;
        }
        if (await IsJpegAsync(path))
            return true;
        File.Delete(path); // its sender said that it were one
        return false;
    }

    async Task FetchAsync(ThumbItem thumb, string path)
    {
        await using var file = new FileStream(path, FileMode.Create);
        if (thumb.Bytes is { } bytes)
        {
            await file.WriteAsync(bytes, _ct);
            return;
        }
        var picture = item with
        {
            Picture = new PictureRef { Of = "document", SizeType = thumb.SizeType },
            SizeBytes = thumb.SizeBytes,
        };
        using var unseen = new LiveFile(thumb.SizeBytes, _ => { });
        await foreach (
            var block in new RemoteFile(picture, attempt, unseen, tools.Desk, tools.Reading).ReadAsync(0, _ct)
        )
        {
            using (block)
                await file.WriteAsync(block.Memory, _ct);
        }
    }

    async Task<bool> IsJpegAsync(string path)
    {
        await using var file = File.OpenRead(path);
        var start = new byte[JpegStart.Length];
        return await file.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, _ct) == start.Length
            && start.AsSpan().SequenceEqual(JpegStart);
    }

    async Task<SideFile> StoreAsync(string path, string id)
    {
        await using var upload = await FileUpload.StartAsync(
            path,
            ObjectKey.ForAsset(asset.AssetId, asset.Job.Fence, $"{id}.jpg"),
            Type,
            tools.Store,
            tools.Buffers,
            tools.Options.UploadParts,
            _ct
        );
        var sha256 = await upload.FinishAsync();
        var extension = id is "poster" ? "jpg" : $"{id}.jpg";
        var size = new FileInfo(path).Length;
        return new(id, extension, upload.Upload.Key, size, sha256, Type, new("picture", "mjpeg"));
    }
}
