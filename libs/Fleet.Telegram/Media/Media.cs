namespace Fleet.Telegram;

/// <summary>A document, a photo or a picture of a document as every account sees it.</summary>
public sealed record MediaDescription
{
    /// <summary>Global id of the document or photo; equal ids (and kinds, and size types) are equal bytes.</summary>
    public required long DocumentId { get; init; }

    /// <summary>What <see cref="DocumentId"/> counts.</summary>
    public FileKind Kind { get; init; }

    /// <summary>Which size of a photo, or thumbnail of a document, this is; empty for the document itself.</summary>
    public string SizeType { get; init; } = "";

    /// <summary>Size in bytes, 0 or more: exact for a document; for a picture as the server declares it, and checked.</summary>
    public required long Size { get; init; }

    /// <summary>As the sender gave it: not to be trusted. Never empty.</summary>
    public required string MimeType { get; init; }

    /// <summary>Data centre that stores the bytes.</summary>
    public required int Dc { get; init; }

    /// <summary>As the sender gave it: not to be trusted, may hold path separators. Photos have none.</summary>
    public string? FileName { get; init; }

    /// <summary>When the message was sent.</summary>
    public DateTimeOffset? Date { get; init; }

    /// <summary>Length of audio or video.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Pixels.</summary>
    public int? Width { get; init; }

    /// <summary>Pixels.</summary>
    public int? Height { get; init; }

    /// <summary>Of a video, as Telegram names it: h264, h265, av01; null when it does not say.</summary>
    public string? Codec { get; init; }

    /// <summary>The sender's client says that it plays before it is whole.</summary>
    public bool SupportsStreaming { get; init; }

    /// <summary>Of audio.</summary>
    public string? Title { get; init; }

    /// <summary>Of audio.</summary>
    public string? Performer { get; init; }

    /// <summary>The chat or the message forbids saving (noforwards).</summary>
    public bool Protected { get; init; }

    /// <summary>Text of the message; null when it has none.</summary>
    public string? Caption { get; init; }

    /// <summary>Other sizes of the photo, or pictures of the document, smallest first.</summary>
    public IReadOnlyList<MediaThumb> Thumbs { get; init; } = [];

    /// <summary>Other qualities of the video, made by Telegram; without the document itself.</summary>
    public IReadOnlyList<MediaQuality> Qualities { get; init; } = [];

    /// <summary>What this describes, as every account calls it.</summary>
    public MediaKey Key => new(Kind, DocumentId, SizeType);
}

/// <summary>Form of the bytes of a picture.</summary>
public enum ThumbForm
{
    /// <summary>A JPEG that must be downloaded.</summary>
    Remote,

    /// <summary>A JPEG that came with the message.</summary>
    Cached,

    /// <summary>A JPEG without its head and tail that came with the message.</summary>
    /// <remarks>https://core.telegram.org/api/files#stripped-thumbnails</remarks>
    Stripped,
}

/// <summary>A size of a photo, or a picture of a document.</summary>
/// <param name="Type">PhotoSize.type: one letter, unique among the pictures of one file.</param>
/// <param name="Width">Pixels; 0 when not known.</param>
/// <param name="Height">Pixels; 0 when not known.</param>
/// <param name="Bytes">Length: of <see cref="Inline"/>, or of what is to be downloaded as the server declares it.</param>
public sealed record MediaThumb(string Type, int Width, int Height, long Bytes)
{
    /// <summary>Whether the bytes are here, and what they are.</summary>
    public ThumbForm Form { get; init; }

    /// <summary>The bytes of a cached or stripped picture; empty for a remote one.</summary>
    public ReadOnlyMemory<byte> Inline { get; init; }
}

/// <summary>Kind of chat.</summary>
public enum PeerKind
{
    /// <summary>Channel or supergroup.</summary>
    Channel,

    /// <summary>Basic group.</summary>
    Chat,

    /// <summary>User or bot.</summary>
    User,
}

/// <summary>Where a file was found, a message or a story: enough to find it again. Holds for every account when the chat is a channel or supergroup;
/// messages of basic groups and users are numbered by each account for itself, so their origin is of use to one.</summary>
/// <param name="Username">Public name of the chat, lower case; null for a private one.</param>
/// <param name="PeerKind">Kind of the chat.</param>
/// <param name="PeerId">Bare id of the chat, without -100.</param>
/// <param name="MessageId">Id of the message in the chat, or of the story.</param>
public sealed record MediaOrigin(string? Username, PeerKind PeerKind, long PeerId, int MessageId)
{
    /// <summary>It is a story of the peer, found by the peer's <see cref="Username"/>.</summary>
    public bool IsStory { get; init; }

    /// <summary>Of a comment in a discussion group without a public name: the channel post that it is below, by which accounts
    /// that are not in the group find it. Null for everything else.</summary>
    public MediaOrigin? Post { get; init; }
}

/// <summary>A file behind a link.</summary>
/// <param name="Description">What it is.</param>
/// <param name="Origin">Where it was found.</param>
/// <param name="Location">How this account reads it.</param>
public sealed record ResolvedMedia(MediaDescription Description, MediaOrigin Origin, FileLocation Location)
{
    /// <summary>The video in other qualities, each a file of its own; as many as the description has <see cref="MediaDescription.Qualities"/>,
    /// in the same order.</summary>
    public IReadOnlyList<ResolvedMedia> Alternatives { get; init; } = [];

    /// <summary>The largest picture that can be downloaded; null when there is none.</summary>
    public MediaThumb? PosterOrNull() => Description.Thumbs.LastOrDefault(t => t.Form == ThumbForm.Remote);

    /// <summary>One of the <see cref="MediaDescription.Thumbs"/> as a file of its own.</summary>
    /// <exception cref="ArgumentException">Its bytes are here already.</exception>
    public ResolvedMedia Picture(MediaThumb thumb)
    {
        if (thumb.Form != ThumbForm.Remote)
            throw new ArgumentException("The bytes of this picture came with the message.", nameof(thumb));
        var description = new MediaDescription
        {
            DocumentId = Description.DocumentId,
            Kind = Description.Kind,
            SizeType = thumb.Type,
            Size = thumb.Bytes,
            MimeType = "image/jpeg",
            Dc = Description.Dc,
            Date = Description.Date,
            Width = thumb.Width,
            Height = thumb.Height,
            Protected = Description.Protected,
            Caption = Description.Caption,
        };
        return new ResolvedMedia(description, Origin, Location with { SizeType = thumb.Type });
    }

    /// <summary>This, an alternative or a picture, by its key; null when the message holds no such file.</summary>
    public ResolvedMedia? FindOrNull(MediaKey key)
    {
        if (Description.Key == key)
            return this;
        if (Alternatives.FirstOrDefault(a => a.Description.Key == key) is { } alternative)
            return alternative;
        var whole = key with { SizeType = Description.SizeType };
        var thumb = Description.Thumbs.FirstOrDefault(t =>
            t.Form == ThumbForm.Remote && string.Equals(t.Type, key.SizeType, StringComparison.Ordinal)
        );
        return whole == Description.Key && thumb is not null ? Picture(thumb) : null;
    }
}
