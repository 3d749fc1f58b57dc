using Fleet.Jobs;
using Fleet.Jobs.Rows;
using Fleet.Sessions;
using Fleet.Worker.Transfer;

namespace Fleet.Worker;

/// <summary>What one attempt does: resolve the link, then bring each document behind it into the store.</summary>
sealed class Pipeline(BrokerClient broker, TransferTools tools)
{
    /// <summary>Works until every file is stored and verified: those of an album, range or album of stories one after another,
    /// in message order. Whether a chat that forbids saving is served is the broker's decision.</summary>
    /// <exception cref="Exception">Everything that <see cref="Fault.Of"/> knows; what is stored so far is in the checkpoint.</exception>
    public async Task<IReadOnlyList<JobFile>> RunAsync(JobAttempt attempt)
    {
        var ct = attempt.Token;
        var items = (await broker.ResolveAsync(attempt.Claim.Source, ct)).Items;
        await attempt.DescribeAsync(Describe(items[0]));
        attempt.Expect(items.Sum(item => item.SizeBytes));

        for (var position = 0; position < items.Length; position++)
        {
            var item = items[position];
            if (Finished(attempt.Checkpoint, item, position))
            {
                attempt.Kept(item.SizeBytes);
                continue;
            }
            var name = FileDescription.NumberedOrNull(attempt.Claim.Options.FileName, position);
            var file = await new ItemTransfer(item, name, attempt, tools).RunAsync();
            var finished = attempt.Checkpoint.Finished.Take(position).Append(file);
            if (position < items.Length - 1)
                await attempt.SaveAsync(new([.. finished], Unfinished: null));
            else
                return Results(attempt, finished);
        }
        return Results(attempt, attempt.Checkpoint.Finished);
    }

    /// <summary>Removes what an attempt that will never be continued has stored. Only under a claim that is held.</summary>
    public async Task AbandonAsync(JobAttempt attempt)
    {
        if (attempt.Checkpoint.Unfinished is { } unfinished)
        {
            await tools.Store.TryAbortAsync(unfinished.Upload);
            await tools.Store.TryDeleteAsync(unfinished.Upload.Key);
        }
        foreach (var file in attempt.Checkpoint.Finished)
            await tools.Store.TryDeleteAsync(file.Key);
    }

    /// <summary>Removes results that were refused.</summary>
    public async Task DeleteAsync(IEnumerable<JobFile> files)
    {
        foreach (var file in files)
            await tools.Store.TryDeleteAsync(file.ObjectKey);
    }

    /// <summary>The message may have been edited since: a file counts only in its place.</summary>
    static bool Finished(Checkpoint checkpoint, MediaItem item, int position) =>
        position < checkpoint.Finished.Count && checkpoint.Finished[position].DocumentId == item.DocumentId;

    static IReadOnlyList<JobFile> Results(JobAttempt attempt, IEnumerable<StoredFile> files) =>
        [.. files.Select((file, n) => file.Description.ToJobFile(attempt.Claim.JobId, n, file))];

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
        };
}
