namespace Fleet.Telegram;

/// <summary>One quality of a video.</summary>
/// <param name="DocumentId">Global id of its document.</param>
/// <param name="Size">Exact size in bytes.</param>
/// <param name="MimeType">As Telegram gives it.</param>
public sealed record MediaQuality(long DocumentId, long Size, string MimeType)
{
    /// <summary>Pixels.</summary>
    public int? Width { get; init; }

    /// <summary>Pixels.</summary>
    public int? Height { get; init; }

    /// <summary>As Telegram names it; null when it does not say.</summary>
    public string? Codec { get; init; }
}

/// <summary>What may be chosen among the qualities of a video. Without a bound the best is.</summary>
public sealed record QualityLimit
{
    /// <summary>The best there is.</summary>
    public static readonly QualityLimit Best = new();

    /// <summary>Most pixels in height, 1 or more; null for any.</summary>
    public int? MaxHeight { get; init; }

    /// <summary>Most bytes, 1 or more; null for any.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>The highest quality within the bounds; of equally high ones the larger, of equal ones the first. The smallest
    /// of all when none is within. One of unknown height is within no bound on the height.</summary>
    /// <param name="qualities">At least one; the original first.</param>
    /// <returns>Its place in the list.</returns>
    public int Choose(IReadOnlyList<MediaQuality> qualities)
    {
        if (qualities.Count == 0)
            throw new ArgumentException("There is nothing to choose from.", nameof(qualities));
        var places = Enumerable.Range(0, qualities.Count);
        var within = places.Where(i => Allows(qualities[i])).ToList();
        return within.Count > 0
            ? within.MaxBy(i => (qualities[i].Height ?? 0, qualities[i].Size))
            : places.MinBy(i => qualities[i].Size);
    }

    /// <summary>A file in the chosen quality: itself, or one of its alternatives.</summary>
    public ResolvedMedia Choose(ResolvedMedia media)
    {
        var about = media.Description;
        var original = new MediaQuality(about.DocumentId, about.Size, about.MimeType)
        {
            Width = about.Width,
            Height = about.Height,
            Codec = about.Codec,
        };
        var place = Choose([original, .. about.Qualities]);
        return place == 0 ? media : media.Alternatives[place - 1];
    }

    bool Allows(MediaQuality quality) =>
        (MaxHeight is not { } height || quality.Height <= height)
        && (MaxBytes is not { } bytes || quality.Size <= bytes);
}
