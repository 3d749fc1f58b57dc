using Fleet.Jobs;
using Fleet.Sessions;

namespace Fleet.Worker;

/// <summary>Chooses among a video as it was sent and the qualities that Telegram made of it.</summary>
static class Quality
{
    /// <summary>The tallest within the bounds, the larger of two that are equally tall; the smallest of all when none is within them.</summary>
    public static MediaItem Of(MediaItem item, QualityChoice? wanted)
    {
        if (wanted is null || item.Qualities is not { Length: > 0 } others)
            return item;
        QualityItem[] all = [AsSent(item), .. others];
        var chosen =
            all.Where(q => IsWithin(q, wanted))
                .OrderByDescending(q => LinesOf(q) ?? int.MaxValue)
                .ThenByDescending(q => q.SizeBytes)
                .FirstOrDefault()
            ?? all.MinBy(q => q.SizeBytes)!;
        return chosen.DocumentId == item.DocumentId
            ? item
            : item with
            {
                DocumentId = chosen.DocumentId,
                SizeBytes = chosen.SizeBytes,
                MimeType = chosen.MimeType,
                Dc = chosen.Dc,
                Width = chosen.Width,
                Height = chosen.Height,
                Codec = chosen.Codec,
                Thumbs = null, // they are asked for by the id of the document that was sent
            };
    }

    static bool IsWithin(QualityItem quality, QualityChoice bounds) =>
        !(LinesOf(quality) > bounds.MaxHeight) && !(quality.SizeBytes > bounds.MaxBytes);

    /// <summary>Pixels of the shorter side; null when the sender did not say.</summary>
    static int? LinesOf(QualityItem quality) =>
        quality is { Width: { } width, Height: { } height } ? Math.Min(width, height) : null;

    static QualityItem AsSent(MediaItem item) =>
        new()
        {
            DocumentId = item.DocumentId,
            SizeBytes = item.SizeBytes,
            MimeType = item.MimeType,
            Dc = item.Dc,
            Width = item.Width,
            Height = item.Height,
            Codec = item.Codec,
        };
}
