using Fleet.Jobs;
using Fleet.Storage;

namespace Fleet.Worker.Transfer;

/// <summary>A picture of a stored film, made from its beginning.</summary>
sealed class Poster(AssetClaim asset, JobAttempt attempt, TransferTools tools)
{
    /// <summary>Enough for the index of a film and its first seconds.</summary>
    const long HeadBytes = 32 << 20;

    const string Type = "image/jpeg";

    /// <summary>The result with its picture, when one was asked for and can be had.</summary>
    public async Task<AssetResult> AddAsync(AssetResult film)
    {
        if (!attempt.Claim.Options.Poster || !film.Facts.Streams.Any(s => s.Kind is "video"))
            return film;
        var ct = attempt.Token;
        using var folder = tools.WorkSpace.Create();
        await using (var stored = await tools.Store.OpenReadAsync(film.Key, 0, Math.Min(HeadBytes, film.SizeBytes), ct))
        await using (var head = new FileStream(folder.File("head"), FileMode.CreateNew))
            await stored.CopyToAsync(head, ct);
        var picture = folder.File("poster.jpg");
        if (!await tools.Posters.TryMakeAsync(folder.File("head"), picture, ct))
            return film;
        await using var upload = await FileUpload.StartAsync(
            picture,
            ObjectKey.ForAsset(asset.AssetId, asset.Job.Fence, "poster.jpg"),
            Type,
            tools.Store,
            tools.Buffers,
            tools.Options.UploadParts,
            ct
        );
        var sha256 = await upload.FinishAsync();
        var size = new FileInfo(picture).Length;
        var side = new SideFile("poster", "jpg", upload.Upload.Key, size, sha256, Type, new("picture", "mjpeg"));
        return film with { SideFiles = [.. film.SideFiles, side] };
    }
}
