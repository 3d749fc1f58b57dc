using Fleet.Tl.Api;

namespace Fleet.Telegram;

/// <summary>Takes the file out of a message or story: its document with everything that belongs to it, or the largest size of
/// its photo.</summary>
static class MessageMedia
{
    const string AnyType = "application/octet-stream";

    /// <summary>Null when it holds no file.</summary>
    public static ResolvedMedia? ReadOrNull(MessageMediaBase? media, MediaSource source) =>
        media switch
        {
            MessageMediaDocument { Document: Document document } m => WithAlternatives(
                Read(document, source),
                m.AltDocuments ?? [],
                source
            ),
            MessageMediaPhoto { Photo: Photo photo } => ReadOrNull(photo, source),
            MessageMediaWebPage { Webpage: WebPage { Document: Document document } } => Read(document, source),
            _ => null,
        };

    static ResolvedMedia Read(Document document, MediaSource source)
    {
        var video = Attribute<DocumentAttributeVideo>(document);
        var audio = Attribute<DocumentAttributeAudio>(document);
        var image = Attribute<DocumentAttributeImageSize>(document);
        var description = Describe(source, document.Id, document.DcId, document.Size) with
        {
            MimeType = document.MimeType.Length > 0 ? document.MimeType : AnyType,
            FileName = Attribute<DocumentAttributeFilename>(document)?.FileName,
            Duration = Seconds(video?.Duration ?? audio?.Duration),
            Width = video?.W ?? image?.W,
            Height = video?.H ?? image?.H,
            Codec = TextOrNull(video?.VideoCodec),
            SupportsStreaming = video is { SupportsStreaming: true },
            Title = TextOrNull(audio?.Title),
            Performer = TextOrNull(audio?.Performer),
            Thumbs = PictureSizes.Read(document.Thumbs),
        };
        var location = new FileLocation(document.Id, document.AccessHash, document.FileReference);
        return new ResolvedMedia(description, source.Origin, location);
    }

    /// <summary>The largest size that can be downloaded; the others are its thumbs.</summary>
    static ResolvedMedia? ReadOrNull(Photo photo, MediaSource source)
    {
        var sizes = PictureSizes.Read(photo.Sizes);
        if (sizes.LastOrDefault(s => s.Form == ThumbForm.Remote) is not { } largest)
            return null;
        var description = Describe(source, photo.Id, photo.DcId, largest.Bytes) with
        {
            Kind = FileKind.Photo,
            SizeType = largest.Type,
            MimeType = "image/jpeg",
            Width = largest.Width,
            Height = largest.Height,
            Thumbs = [.. sizes.Where(s => s != largest)],
        };
        var location = new FileLocation(photo.Id, photo.AccessHash, photo.FileReference)
        {
            Kind = FileKind.Photo,
            SizeType = largest.Type,
        };
        return new ResolvedMedia(description, source.Origin, location);
    }

    /// <summary>Only videos: among the documents are playlists and storyboards too.</summary>
    static ResolvedMedia WithAlternatives(ResolvedMedia media, DocumentBase[] documents, MediaSource source)
    {
        ResolvedMedia[] alternatives =
        [
            .. documents
                .OfType<Document>()
                .Where(d => d.MimeType.StartsWith("video/", StringComparison.Ordinal))
                .Where(d => Attribute<DocumentAttributeVideo>(d) is not null && d.Id != media.Description.DocumentId)
                .Select(d => Read(d, source)),
        ];
        var qualities = alternatives.Select(a => new MediaQuality(
            a.Description.DocumentId,
            a.Description.Size,
            a.Description.MimeType
        )
        {
            Width = a.Description.Width,
            Height = a.Description.Height,
            Codec = a.Description.Codec,
        });
        return media with
        {
            Description = media.Description with { Qualities = [.. qualities] },
            Alternatives = alternatives,
        };
    }

    static T? Attribute<T>(Document document)
        where T : DocumentAttributeBase => document.Attributes.OfType<T>().FirstOrDefault();

    /// <summary>The sender wrote it: no number, a negative one or an absurd one counts as none.</summary>
    static TimeSpan? Seconds(double? seconds) =>
        seconds is > 0 and < 100_000_000 ? TimeSpan.FromSeconds(seconds.Value) : null;

    static string? TextOrNull(string? text) => string.IsNullOrEmpty(text) ? null : text;

    static MediaDescription Describe(MediaSource source, long id, int dc, long size) =>
        new()
        {
            DocumentId = id,
            Dc = dc,
            Size = size,
            MimeType = AnyType,
            Date = DateTimeOffset.FromUnixTimeSeconds(source.Date),
            Protected = source.Protected,
            Caption = TextOrNull(source.Caption),
        };
}

/// <summary>What all files of a message or story have in common.</summary>
/// <param name="Origin">Where it is.</param>
/// <param name="Date">When it was sent, unix time.</param>
/// <param name="Protected">Saving is forbidden.</param>
/// <param name="Caption">Its text; empty or null for none.</param>
sealed record MediaSource(MediaOrigin Origin, int Date, bool Protected, string? Caption);
