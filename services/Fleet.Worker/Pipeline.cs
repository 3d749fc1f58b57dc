using Fleet.Jobs;
using Fleet.Sessions;
using Fleet.Worker.Transfer;

namespace Fleet.Worker;

/// <summary>What one attempt does: resolve the link, then bring each document behind it into the store, unless another job does.</summary>
sealed class Pipeline(BrokerClient broker, Assets assets, TransferTools tools)
{
    /// <summary>
    /// Works until every file is stored and verified, which ends the job, or until another job fetches the next one,
    /// which ends the attempt. Files of an album, range or album of stories come one after another, in message order.
    /// Sound that comes from another message is fetched first.
    /// Whether a chat that forbids saving is served is the broker's decision.
    /// </summary>
    /// <exception cref="Exception">Everything that <see cref="Fault.Of"/> knows; what is stored so far is kept for the next attempt.</exception>
    public async Task<AssetTurn> RunAsync(JobAttempt attempt)
    {
        var (claim, options) = (attempt.Claim, attempt.Claim.Options);
        var found = (await broker.ResolveAsync(claim.Source, attempt.Token)).Items;
        var items = found.Select(item => Quality.Of(item, options.Quality)).ToList();
        var wishes = items.Select((item, position) => WishFor(item, options, position)).ToList();
        if (claim.AudioSource is { } audio)
        {
            var sound = Only((await broker.ResolveAsync(audio, attempt.Token)).Items);
            wishes =
            [
                WishFor(sound, options, 0) with
                {
                    IsPart = true,
                },
                WishFor(Only(items), options, 0) with
                {
                    Sound = sound.DocumentId,
                },
            ];
            items.Insert(0, sound);
        }
        attempt.Expect(items.Sum(item => item.SizeBytes));
        var turn = attempt.Take(
            await assets.BeginAsync(
                claim,
                wishes.Find(wish => !wish.IsPart)!.Media!,
                wishes,
                IsThereAsync,
                attempt.Token
            )
        );
        while (turn is AssetTurn.Transfer { Asset: var asset })
            turn = await TransferAsync(items[asset.Position], asset, attempt);
        return turn;
    }

    async Task<bool> IsThereAsync(AssetResult result, CancellationToken ct) =>
        await tools.Store.FindAsync(result.Key, ct) is { } found && found.SizeBytes == result.SizeBytes;

    async Task<AssetTurn> TransferAsync(MediaItem item, AssetClaim asset, JobAttempt attempt)
    {
        var file = await new ItemTransfer(item, asset, attempt, tools).RunAsync();
        var stored = await new Poster(item, asset, attempt, tools).AddAsync(file);
        var turn = await assets.CompleteAsync(asset, stored, CancellationToken.None);
        // An upload that was written down is for whoever goes on with it; nobody will ever find another object.
        if (turn is AssetTurn.Refused)
        {
            foreach (var key in stored.SideFiles.Select(side => side.Key).Append(stored.Key))
            {
                if (key != attempt.Upload?.Key)
                    await tools.Store.TryDeleteAsync(key);
            }
        }
        return attempt.Take(turn);
    }

    static AssetWish WishFor(MediaItem item, JobOptions options, int position) =>
        new(
            item.DocumentId,
            item.Picture is { } picture ? $"{picture.Of}:{picture.SizeType}" : "",
            item.SizeBytes,
            FileDescription.NameOf(item, options.FileName, position)
        )
        {
            Media = Describe(item),
        };

    static MediaItem Only(IReadOnlyList<MediaItem> items) =>
        items is [var one] ? one : throw new NotOneFileException($"The link holds {items.Count} files.");

    static JobMedia Describe(MediaItem item) =>
        new()
        {
            DocumentId = item.DocumentId,
            FileName = item.FileName,
            SizeBytes = item.SizeBytes,
            MimeType = item.MimeType,
            DurationSeconds = item.DurationSeconds,
            Width = item.Width,
            Height = item.Height,
            Title = item.Title,
            Performer = item.Performer,
            Caption = item.Caption,
            Date = item.Date,
            Chat = item.Origin.Username,
            ChatId = item.Origin.PeerId,
            MessageId = item.Origin.MessageId,
        };
}
